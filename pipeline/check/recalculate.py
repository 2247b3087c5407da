"""Every figure a second time, in Polars, from the judged answers and the declarations alone.

It shares no SQL with the first calculation and reads none of its tables, so that a slip in either shows as a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.home import Home
from pipeline.tables import load
from pipeline.validate.judged import Judged, Judgements
from pipeline.warehouse.connect import connect
from schemas.figures import Figure
from schemas.reference import KIND_LETTERS
from schemas.survey import YearDeclarations

RECALCULATED = "figures.recalculated"
STATEMENT = "すべての数値が、SQLによらない別の計算でも最後の桁まで同じになる"


@dataclass(frozen=True)
class Calculated:
    """A figure's raw value, None for a ratio over zero; how it is displayed; and its unit word."""

    value: float | None
    display: str
    unit: str


def judge_recalculation(home: Home, declarations: YearDeclarations) -> Judgements:
    """Compare every declared figure in its part of the warehouse with the second calculation.

    A figure that differs in value, display or unit fails; one that is not in the warehouse cannot be verified.
    """
    second = calculate_figures(declarations, load(home, declarations.year, "answers"))
    with connect(home.year_warehouse(declarations.year), read_only=True) as connection:
        rows = connection.execute(
            "select figure_id, value, display, unit from fct_figures where year = ?", [declarations.year]
        ).fetchall()
    first = {figure_id: Calculated(*values) for figure_id, *values in rows}
    judgements = Judgements(declarations.year, "recalculation")
    for figure_id, expected in second.items():
        found = first.get(figure_id)
        verdict = "unverifiable" if found is None else "pass" if found == expected else "fail"
        judgements.count(RECALCULATED, "error", STATEMENT, [verdict])
        if verdict != "pass":
            judgements.doubt(_doubt(declarations.figures[figure_id], verdict, found, expected))
    return judgements


def _doubt(figure: Figure, verdict: str, found: Calculated | None, expected: Calculated) -> Judged:
    first = "ありません" if found is None else f"{found.display}{found.unit}（端数処理前 {found.value}）"
    second = f"{expected.display}{expected.unit}（端数処理前 {expected.value}）"
    name = f"「{figure.label.ja}」［{figure.published_id or figure.id}］"
    message = f"数値{name}が二つの計算で一致しません。集計表では{first}、別の計算では{second}です。"
    return Judged(RECALCULATED, "error", 3, STATEMENT, verdict, message, subject=figure.id)


def calculate_figures(declarations: YearDeclarations, answers: pl.DataFrame) -> dict[str, Calculated]:
    """Every declared figure of the year from the table `answers`, in the order of the report."""
    entities = _entities(declarations, answers)
    counting = entities.join(
        answers.select(
            "municipality_code", pl.col("entity_id").alias("answer_entity_id"), "row_no", "question_id", "status",
            "value_code", "value_number",
        ),
        on=["municipality_code", "answer_entity_id", "row_no"],
    ).filter(pl.col("status") == "answered")  # fmt: skip
    by_question = {str(key): rows for (key,), rows in counting.partition_by("question_id", as_dict=True).items()}
    base = {
        figure.id: _count_or_sum(
            declarations, figure, entities, by_question.get(figure.question or "", counting.clear())
        )
        for figure in declarations.figures.values()
        if figure.operation in ("count", "sum")
    }
    return {
        figure.id: base.get(figure.id) or _derive(declarations, figure, base)
        for figure in declarations.figures.values()
    }


def _entities(declarations: YearDeclarations, answers: pl.DataFrame) -> pl.DataFrame:
    """All that can be counted: its grain, its id, and the municipality and row whose answers count for it."""
    on, reference = declarations.questionnaire.reference_date, declarations.reference
    secretariats = {entity.entity_id: entity.secretariat_code for entity in reference.register if entity.is_valid(on)}
    pairs = {block.id: block.pair_grain for block in declarations.questionnaire.blocks}
    codes = [municipality.code for municipality in declarations.municipalities]
    own = pl.DataFrame({"entity_id": codes, "municipality_code": codes}).with_columns(
        grain=pl.lit("municipality"), answer_entity_id=pl.col("entity_id"), row_no=pl.lit(1, pl.Int32)
    )
    reported = (
        answers.filter(pl.col("grain") != "municipality")
        .group_by("block_id", "grain", "municipality_code", "entity_id")
        .agg(pl.col("row_no").min())
        .with_columns(answer_entity_id=pl.col("entity_id"))
    )
    speakers = reported.group_by("grain", "entity_id").agg(pl.col("municipality_code").min())
    speakers = speakers.with_columns(
        pl.col("entity_id").replace_strict(secretariats, default=pl.col("municipality_code"), return_dtype=pl.String)
        .alias("municipality_code")
    )  # fmt: skip
    shared = speakers.join(reported, on=["grain", "entity_id", "municipality_code"], how="left")
    members = reported.with_columns(
        grain=pl.col("block_id").replace_strict(pairs, return_dtype=pl.String),
        entity_id=pl.col("municipality_code") + ":" + pl.col("entity_id"),
    ).drop_nulls("grain")
    columns = ["grain", "entity_id", "answer_entity_id", "municipality_code", "row_no"]
    return pl.concat([own.select(columns), shared.select(columns), members.select(columns)])


def _count_or_sum(
    declarations: YearDeclarations, figure: Figure, entities: pl.DataFrame, answered: pl.DataFrame
) -> Calculated:
    counted = (entities if figure.question is None else answered).filter(pl.col("grain") == figure.grain)
    if figure.options:
        counted = counted.filter(pl.col("value_code").is_in(figure.options))
    value = int(counted["value_number"].sum()) if figure.operation == "sum" else counted["entity_id"].n_unique()
    return Calculated(float(value), str(value), _unit(declarations, figure, counted["municipality_code"].to_list()))


def _unit(declarations: YearDeclarations, figure: Figure, counted: Sequence[str]) -> str:
    unit = declarations.units[figure.unit]
    if not declarations.shows_kinds(figure) or figure.grain != "municipality" or figure.operation != "count":
        return unit.label.ja
    kinds = {municipality.code: municipality.kind for municipality in declarations.municipalities}
    present = {kinds[code] for code in counted} or set(kinds.values())
    return "".join(letter for kind, letter in KIND_LETTERS.items() if kind in present)


def _derive(declarations: YearDeclarations, figure: Figure, base: dict[str, Calculated]) -> Calculated:
    unit = declarations.units[figure.unit].label.ja
    if figure.operation == "ratio":
        numerator, denominator = base[str(figure.numerator)], base[str(figure.denominator)]
        return Calculated(*figure.rounding.ratio(numerator.value, denominator.value), unit)
    ranked = sorted(figure.candidates, key=lambda candidate: -(base[candidate].value or 0))[: figure.top]
    labels = [declarations.figures[candidate].label.ja for candidate in ranked if base[candidate].value]
    return Calculated(float(len(labels)), "".join(f"「{label}」" for label in labels) or "なし", unit)
