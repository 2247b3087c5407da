"""Numbers that stand out against the year before: ten, a hundred or a thousand times, and outliers after Hidiroglou and Berthelot."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

import polars as pl

from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Doubted, Suspect

UNIT, OUTLIER = "macro.unit", "macro.outlier"
NEAR = 0.35
"""How far, in powers of ten, a ratio may be from 10, 100 or 1000 to be taken for a slip of the unit."""
LEAST_STEP = 4
"""A change by less than this is none, whatever the ratio."""
EFFECT_POWER = 0.4
"""U of Hidiroglou and Berthelot (1986): how much more a large number's change counts than a small one's."""
WIDTH = 25.0
"""C: how many times the distance from median to quartile a change may be from the median."""
LEAST_SPREAD = 0.05
"""A: the least such distance, as a share of the median, so that many equal ratios do not make every other an outlier."""
LEAST_COUNT = 10
"""Pairs without which a question has no distribution."""


def unit_errors(pairs: Pairs) -> Iterator[Suspect]:
    """Numbers that are about 10, 100 or 1000 times the one of the year before, or as many times smaller."""
    for row in _positive(pairs).iter_rows(named=True):
        now, before = row["value_number"], row["number_before"]
        power = log10(now / before)
        times = round(power)
        if times == 0 or abs(power - times) > NEAR or abs(now - before) < LEAST_STEP:
            continue
        question = pairs.questions[row["question_id"]]
        unit = question.unit or ""
        of, to = (before, now) if times > 0 else (now, before)
        ratio = f"{to / of:.1f}".removesuffix(".0")
        told, slip = (f"{n}倍" if times > 0 else f"{n}分の1" for n in (ratio, 10 ** abs(times)))
        yield Suspect(
            UNIT, row["municipality_code"], f"{row['question_id']}:{row['entity_id']}",
            f"「{question.label.ja}」の{now}{unit}は、前回の{before}{unit}の{told}です。桁の書き誤り（{slip}）や単位の取り違えがないか"
            "確認してください。",
            row["question_id"], row["entity_id"], [Doubted(row["answer_id"], str(before))],
        )  # fmt: skip


def unit_subjects(pairs: Pairs) -> set[str]:
    """Municipalities with a number above zero in both years."""
    return set(_positive(pairs)["municipality_code"])


def _positive(pairs: Pairs) -> pl.DataFrame:
    return pairs.numbers.filter((pl.col("value_number") > 0) & (pl.col("number_before") > 0))


def outliers(pairs: Pairs) -> Iterator[Suspect]:
    """Changes that stand out among those of the same question (Hidiroglou and Berthelot 1986).

    Ratios to the year before are made symmetric about their median, weighted by the size of the number to the power U, and
    judged by the distance of their quartiles.
    """
    for (question_id,), rows in _distributed(pairs).group_by(["question_id"], maintain_order=True):
        scored = _scores(rows)
        question = pairs.questions[str(question_id)]
        unit = question.unit or ""
        for row in scored.filter(pl.col("is_outlier")).iter_rows(named=True):
            now, before = row["value_number"], row["number_before"]
            yield Suspect(
                OUTLIER, row["municipality_code"], f"{question_id}:{row['entity_id']}",
                f"「{question.label.ja}」が前回の{before}{unit}から{now}{unit}に変わっています。他の市町村と比べて変化が際立って"
                "大きいので、確認してください。",
                str(question_id), row["entity_id"], [Doubted(row["answer_id"], str(before))],
            )  # fmt: skip


def outlier_subjects(pairs: Pairs) -> set[str]:
    """Municipalities with a number whose question has a distribution."""
    return set(_distributed(pairs)["municipality_code"])


def _distributed(pairs: Pairs) -> pl.DataFrame:
    """Numbers of the questions with enough pairs."""
    return pairs.numbers.filter(pl.len().over("question_id") >= LEAST_COUNT)


def _scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `is_outlier`. One is added to both numbers, so that a zero has a ratio too."""
    ratio = (pl.col("value_number") + 1) / (pl.col("number_before") + 1)
    scored = rows.with_columns(ratio=ratio)
    median = float(scored["ratio"].median() or 1.0)  # type: ignore[arg-type]
    symmetric = (
        pl.when(pl.col("ratio") < median).then(1 - median / pl.col("ratio")).otherwise(pl.col("ratio") / median - 1)
    )
    size = pl.max_horizontal("value_number", "number_before").cast(pl.Float64) + 1
    scored = scored.with_columns(score=symmetric * size.pow(EFFECT_POWER))
    low, middle, high = (float(scored["score"].quantile(share, "linear") or 0.0) for share in (0.25, 0.5, 0.75))
    least = max(LEAST_SPREAD, abs(LEAST_SPREAD * middle))
    below, above = max(middle - low, least), max(high - middle, least)
    is_far = (pl.col("score") < middle - WIDTH * below) | (pl.col("score") > middle + WIDTH * above)
    is_step = (pl.col("value_number") - pl.col("number_before")).abs() >= LEAST_STEP
    return scored.with_columns(is_outlier=is_far & is_step)
