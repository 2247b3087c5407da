"""Whole returns that stand out: last year's sent again, another municipality's, or the same as another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Doubted, Suspect

STALE, SWAPPED, DUPLICATED = "macro.stale", "macro.swapped", "macro.duplicated"
LEAST_ANSWERS = 15
"""Answers without which a return is like any other."""
EXPECTED_CHANGES = 2.5
"""As many answers must be expected to change, by the other returns, for none to stand out."""
ALIKE, LEAD = 0.6, 0.05
"""Share of the answers in which a return must agree with another's last year, and by how much more than with its own."""
SAME = 0.995
"""Share of answers that two returns must have in common to be taken for one."""
SHOWN = 5


def stale_returns(pairs: Pairs) -> Iterator[Suspect]:
    """Returns in which nothing changed since last year, although some answers change in most others."""
    both = pairs.joined.filter(pl.col("value") != "")
    changed = both.with_columns(is_changed=pl.col("value") != pl.col("value_before"))
    rates = changed.group_by("question_id", "option_code").agg(rate=pl.col("is_changed").mean())
    own = changed.join(rates, on=["question_id", "option_code"], maintain_order="left")
    for (code,), rows in own.group_by(["municipality_code"], maintain_order=True):
        expected = float(rows["rate"].sum())
        if rows["is_changed"].any() or rows.height < LEAST_ANSWERS or expected < EXPECTED_CHANGES:
            continue
        likely = rows.sort("rate", descending=True, maintain_order=True).head(SHOWN)
        yield Suspect(
            STALE, str(code), "",
            f"{pairs.names[str(code)]}の回答は、比べられる{rows.height}件のすべてが前回と同じです（他の市町村では平均{expected:.0f}件が"
            "変わっています）。前回の回答を写したものでないか確認してください。",
            None, None, [Doubted(answer) for answer in likely["answer_id"]],
        )  # fmt: skip


def other_municipalities_returns(pairs: Pairs) -> Iterator[Suspect]:
    """Returns that agree with last year's of another municipality better than with their own, and equal ones."""
    tokens = _Tokens(pairs)
    if len(tokens.codes) < 2:
        return
    yield from _swapped(pairs, tokens)
    yield from _duplicated(pairs, tokens)


class _Tokens:
    """Every return as the set of its answers (question, choice, value, place in its table): rows of zeros and ones."""

    def __init__(self, pairs: Pairs) -> None:
        now, before = (self._tokens(frame) for frame in (pairs.now, pairs.before))
        self.codes = sorted(set(now["municipality_code"]))
        columns = {
            token: number
            for number, token in enumerate(pl.concat([now["token"], before["token"]]).unique(maintain_order=True))
        }
        self.now = self._matrix(now, columns)
        self.before = self._matrix(before, columns)

    def _tokens(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Unanswered ones are left out: they are alike in every return."""
        told = frame.filter(~pl.col("value").is_in(["", "0"]))
        token = pl.concat_str("question_id", "option_code", pl.col("row_no").cast(pl.String), "value", separator="|")
        return told.select("municipality_code", token=token)

    def _matrix(self, frame: pl.DataFrame, columns: dict[str, int]) -> np.ndarray[Any, np.dtype[np.float32]]:
        matrix = np.zeros((len(self.codes), len(columns)), dtype=np.float32)
        places = {code: number for number, code in enumerate(self.codes)}
        for code, token in frame.iter_rows():
            if code in places:
                matrix[places[code], columns[token]] = 1
        return matrix


def _agreement(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Share of the answers of two returns, taken together, that both have."""
    both = left @ right.T
    either = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - both
    shared: np.ndarray[Any, Any] = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return shared


def _swapped(pairs: Pairs, tokens: _Tokens) -> Iterator[Suspect]:
    agreement = _agreement(tokens.now, tokens.before)
    for place, code in enumerate(tokens.codes):
        own = agreement[place, place]
        if not tokens.before[place].any() or tokens.now[place].sum() < LEAST_ANSWERS:
            continue
        other = int(np.argmax(agreement[place]))
        if other != place and agreement[place, other] >= max(ALIKE, own + LEAD):
            name, others = pairs.names[code], pairs.names[tokens.codes[other]]
            yield Suspect(
                SWAPPED, code, tokens.codes[other],
                f"{name}の回答は、{name}の前回の回答（{_percent(own)}一致）よりも、{others}の前回の回答（"
                f"{_percent(agreement[place, other])}一致）に近くなっています。市町村を取り違えていないか確認してください。",
                None, None, _most_telling(pairs, code),
            )  # fmt: skip


def _duplicated(pairs: Pairs, tokens: _Tokens) -> Iterator[Suspect]:
    alike = _agreement(tokens.now, tokens.now)
    for place, code in enumerate(tokens.codes):
        if tokens.now[place].sum() < LEAST_ANSWERS:
            continue
        others = [tokens.codes[n] for n in np.flatnonzero(alike[place] >= SAME) if n != place]
        if others:
            names = "、".join(pairs.names[other] for other in others[:3])
            yield Suspect(
                DUPLICATED, code, others[0],
                f"{pairs.names[code]}の回答は、{names}の回答とほぼすべて同じです。同じ内容を二つの市町村の調査票に記入していないか"
                "確認してください。",
                None, None, _most_telling(pairs, code),
            )  # fmt: skip


def _most_telling(pairs: Pairs, code: str) -> Sequence[Doubted]:
    """The first answers that differ from the municipality's own of last year, with these."""
    own = pairs.joined.filter((pl.col("municipality_code") == code) & (pl.col("value") != pl.col("value_before")))
    return [
        Doubted(answer, before) for answer, before in own.select("answer_id", "value_before").head(SHOWN).iter_rows()
    ]


def _percent(share: float) -> str:
    return f"{share * 100:.0f}％"
