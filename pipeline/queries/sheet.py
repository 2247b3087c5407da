"""One municipality's query sheet as a workbook: what is asked, beside it what was answered, and where to reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from pipeline.forms.sizing import row_height, text_height
from pipeline.forms.styles import FONT, LINE, Styles, make_styles
from pipeline.forms.wording import fiscal_year
from pipeline.japanese import FULL_WIDTH, era_date
from pipeline.letters import to_addressee
from pipeline.queries.asked import Asked, AskedField
from pipeline.queries.ledger import SheetRow
from schemas.form_layout import NOT_LISTED_TEXT, SYNTHETIC_MARK, register_text
from schemas.query_sheet import (
    BLANK_WORD,
    COLUMNS,
    DAY_CELL,
    DROP_WORD,
    HEADER_ROW,
    PERSON_CELL,
    QUERY_IDENTITY_CELLS,
    QUERY_IDENTITY_SHEET,
    QUERY_KIND,
    QUERY_SHEET,
    REASON,
    REPLIES,
    REPLY,
    VALUE,
    query_identity_check,
)
from schemas.questionnaire import Question
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

A4 = 9
WIDTHS = (10, 34, 19, 13, 13, 12, 18, 17, 14, 16)
LONGEST_LIST = 255
"""Characters that a list of a cell may have in all, by the format."""
SYNTHETIC_NOTICE = "デモ用の架空の照会です。実際の市町村の状況を示すものではありません。"
IDENTITY_LABELS = {
    "kind": "種類", "survey": "調査", "year": "年度", "code": "団体コード", "issue": "照会票の番号", "synthetic": "デモ用",
    "check": "照合用の符号",
}  # fmt: skip


@dataclass(frozen=True)
class SheetContent:
    """What a query sheet asks: each query's id with its doubt; `issue` is the sheet's number, from 1."""

    municipality: Municipality
    issue: int
    queries: Sequence[tuple[str, Asked]]
    issued_on: date
    due_on: date
    is_synthetic: bool


def write_query_sheet(content: SheetContent, declarations: YearDeclarations) -> tuple[bytes, list[SheetRow]]:
    """Return the workbook, and what each of its rows is about; the same arguments give the same bytes."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    created = datetime.combine(content.issued_on, time())
    book.set_properties({"title": f"{declarations.questionnaire.title.ja} {QUERY_SHEET}", "created": created})
    book.formats[0].set_font_name(FONT["font_name"])
    styles = make_styles(book)
    sheet = book.add_worksheet(QUERY_SHEET)
    _write_head(sheet, content, declarations, styles)
    rows = _write_rows(book, sheet, content, declarations, styles)
    _set_page(sheet, HEADER_ROW + len(rows))
    _write_identity(book, content, declarations)
    book.close()
    return buffer.getvalue(), rows


def _write_head(sheet: Any, content: SheetContent, declarations: YearDeclarations, styles: Styles) -> None:
    questionnaire = declarations.questionnaire
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, f"{questionnaire.title.ja}　{QUERY_SHEET}", styles.title)
    sheet.write_string(
        1,
        0,
        f"{fiscal_year(questionnaire.year)}　第{content.issue}回の照会（{era_date(content.issued_on)}）",
        styles.subtitle,
    )
    if content.is_synthetic:
        sheet.write_string(1, 6, SYNTHETIC_NOTICE, styles.notice)
    sheet.write_string(2, 0, f"{content.municipality.prefecture}{content.municipality.name}　御中", styles.recipient)
    guide = _guide(content)
    sheet.merge_range(3, 0, 3, len(COLUMNS) - 1, guide, styles.body)
    sheet.set_row(3, row_height(text_height(guide, sum(WIDTHS))))
    for (row, column), label in ((PERSON_CELL, "回答者（職・氏名）"), (DAY_CELL, "回答日")):
        sheet.merge_range(row, 0, row, 1, label, styles.label)
        sheet.set_row(row, 22)
        sheet.write_blank(row, column, None, styles.text)
    for column, label in enumerate(COLUMNS):
        sheet.write_string(HEADER_ROW, column, label, styles.heading)
    sheet.set_row(HEADER_ROW, 24)


def _guide(content: SheetContent) -> str:
    """How to reply, in numbered lines."""
    kinds = "」「".join(REPLIES)
    lines = (
        (
            f"行ごとに「回答区分」を「{kinds}」から選んでください。一つの照会に複数の行があるときは、修正する行だけに記入すれば結構です。"
            "修正する行がないときは、すべての行に記入してください。"
        ),
        f"修正する場合は「正しい値」を記入してください。回答を消すときは「{BLANK_WORD}」、行を消すときは「{DROP_WORD}」と記入してください。",
        (
            "「考えられる値」は、他の御回答と矛盾しなくなる値の例です（「案」の番号が同じものは、あわせて修正した場合です）。"
            "正しい値がほかにあるときは、それを記入してください。"
        ),
        (
            f"回答者と回答日（例：{era_date(content.issued_on)}）を記入し、{era_date(content.due_on)}までにこのファイルを返送してください。"
            "色の付いた欄は変更しないでください。"
        ),
    )
    return "\n".join(f"{str(number).translate(FULL_WIDTH)}　{line}" for number, line in enumerate(lines, start=1))


