"""The 正誤表 of a revising release: which figures it corrects, and why, in words that name no municipality."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from pipeline.clock import JAPAN
from pipeline.japanese import era_date, heading_number
from pipeline.publish.compare import CauseKind, Comparison, FigureChange
from pipeline.publish.document import Block, Document, Run, Table, Words, constant, figure_field, words
from pipeline.publish.docx_template import DocxTemplate
from pipeline.publish.imprint import imprint
from pipeline.publish.open_data import Field, Resource
from pipeline.publish.writing import write_document
from schemas.survey import YearDeclarations

_SHOWN = re.compile(r"(-?\d+(?:\.\d+)?)(\D*)", re.ASCII)
FIELDS = {
    "year": Field("調査年", unit="年"),
    "figure_id": Field("数値の識別子"),
    "published_id": Field("報告書での番号", "空欄は、番号を付けて印刷していない数値"),
    "section_id": Field("報告書の章の識別子"),
    "question_ja": Field("設問", "選択肢を数えた数値だけ"),
    "label_ja": Field("項目名"),
    "before_value": Field("前回の公表での値", "端数処理をした値。単位はbefore_unit。空欄は、数値でないもの"),
    "before": Field("前回の公表での表示値", "空欄は、前回はなかった数値"),
    "before_unit": Field("前回の公表での単位"),
    "after_value": Field("改めた後の値", "端数処理をした値。単位はafter_unit。空欄は、数値でないもの"),
    "after": Field("改めた後の表示値", "空欄は、なくなった数値"),
    "after_unit": Field("改めた後の単位"),
    "causes": Field(
        "原因",
        "return＝回答の差し替え、late_return＝未提出であった回答の追加、correction＝回答の訂正、withdrawn_correction＝回答の訂正の取りやめ、declaration＝定義の変更、"
        "earlier_release＝前年以前の公表値の改訂、code＝集計プログラムの変更。複数のときは空白で区切る",
    ),
}
CAUSES: dict[CauseKind, tuple[str, str]] = {
    "return": ("回答の差し替え", "市町村"),
    "late_return": ("未提出であった回答の追加", "市町村"),
    "correction": ("市町村に確かめた回答の訂正", "か所"),
    "withdrawn_correction": ("回答の訂正の取りやめ", "か所"),
    "declaration": ("調査票、登録簿又は集計方法の定義の変更", ""),
    "earlier_release": ("比較した前年以前の公表値の改訂", ""),
    "code": ("集計プログラムの変更", ""),
    "another_year": ("調査年の違い", ""),
}
"""What a kind of cause is called, and in what its subjects are counted; nothing where their number tells nothing."""


def compose_errata(
    comparison: Comparison, tables: Sequence[tuple[Resource, int]], declarations: YearDeclarations,
    notices: tuple[Words, ...], *, before: datetime, after: datetime, withheld: int = 0,
) -> Document:  # fmt: skip
    """Compose the 正誤表 of two releases of a year, which were made at these times: cause, extent, old and new values.

    `tables` are those in which so many rows differ; `withheld` is in how many figures the word of kinds is shown no longer.
    """
    first, second = (
        [*_edition(name), "（", _day(moment), "公表）"]
        for name, moment in ((comparison.before, before), (comparison.after, after))
    )
    blocks = [_paragraph(*first, "を、", *second, "で次のとおり改める。")]
    if comparison.figures:
        blocks += [_heading(1, "原因"), *_causes(comparison)]
        blocks += [_heading(2, "範囲"), *_extent(comparison, declarations), *_tables(tables)]
        blocks += [_heading(3, "新旧の値"), *_values(comparison, declarations)]
    elif tables:
        blocks += [_paragraph("報告書の数値に変更はない。"), _heading(1, "範囲"), *_tables(tables)]
    else:
        blocks.append(_paragraph("数値に変更はない。"))
    if withheld:
        blocks.append(_paragraph(
            "公表の方針により、", constant(withheld, "figures without the word of kinds"),
            "項目で、該当する市町村の種別を単位の語で示さないこととする。",
        ))  # fmt: skip
    if comparison.labels:
        blocks += [_paragraph("次の項目の名称を改める。"), _labels(comparison)]
    if comparison.texts:
        blocks.append(_paragraph("報告書の文章を改める。"))
    title = words(constant(declarations.questionnaire.title.ja, "title"), "　正誤表")
    return Document(title, tuple(blocks), notices, closing=(imprint(declarations, after),))


def revision_notice(before: str, *, released: datetime, after: str) -> Words:
    """What the report of a revising release says of the release that it revises, which was made at that time."""
    return words(
        "この報告書は、", *_edition(before), "（", _day(released), "公表）を改訂した", *_edition(after),
        "であり、改訂の内容は正誤表のとおりである",
    )  # fmt: skip


def write_errata(
    document: Document, folder: Path, *, created: datetime, template: DocxTemplate | None = None
) -> list[Path]:
    """Write errata.docx in the look of the template, errata.html, errata.pdf and errata.txt; returns their paths."""
    return write_document(document, folder, "errata", created=created, template=template)


def errata_resource(comparison: Comparison, declarations: YearDeclarations) -> Resource:
    """The 正誤表 as a table: a row for every figure that is shown otherwise."""
    rows = [
        (
            declarations.year, f.figure_id, f.published_id, f.section, _question(f, declarations), f.label, *_parts(f.before),
            *_parts(f.after), " ".join(sorted({c.kind for c in f.causes})),
        )
        for f in comparison.figures
    ]  # fmt: skip
    numbers = {"year": pl.Int32, "before_value": pl.Float64, "after_value": pl.Float64}
    types = {name: numbers.get(name, pl.String) for name in FIELDS}
    table = pl.DataFrame(rows, schema=types, orient="row")
    description = "前回の公表から改めた数値。1行が1つの数値"
    return Resource("errata", "正誤表", table, description, FIELDS, ("year", "figure_id"))


def _parts(shown: str | None) -> tuple[float | None, str | None, str | None]:
    """The number, the text and the unit of what is shown of a figure; what is no number stays one text."""
    found = _SHOWN.fullmatch(shown or "")
    if found is None:
        return None, shown, None
    return float(found[1]), found[1], found[2] or None


def _edition(name: str) -> tuple[str | Run, ...]:
    """A release's name, as 2024/r2 or r2, in words."""
    return "第", constant(name.rpartition("r")[2], f"release {name}"), "版"


