"""A table of answers that came in: each of its rows as a file of its own, or whose return its only row is."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from openpyxl.utils.cell import range_boundaries

from pipeline.collect.arrivals import Arrival
from pipeline.collect.names import RosterNames
from pipeline.collect.recognise import BY_CODE_COLUMN, BY_NAME_COLUMN, Identity, RejectedReturnError
from pipeline.forms.answer_table import AnswerTable
from pipeline.forms.write_table import explaining_words
from pipeline.workbooks.delimited import CONTROL
from pipeline.workbooks.remarks import Remark
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.answer_table import CODE_HEAD, FORM_HEAD, NAME_HEAD, form_mark
from schemas.survey import YearDeclarations

ROWS_LACKING, SHOWN_NAMES = "rows-lacking", 10
"""What is said of a table in which municipalities have no row, not even one without an answer; and how many are named."""
_UNSEEN = dict.fromkeys(map(ord, CONTROL))
_PLAIN = ("text", "number", "boolean", "date", "error")
"""Kinds of cells that are the same as text."""
_MOST_REMARKS, _LONGEST_FIELD = 50, 30_000
"""Remarks on a row that stand in a field each, the others together; and how many letters a field has at most."""
_PLACE = re.compile(r"(?:[A-Z]{1,3})?(\d+)")
"""A cell, as C7, or a row, as 7行."""


def row_arrivals(
    name: str, workbook: Workbook, table: AnswerTable, declarations: YearDeclarations
) -> Iterator[Arrival]:
    """Each filled row as a file of its own: a text in which the heads and that row stand in their places, and nothing else.

    A remark on a row's cells stands behind them; one on the whole sheet, and words on other sheets, behind the first row. Rows of
    one code are refused, as is a row of which nobody can tell what it holds.
    """
    elsewhere = _elsewhere(workbook, table, declarations)
    by_code: dict[str, list[int]] = defaultdict(list)
    for row in table.rows:
        by_code[table.said(row, CODE_HEAD).zfill(6)].append(row)
    for row in table.rows:
        content = _alone(workbook, table, row, elsewhere if row == table.rows[0] else ())
        code = table.said(row, CODE_HEAD).zfill(6)
        refusal = _unclear(workbook, table, row, [*table.heads.values(), *table.columns.values()])
        if len(by_code[code]) > 1 and table.said(row, CODE_HEAD):
            places = "、".join(f"{other}行目" for other in by_code[code])
            refusal = RejectedReturnError(
                "same-municipality-twice",
                f"回答の一覧表に、団体コード「{code}」の行が複数あり（{places}）、どれが正しいか分かりません。"
                "一つにして提出してもらってください。",
                table.place(row, CODE_HEAD), code,
            )  # fmt: skip
        yield Arrival(f"{name}/{row}行目", content, len(content), refusal)


def tell_lacking_rows(table: AnswerTable, declarations: YearDeclarations) -> str:
    """Which municipalities have no row in a table, as they have in the blank one; nothing where all have."""
    codes = table.codes()
    names = [one.name for one in declarations.municipalities if one.code not in codes]
    if not names:
        return ""
    others = f"ほか{len(names) - SHOWN_NAMES}団体" if len(names) > SHOWN_NAMES else ""
    return (
        f"一覧表に{len(names)}団体の行がありません（{'、'.join(names[:SHOWN_NAMES])}{others}）。"
        "途中で切れたファイルでないか確認してください。"
    )


def identify_row(
    workbook: Workbook, table: AnswerTable, declarations: YearDeclarations, names: RosterNames
) -> Identity:
    """Whose return the only row of a table is. Raises RejectedReturnError for another form, and where code and name disagree."""
    (row,) = table.rows
    if refusal := _unclear(workbook, table, row, table.heads.values()):
        raise refusal
    code = table.said(row, CODE_HEAD).zfill(6)
    sender = code if code in names.names else None
    marks = {
        form_mark(declarations.questionnaire, is_synthetic=is_synthetic): is_synthetic for is_synthetic in (False, True)
    }
    mark = table.said(row, FORM_HEAD)
    if mark not in marks:
        wanted = next(iter(marks))
        survey, _, version = wanted.partition("/")
        is_other_year = mark.startswith(f"{survey}/") and mark.split("/")[1] != version.split("/")[0]
        told = f"ファイル：{mark or '空欄'}、" if FORM_HEAD in table.heads else "列がありません。"
        raise RejectedReturnError(
            "wrong-year" if is_other_year else "wrong-version", f"列「{FORM_HEAD}」が異なります（{told}必要：{wanted}）。",
            table.place(row, FORM_HEAD), sender,
        )  # fmt: skip
    if sender is None:
        said = table.said(row, CODE_HEAD)
        raise RejectedReturnError(
            "unknown-municipality", f"団体コード「{said or '空欄'}」は調査対象の市町村ではありません。", table.place(row, CODE_HEAD)
        )  # fmt: skip
    name = table.said(row, NAME_HEAD)
    if name and names.named(name) != {code}:
        raise RejectedReturnError(
            "code-and-name-differ",
            f"団体コード「{code}」は{names.names[code]}ですが、列「{NAME_HEAD}」は「{name}」です。どちらの回答か確認してください。",
            table.place(row, NAME_HEAD), code,
        )  # fmt: skip
    return Identity(code, marks[mark], (BY_CODE_COLUMN, *([BY_NAME_COLUMN] if name else [])))


def _elsewhere(workbook: Workbook, table: AnswerTable, declarations: YearDeclarations) -> list[str]:
    """What stands on other sheets than the table's, but what the sheets that explain it were sent with."""
    own = explaining_words(declarations, workbook)
    words = [
        f"{cell.sheet}!{cell.address}：{cell.text}"
        for name, cells in workbook.sheets.items()
        if name != table.sheet
        for place, cell in sorted(cells.items())
        if place not in own.get(name, ())
    ]
    return words + [f"{r.sheet}!{r.where}：{r.text}" for r in workbook.remarks if r.sheet != table.sheet]