def _write_rows(
    book: Any, sheet: Any, content: SheetContent, declarations: YearDeclarations, styles: Styles
) -> list[SheetRow]:
    rows: list[SheetRow] = []
    number, reason = (
        book.add_format({**FONT, "valign": "top", "text_wrap": True, "border": 1, "border_color": LINE, "align": align})
        for align in ("center", "left")
    )
    for query_id, asked in content.queries:
        first = HEADER_ROW + 1 + len(rows)
        reasons = "\n".join(_reasons(asked))
        fields: Sequence[AskedField | None] = asked.fields or (None,)
        for one in fields:
            row = HEADER_ROW + 1 + len(rows)
            _write_row(sheet, row, one, content, declarations, styles)
            sheet.set_row(row, _height(one, reasons if len(fields) == 1 else ""))
            rows.append(
                SheetRow(row=row + 1, query_id=query_id)
                if one is None
                else SheetRow(
                    row=row + 1, query_id=query_id, kind=one.kind, entity_id=one.entity_id, **one.field._asdict()
                )
            )
        last = HEADER_ROW + len(rows)
        for column, text in ((0, query_id), (1, reasons)):
            style = number if column == 0 else reason
            if last > first:
                sheet.merge_range(first, column, last, column, text, style)
                spread = row_height(text_height(reasons, WIDTHS[1])) / (last - first + 1)
                for row in range(first, last + 1):
                    sheet.set_row(row, max(_height(fields[row - first], ""), spread))
            else:
                sheet.write_string(first, column, text, style)
    return rows


def _reasons(asked: Asked) -> list[str]:
    told = [to_addressee(message) for message in asked.messages]
    if asked.has_more:
        told.append("（右に挙げたもののほかにも、修正の仕方があります。）")
    return told


def _write_row(
    sheet: Any, row: int, one: AskedField | None, content: SheetContent, declarations: YearDeclarations, styles: Styles
) -> None:
    places = place_words(one) if one else ""
    told = (
        [one.words, places, one.answer or "（空欄）", one.previous, _possible(one)] if one
        else ["（調査票全体）", "", "", "", ""]
    )  # fmt: skip
    for column, text in enumerate(told, start=2):
        sheet.write_string(row, column, text, styles.fact if column == 2 else styles.previous_row)
    replies = list(REPLIES)
    if one is None or one.kind == "added_rows":
        replies.remove("修正する")
    for column in (REPLY, VALUE, REASON):
        sheet.write_blank(row, column, None, styles.text)
    sheet.data_validation(row, REPLY, row, REPLY, {"validate": "list", "source": replies, "error_title": "回答区分",
                          "error_message": "一覧から選んでください。"})  # fmt: skip
    question = declarations.questionnaire.questions.get(one.field.question_id) if one else None
    values = _values(one, question, content.municipality, declarations)
    if values and sum(len(value) + 1 for value in values) <= LONGEST_LIST:
        sheet.data_validation(row, VALUE, row, VALUE, {"validate": "list", "source": values, "error_type": "warning",
                              "error_message": "一覧にない値です。"})  # fmt: skip


def _values(
    one: AskedField | None, question: Question | None, municipality: Municipality, declarations: YearDeclarations
) -> list[str]:
    """What can be chosen for an answer; nothing where any text or number may be written."""
    if one is None or question is None or one.kind == "added_rows":
        return []
    if one.kind == "dropped_row":
        return [DROP_WORD]
    if one.field.option_code:
        return ["○", BLANK_WORD]
    if question.register_kind:
        on = declarations.questionnaire.reference_date
        entities = declarations.reference.entities_of(municipality.code, question.register_kind, on)
        return [*(register_text(entity.name, entity.entity_id) for entity in entities), NOT_LISTED_TEXT, BLANK_WORD]
    return [*(option.label.ja for option in question.options), BLANK_WORD] if question.options else []


def _possible(one: AskedField) -> str:
    """What an answer could be, a line each; of rows that a table lacks, that they cannot be written here."""
    return "\n".join([*one.possible, *(["（調査票の再提出が必要です）"] if one.kind == "added_rows" else [])])


def place_words(one: AskedField) -> str:
    """Where an answer stands, in words: the sheet, and its cells."""
    by_sheet: dict[str, list[str]] = {}
    for cell in one.cells:
        _, sheet, address = cell.split("!")
        by_sheet.setdefault(sheet, []).append(address)
    return "、".join(f"{sheet} {'・'.join(dict.fromkeys(addresses))}" for sheet, addresses in by_sheet.items())


def _height(one: AskedField | None, reasons: str) -> float:
    texts = [(reasons, 1)]
    if one:
        texts += [
            (one.words, 2),
            (place_words(one), 3),
            (one.answer, 4),
            (_possible(one), 6),
        ]
    return row_height(*(text_height(text, WIDTHS[column]) for text, column in texts))


def _set_page(sheet: Any, last_row: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.repeat_rows(HEADER_ROW)
    sheet.print_area(0, 0, last_row, len(COLUMNS) - 1)
    sheet.set_footer("&C&P／&N")
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.protect("", {"format_rows": True, "format_columns": True})


def _write_identity(book: Any, content: SheetContent, declarations: YearDeclarations) -> None:
    identity = {
        "kind": QUERY_KIND, "survey": declarations.questionnaire.survey, "year": str(declarations.year),
        "code": content.municipality.code, "issue": str(content.issue),
        "synthetic": SYNTHETIC_MARK if content.is_synthetic else "",
    }  # fmt: skip
    identity["check"] = query_identity_check(identity)
    sheet = book.add_worksheet(QUERY_IDENTITY_SHEET)
    for key, address in QUERY_IDENTITY_CELLS.items():
        row = int(address[1:]) - 1
        sheet.write_string(row, 0, IDENTITY_LABELS[key])
        sheet.write_string(row, 1, identity[key])
    sheet.protect()
    sheet.hide()
