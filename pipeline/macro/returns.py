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
LEAST_OTHERS = 5
"""Other returns without which there is no telling which answers change from year to year."""
EXPECTED_CHANGES = 2.5
"""As many answers must be expected to change, by the other returns, for none to stand out."""
ALIKE, LEAD = 0.6, 0.05
"""Share of the answers in which a return must agree with another's last year, and by how much more than with its own."""
SAME = 0.995
"""Share of answers that two returns must have in common to be taken for one."""
SHOWN = 5


def stale_returns(pairs: Pairs) -> Iterator[Suspect]:
    """Returns in which nothing changed since last year, although in the others several of the same answers did."""
    for code, rows in _beside_others(pairs):
        expected = float(rows["rate"].sum())
        if rows["is_changed"].any() or expected < EXPECTED_CHANGES:
            continue
        likely = rows.sort("rate", descending=True, maintain_order=True).head(SHOWN)
        yield Suspect(
            STALE, code, "",
            f"{pairs.names[code]}の回答は、比べられる{rows.height}件のすべてが前回と同じです（他の市町村では平均{expected:.0f}件が"
            "変わっています）。前回の回答を写したものでないか確認してください。",
            None, None, [Doubted(answer) for answer in likely["answer_id"]],
        )  # fmt: skip


def stale_subjects(pairs: Pairs) -> set[str]:
    """Municipalities whose returns have enough answers, beside enough others, to tell whether last year's were sent again."""
    return {code for code, _ in _beside_others(pairs)}


def _beside_others(pairs: Pairs) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each return's answers that can be compared: `is_changed`, and `rate`, in which share of the other returns they changed."""
    both = pairs.joined.filter(pl.col("value") != "")
    if both["municipality_code"].n_unique() <= LEAST_OTHERS:
        return
    answer = ["question_id", "option_code"]
    changed = both.with_columns(is_changed=pl.col("value") != pl.col("value_before")).with_columns(
        changed_by_others=pl.col("is_changed").sum().over(answer)
        - pl.col("is_changed").sum().over(["municipality_code", *answer]),
        others=pl.len().over(answer) - pl.len().over(["municipality_code", *answer]),
    )
    rate = pl.when(pl.col("others") > 0).then(pl.col("changed_by_others") / pl.col("others")).otherwise(0.0)
    for (code,), rows in changed.with_columns(rate=rate).group_by(["municipality_code"], maintain_order=True):
        if rows.height >= LEAST_ANSWERS:
            yield str(code), rows


def other_municipalities_returns(pairs: Pairs) -> Iterator[Suspect]:
    """Returns that are equal to another's, and those that agree with last year's of another better than with their own."""
    tokens = _Tokens(pairs)
    if len(tokens.codes) >= 2:
        yield from _duplicated(pairs, tokens)
        yield from _swapped(pairs, tokens)


def duplicated_subjects(pairs: Pairs) -> set[str]:
    """Municipalities whose returns have enough answers to be told from one another, where there are several."""
    full = _full_returns(pairs)
    return full if len(full) >= 2 else set()


def swapped_subjects(pairs: Pairs) -> set[str]:
    """Those of them that answered last year too, where another did as well."""
    before = set(pairs.before["municipality_code"])
    return _full_returns(pairs) & before if len(before) >= 2 else set()


def _full_returns(pairs: Pairs) -> set[str]:
    counts = pairs.now.filter(_is_told()).group_by("municipality_code").len()
    return set(counts.filter(pl.col("len") >= LEAST_ANSWERS)["municipality_code"])


def _is_told() -> pl.Expr:
    """Unanswered questions and options are left out: they are alike in every return."""
    return ~pl.col("value").is_in(["", "0"])


class _Tokens:
    """Every return of both years as the set of its answers (question, choice, value, place in its table): zeros and ones.

    A municipality that answered in one of the years alone has zeros in the other. Municipalities of old rosters are left out.
    """

    def __init__(self, pairs: Pairs) -> None:
        now, before = (self._tokens(frame) for frame in (pairs.now, pairs.before))
        self.codes = sorted({*now["municipality_code"], *before["municipality_code"]} & set(pairs.names))
        columns = {
            token: number
            for number, token in enumerate(pl.concat([now["token"], before["token"]]).unique(maintain_order=True))
        }
        self.now = self._matrix(now, columns)
        self.before = self._matrix(before, columns)

    def _tokens(self, frame: pl.DataFrame) -> pl.DataFrame:
        told = frame.filter(_is_told())
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
                None, None, _differing(pairs, code), SHOWN,
            )  # fmt: skip


def _duplicated(pairs: Pairs, tokens: _Tokens) -> Iterator[Suspect]:
    """Of equal returns, those that do not agree clearly better with their own of last year than all the others do."""
    alike = _agreement(tokens.now, tokens.now)
    own = np.diag(_agreement(tokens.now, tokens.before))
    for place, code in enumerate(tokens.codes):
        others = [n for n in np.flatnonzero(alike[place] >= SAME) if n != place]
        if not others or tokens.now[place].sum() < LEAST_ANSWERS or own[place] >= max(own[others]) + LEAD:
            continue
        names = "、".join(pairs.names[tokens.codes[other]] for other in others[:3])
        yield Suspect(
            DUPLICATED, code, tokens.codes[others[0]],
            f"{pairs.names[code]}の回答は、{names}の回答とほぼすべて同じです。同じ内容を二つの市町村の調査票に記入していないか"
            "確認してください。",
            None, None, _differing(pairs, code) or _told(pairs, code), SHOWN,
        )  # fmt: skip


def _differing(pairs: Pairs, code: str) -> Sequence[Doubted]:
    """The answers that differ from the municipality's own of last year, with these."""
    own = pairs.joined.filter((pl.col("municipality_code") == code) & (pl.col("value") != pl.col("value_before")))
    return [Doubted(answer, before) for answer, before in own.select("answer_id", "value_before").iter_rows()]


def _told(pairs: Pairs, code: str) -> Sequence[Doubted]:
    """All that a municipality answered; what is expected in its place is not known."""
    own = pairs.now.filter((pl.col("municipality_code") == code) & _is_told())
    return [Doubted(answer) for answer in own["answer_id"]]


def _percent(share: float) -> str:
    return f"{share * 100:.0f}％"