def _day(moment: datetime) -> Run:
    return constant(era_date(moment.astimezone(JAPAN).date()), "day of the release")


def _causes(comparison: Comparison) -> list[Block]:
    kinds = Counter(cause.kind for cause in {cause for change in comparison.figures for cause in change.causes})
    blocks = []
    for kind, (cause, unit) in CAUSES.items():
        if count := kinds.get(kind):
            counted = ("（", constant(count, f"causes: {kind}"), f"{unit}）") if unit else ()
            blocks.append(_item(cause, *counted))
    return blocks


def _extent(comparison: Comparison, declarations: YearDeclarations) -> list[Block]:
    counts = Counter(change.section for change in comparison.figures)
    sections = {section.id: section.label.ja for section in declarations.questionnaire.sections}
    return [
        _item(constant(label, f"section {name}"), "：", constant(counts[name], f"changes of section {name}"), "項目")
        for name, label in sections.items()
        if counts[name]
    ]


def _tables(tables: Sequence[tuple[Resource, int]]) -> list[Block]:
    return [
        _item(
            "統計表「", constant(resource.title, f"table {resource.name}"), "」：",
            constant(count, f"changes of table {resource.name}"), "行",
        )
        for resource, count in tables
    ]  # fmt: skip


def _values(comparison: Comparison, declarations: YearDeclarations) -> list[Block]:
    """A table for each section; in one of its own what was provisional for want of a return, which was not wrong."""
    sections = {section.id: section.label.ja for section in declarations.questionnaire.sections}
    groups: dict[tuple[str, bool], list[FigureChange]] = {}
    for change in comparison.figures:
        is_completed = {cause.kind for cause in change.causes} == {"late_return"}
        groups.setdefault((change.section, is_completed), []).append(change)
    order = {name: number for number, name in enumerate(sections)}
    blocks: list[Block] = []
    last = None
    for name, is_completed in sorted(groups, key=lambda group: (order.get(group[0], len(order)), group)):
        before, after = ("旧", "新") if is_completed else ("誤", "正")
        header = tuple(words(head) for head in ("番号", "項目", before, after, "原因"))
        rows = tuple(_change(change, comparison, declarations) for change in groups[name, is_completed])
        if name != last:
            blocks.append(_paragraph(constant(sections.get(name, name), f"section {name}")))
        last = name
        blocks.append(Block("table", (), table=Table(header, rows)))
    return blocks


def _labels(comparison: Comparison) -> Block:
    """What is called otherwise: the old name and the new one."""
    rows = tuple(
        (
            words(constant(change.published_id or "", "published id")),
            words(figure_field(change.before, f"{change.figure_id}@{comparison.before}", "label")),
            words(figure_field(change.after, f"{change.figure_id}@{comparison.after}", "label")),
        )
        for change in comparison.labels
    )
    return Block("table", (), table=Table(tuple(words(head) for head in ("番号", "旧名称", "新名称")), rows))


def _change(change: FigureChange, comparison: Comparison, declarations: YearDeclarations) -> tuple[Words, ...]:
    question = _question(change, declarations)
    stands_in = comparison.before if change.after is None else comparison.after
    label = figure_field(change.label, f"{change.figure_id}@{stands_in}", "label")
    kinds = {cause.kind for cause in change.causes}
    return (
        words(constant(change.published_id or "", "published id")),
        words(constant(question, f"question of {change.figure_id}"), "「", label, "」") if question else words(label),
        words(*_value(change.before, change, comparison.before, declarations)),
        words(*_value(change.after, change, comparison.after, declarations)),
        words("、".join(cause for kind, (cause, _) in CAUSES.items() if kind in kinds)),
    )


def _question(change: FigureChange, declarations: YearDeclarations) -> str | None:
    """The question whose option a figure counts; None where its own label tells what is asked, or nothing declares it."""
    declared = declarations.figures.get(change.figure_id)
    if declared is None or declared.question is None or not declared.is_of_options:
        return None
    return declarations.questionnaire.questions[declared.question].label.ja


def _value(shown: str | None, change: FigureChange, release: str, declarations: YearDeclarations) -> tuple[Run, ...]:
    """As the release shows it, but for a word of kinds that may be shown no longer."""
    if shown is None:
        return (Run("（なし）"),)
    declared, name = declarations.figures.get(change.figure_id), f"{change.figure_id}@{release}"
    if declared is None or not declarations.withholds_kinds(declared):
        return (figure_field(shown, name, "shown"),)
    unit = declarations.units[declared.unit].label.ja
    return figure_field(shown.removesuffix(unit), name, "display"), constant(unit, f"unit {declared.unit}")


def _heading(count: int, heading: str) -> Block:
    return Block("heading", (Run(heading),), level=1, number=heading_number(1, count))


def _paragraph(*parts: str | Run) -> Block:
    return Block("paragraph", words(*parts).runs)


def _item(*parts: str | Run) -> Block:
    return Block("item", words(*parts).runs, level=1)