def _alone(workbook: Workbook, table: AnswerTable, row: int, elsewhere: Sequence[str]) -> bytes:
    last = max(column for _, column in table.cells)
    lines: dict[int, list[str]] = {}
    for line in (table.head_row, row):
        cells = [table.cells.get((line, column)) for column in range(1, last + 1)]
        lines[line] = [cell.text if cell else "" for cell in cells]
    remarks = [f"{remark.where}：{remark.text}" for remark in workbook.remarks if _is_about(remark, row, table)]
    if row == table.rows[0]:
        remarks += [f"{cell.address}：{cell.text}" for cell in table.besides()]
    lines[row] += _packed([*remarks, *elsewhere])
    text = StringIO()
    writer = csv.writer(text)
    for line in range(1, row + 1):
        writer.writerow([field.translate(_UNSEEN) for field in lines.get(line, [])])
    return text.getvalue().encode("utf-8-sig")


def _packed(remarks: Sequence[str]) -> list[str]:
    """Remarks as fields, so many of which have room behind a row; where there are more, the last ones stand together."""
    fields = list(remarks[:_MOST_REMARKS])
    is_full = True
    for remark in remarks[_MOST_REMARKS:]:
        if is_full or len(fields[-1]) + len(remark) > _LONGEST_FIELD:
            fields.append(remark)
        else:
            fields[-1] += f"／{remark}"
        is_full = False
    return fields


def _is_about(remark: Remark, row: int, table: AnswerTable) -> bool:
    """Whether a remark on the table's sheet is on a row or a cell of it; one on none goes with the first row."""
    if remark.sheet != table.sheet:
        return False
    place = _PLACE.match(remark.where)
    on = int(place.group(1)) if place else 0
    return on == row or (row == table.rows[0] and on not in table.rows)


def _unclear(workbook: Workbook, table: AnswerTable, row: int, columns: Iterable[int]) -> RejectedReturnError | None:
    """The refusal of a row in which a cell is no text or number alone: a formula without a value, struck out, merged, drawn over."""
    for column in sorted(columns):
        cell = table.cells.get((row, column))
        if (cell and cell.kind not in _PLAIN) or _is_covered(workbook, table.sheet, row, column):
            where = cell or Cell(table.sheet, row, column, "blank", "", None)
            return RejectedReturnError(
                "unclear-row",
                f"{row}行目の{where.address}は、値のない数式、取消線、セルの結合又は図形のため、内容が分かりません。値だけを記入した表で"
                "提出してもらってください。",
                f"{table.sheet}!{where.address}", table.said(row, CODE_HEAD).zfill(6),
            )  # fmt: skip
    return None


def _is_covered(workbook: Workbook, sheet: str, row: int, column: int) -> bool:
    for area in workbook.merges.get(sheet, ()):
        left, top, right, bottom = (int(bound or 0) for bound in range_boundaries(area))
        if top <= row <= bottom and left <= column <= right:
            return True
    return any(drawn.is_mark and drawn.covers((row, column)) for drawn in workbook.drawn.get(sheet, ()))
