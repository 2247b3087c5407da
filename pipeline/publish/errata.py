"""The 正誤表 of a revising release: which figures it corrects, and why, in words that name no municipality."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from pipeline.clock import JAPAN
from pipeline.home import write_atomically
from pipeline.japanese import era_date, heading_number
from pipeline.publish.compare import CauseKind, Comparison, FigureChange
from pipeline.publish.csv_files import csv_bytes
from pipeline.publish.document import Block, Document, Run, Words, constant, figure_field, words
from pipeline.publish.render_docx import render_docx
from pipeline.publish.render_html import render_html
from pipeline.publish.render_text import render_text
from schemas.survey import YearDeclarations

HEADER = ["section_id", "figure_id", "published_id", "label_ja", "before", "after", "causes"]
CAUSES: dict[CauseKind, tuple[str, str]] = {
    "return": ("回答の差し替え", "市町村"),
    "late_return": ("未提出であった回答の追加", "市町村"),
    "correction": ("市町村に確かめた回答の訂正", "か所"),
    "declaration": ("調査票、登録簿又は集計方法の定義の変更", ""),
    "earlier_release": ("比較した前年以前の公表値の改定", ""),
    "code": ("集計プログラムの変更", ""),
    "another_year": ("調査年の違い", ""),
}
"""What a kind of cause is called, and in what its subjects are counted; nothing where their number tells nothing."""


def compose_errata(
    comparison: Comparison, declarations: YearDeclarations, notices: tuple[Words, ...],
    *, before: datetime, after: datetime,
) -> Document:  # fmt: skip
    """Compose the 正誤表 of two releases of a year, which were made at these times: cause, extent, old and new values."""
    first, second = (
        [*_edition(name), "（", _day(moment), "公表）"]
        for name, moment in ((comparison.before, before), (comparison.after, after))
    )
    blocks = [_paragraph(*first, "の数値を、", *second, "で次のとおり改める。")]
    if comparison.figures:
        blocks += [_heading(1, "原因"), *_causes(comparison), _heading(2, "範囲"), *_extent(comparison, declarations)]
        blocks += [_heading(3, "新旧の値"), *_values(comparison, declarations)]
    else:
        blocks.append(_paragraph("数値に変更はない。"))
    title = words(constant(declarations.questionnaire.title.ja, "title"), "　正誤表")
    return Document(title, tuple(blocks), notices)


def revision_notice(before: str, *, released: datetime, after: str) -> Words:
    """What the report of a revising release says of the release that it revises, which was made at that time."""
    return words(
        "この報告書は、", *_edition(before), "（", _day(released), "公表）を改訂した", *_edition(after),
        "であり、改訂の内容は正誤表のとおりである",
    )  # fmt: skip


def write_errata(document: Document, comparison: Comparison, folder: Path, *, created: datetime) -> None:
    """Write errata.docx, errata.html, errata.txt and errata.csv."""
    rows = errata_rows(comparison)
    files = {
        "errata.docx": render_docx(document, created),
        "errata.html": render_html(document).encode(),
        "errata.txt": render_text(document).encode(),
        "errata.csv": csv_bytes(HEADER, rows),
    }
    for name, content in files.items():
        write_atomically(folder / name, content)


def errata_rows(comparison: Comparison) -> list[tuple[str | None, ...]]:
    """The rows of errata.csv, in the order of `HEADER`."""
    return [
        (f.section, f.figure_id, f.published_id, f.label, f.before, f.after, " ".join(sorted({c.kind for c in f.causes})))
        for f in comparison.figures
    ]  # fmt: skip


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


def _values(comparison: Comparison, declarations: YearDeclarations) -> list[Block]:
    sections = {section.id: section.label.ja for section in declarations.questionnaire.sections}
    by_section: dict[str, list[FigureChange]] = {name: [] for name in sections}
    for change in comparison.figures:
        by_section.setdefault(change.section, []).append(change)
    blocks: list[Block] = []
    for name, changes in by_section.items():
        if changes:
            blocks.append(_paragraph(constant(sections.get(name, name), f"section {name}")))
            blocks += [_change(change, comparison) for change in changes]
    return blocks


def _change(change: FigureChange, comparison: Comparison) -> Block:
    # A value that was provisional for want of a return was not wrong.
    is_completed = {cause.kind for cause in change.causes} == {"late_return"}
    before, after = ("旧", "新") if is_completed else ("誤", "正")
    published = constant(change.published_id, "published id")
    return _item(
        figure_field(change.label, change.figure_id, "label"), *(("［", published, "］") if change.published_id else ()),
        f"　{before}：", _value(change.before, change, comparison.before),
        f"　{after}：", _value(change.after, change, comparison.after),
    )  # fmt: skip


def _value(shown: str | None, change: FigureChange, release: str) -> Run:
    if shown is None:
        return Run("（なし）")
    return figure_field(shown, f"{change.figure_id}@{release}", "shown")


def _heading(count: int, heading: str) -> Block:
    return Block("heading", (Run(heading),), level=1, number=heading_number(1, count))


def _paragraph(*parts: str | Run) -> Block:
    return Block("paragraph", words(*parts).runs)


def _item(*parts: str | Run) -> Block:
    return Block("item", words(*parts).runs, level=1)
