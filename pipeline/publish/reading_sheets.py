"""What stands in each cell of the 閲覧用 workbook, and what is behind it: a sheet a section, and one for the legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from pipeline.japanese import HALF_WIDTH
from pipeline.publish.document import Run, Words, constant, figure_field, words
from pipeline.publish.open_data import MARKS_LEGEND, UNDEFINED_LEGEND, Edition
from pipeline.publish.wording import ROUNDING_WORDS, reference_words
from pipeline.ranking import ranks
from schemas.survey import YearDeclarations

WIDTHS = {"番号": 6, "設問": 40, "項目": 52, "数値": 9, "単位": 10, "記号": 6, "基準日・期間": 28, "備考": 36}
"""The columns of a section's table, with their widths in characters."""
NUMBER, UNIT = list(WIDTHS).index("数値"), list(WIDTHS).index("単位")
LEGEND_SHEET = "凡例"
READING_LEGEND = (
    "数値は端数処理をした後の値です。処理前の値は tables_for_machines.xlsx にあります。",
    "「無回答等」は、無回答、判読できない回答及び調査票未提出の数です。",
    "「仮定」は、名称や構成市町村を公開資料で確認できず、仮定したものの数です。",
    "順位は値の大きい順です。同じ値のものは同順位とし、調査票での順に並べています。",
    UNDEFINED_LEGEND,
    "番号、設問、単位、記号及び備考の空欄は、該当するものがないことを表します。",
    f"記号：{MARKS_LEGEND}",
)
Look = Literal["heading", "plain", "wrapped", "header", "header_right", "text", "unit", "number"]


@dataclass(frozen=True)
class ReadingCell:
    """A cell's words and look; `digits` are those behind the decimal point of a number that is written as one."""

    words: Words
    look: Look
    digits: int | None = None


@dataclass(frozen=True)
class ReadingSheet:
    """A sheet's cells by row and column from 0; `top` is the row of the column heads, None on the legend."""

    name: str
    cells: Mapping[tuple[int, int], ReadingCell]
    top: int | None = None


def reading_sheets(edition: Edition, figures: pl.DataFrame, rankings: pl.DataFrame) -> list[ReadingSheet]:
    """The sheets of the workbook, in the order of the questionnaire, from the tables of the release."""
    rows = _reading_rows(edition.declarations, figures.to_dicts(), rankings.to_dicts())
    sheets = []
    for section in edition.declarations.questionnaire.sections:
        if section.id in rows:
            heading = words(constant(f"{section.number}　{section.label.ja}", f"section {section.id}"))
            sheets.append(_section_sheet(section.sheet, heading, rows[section.id], edition))
    legend = [
        words(LEGEND_SHEET), words(constant(edition.title, "title")), edition.imprint, *edition.notices,
    ]  # fmt: skip
    legend += [words(constant(line, "legend")) for line in READING_LEGEND]
    cells = {(line, 0): ReadingCell(found, "wrapped" if line else "heading") for line, found in enumerate(legend)}
    return [*sheets, ReadingSheet(LEGEND_SHEET, cells)]


def _section_sheet(name: str, heading: Words, rows: list[list[ReadingCell]], edition: Edition) -> ReadingSheet:
    above = [words(constant(edition.title, "title")), edition.imprint, *edition.notices]
    top = 1 + len(above)
    cells = {(0, 0): ReadingCell(heading, "heading")}
    cells |= {(line, 0): ReadingCell(found, "plain") for line, found in enumerate(above, start=1)}
    cells |= {
        (top, column): ReadingCell(words(word), "header_right" if column == NUMBER else "header")
        for column, word in enumerate(WIDTHS)
    }
    for line, row in enumerate(rows, start=top + 1):
        cells |= {(line, column): cell for column, cell in enumerate(row)}
    return ReadingSheet(name, cells, top)


def _reading_rows(
    declarations: YearDeclarations, figures: list[dict[str, Any]], rankings: list[dict[str, Any]]
) -> dict[str, list[list[ReadingCell]]]:
    """The lines of each section's table, by section; a ranking has one for each option that it prints."""
    by_id = {figure["figure_id"]: figure for figure in figures}
    sections: dict[str, list[list[ReadingCell]]] = {}
    for figure in figures:
        lines = sections.setdefault(figure["section_id"], [])
        if figure["operation"] == "ranking":
            ranked = [row for row in rankings if row["figure_id"] == figure["figure_id"] and row["is_printed"]]
            for place, row in zip(ranks([row["value"] for row in ranked]), ranked, strict=True):
                rank = constant(place, f"rankings {row['candidate_id']}")
                item, topic = words(rank, "位　", _label(by_id[row["candidate_id"]])), _label(figure)
                candidate = {**by_id[row["candidate_id"]], "published_id": figure["published_id"]}
                lines.append(_reading_row(candidate, words(topic), item, by_id, declarations))
        else:
            declared = declarations.figures.get(figure["figure_id"])
            is_option = declared is not None and declared.is_of_options
            question = constant(figure["question_ja"] or "", f"question {figure['question_id']}")
            item = words(_label(figure))
            lines.append(_reading_row(figure, words(*([question] if is_option else [])), item, by_id, declarations))
    return sections


def _reading_row(
    figure: dict[str, Any],
    topic: Words,
    item: Words,
    by_id: Mapping[str, dict[str, Any]],
    declarations: YearDeclarations,
) -> list[ReadingCell]:
    reference = figure["reference"]
    name = figure["figure_id"]
    return [
        ReadingCell(words(constant(figure["published_id"] or "", "published id")), "text"),
        ReadingCell(topic, "text"),
        ReadingCell(item, "text"),
        ReadingCell(words(figure_field(figure["display"] or "", name, "display")), "number", figure["rounding_digits"]),
        ReadingCell(words(figure_field(figure["unit"] or "", name, "unit")), "unit"),
        ReadingCell(words(figure["marks"] or ""), "text"),
        ReadingCell(
            words(constant(reference_words(reference, declarations.questionnaire), f"reference {reference}")), "text"
        ),
        ReadingCell(words(*_note(figure, by_id)), "text"),
    ]


def _label(figure: dict[str, Any]) -> Run:
    """A figure's label, its digits as wide as those of the numbers beside it."""
    return figure_field(figure["label_ja"].translate(HALF_WIDTH), figure["figure_id"], "label")


def _note(figure: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> list[str | Run]:
    """What a reader must know beside the number: the terms of a ratio and its rounding, and what is not certain."""
    terms = [by_id[figure[key]] for key in ("numerator_id", "denominator_id") if figure[key]]
    parts: list[list[str | Run]] = []
    if terms:
        shown = [
            [_label(term),
             figure_field(term["display"], term["figure_id"], "display")]
            for term in terms
        ]  # fmt: skip
        parts.append([run for number, pair in enumerate(shown) for run in ([" ÷ "] if number else []) + pair])
        place = constant(figure["rounding_digits"] + 1, f"rounding of {figure['figure_id']}")
        parts.append(["小数第", place, f"位を{ROUNDING_WORDS[figure['rounding_mode']]}"])
    for where, source in zip(("分子に", "分母に"), terms, strict=True) if terms else [("", figure)]:
        parts += [[f"{where}{word} ", run, "件"] for word, run in _uncertain(source)]
    return [piece for number, part in enumerate(parts) for piece in (["、"] if number else []) + part]


def _uncertain(figure: dict[str, Any]) -> Iterator[tuple[str, Run]]:
    for word, key in (("無回答等", "unknown_count"), ("仮定", "assumed_count")):
        if figure[key]:
            yield word, constant(figure[key], f"figures {figure['figure_id']} {key}")
