"""Finding a table of answers in a workbook: its heads, the column of every answer cell, and its filled rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain

from pipeline.japanese import normalise
from pipeline.workbooks.workbook import Cell, Workbook, address_of
from schemas.answer_table import CODE_HEAD, FORM_HEAD, LABELS_MARK, NAME_HEAD, TableColumns
from schemas.form_layout import COVER_SHEET, IDENTITY_SHEET, Slot

_LAST_HEAD_ROW = 10
_LAST_COLUMN = 18_278
"""ZZZ, the last one that has a name."""
_OWN_HEADS = (CODE_HEAD, NAME_HEAD, FORM_HEAD)
Place = tuple[int, int]
"""Row and column."""


class TableError(Exception):
    """A head that is none, or stands twice; or several tables. `cell` is where, as SHEET!A1."""

    def __init__(self, message: str, cell: str) -> None:
        self.message = message
        self.cell = cell
        super().__init__(f"{cell}: {message}")


@dataclass(frozen=True)
class AnswerTable:
    """A table of answers. `heads` are the columns of code, name and form, `columns` those of answer cells, by name."""

    sheet: str
    cells: Mapping[Place, Cell]
    head_row: int
    heads: Mapping[str, int]
    columns: Mapping[str, int]
    rows: Sequence[int]
    """Rows with an answer, or with what should be one."""

    def said(self, row: int, head: str) -> str:
        """What a row says of itself in a column of code, name or form."""
        cell = self.cells.get((row, self.heads[head])) if head in self.heads else None
        return normalise(cell.text) if cell else ""

    def place(self, row: int, head: str) -> str:
        """The cell of a row in a column of code, name or form, as SHEET!A1; the heads where there is no such column."""
        column = self.heads.get(head)
        return f"{self.sheet}!{address_of(row, column) if column else self.head_row}"

    def codes(self) -> set[str]:
        """The codes of all rows, with an answer or without."""
        rows = {row for row, _ in self.cells if row > self.head_row}
        return {self.said(row, CODE_HEAD).zfill(6) for row in rows}

    def is_labels(self, row: int) -> bool:
        """Whether a row says in words what is asked."""
        return self.said(row, CODE_HEAD) == normalise(LABELS_MARK)

    def own_places(self) -> frozenset[Place]:
        """The cells that hold words of the table, no answers and nothing that somebody wrote beside them."""
        return frozenset(
            (row, column) for row, column in self.cells
            if row == self.head_row or self.is_labels(row)
            or (column in self.heads.values() and (row in self.rows or self.said(row, CODE_HEAD).isdigit()))
        )  # fmt: skip

    def besides(self) -> list[Cell]:
        """What stands on the table's sheet, but in no row of answers, and is none of its own words."""
        own = self.own_places()
        return [cell for place, cell in sorted(self.cells.items()) if place[0] not in self.rows and place not in own]

    def slots(self, columns: TableColumns, row: int) -> list[tuple[Slot, Slot]]:
        """Every answer cell in a row of the table, beside that of the form; one without a column stands behind the last.

        Where there is no more room behind the last, it stands in a column in which nothing is.
        """
        used = {column for _, column in self.cells}
        last = max(used)
        order = chain(range(last + 1, _LAST_COLUMN + 1), range(1, last))
        free = (column for column in order if column not in used)
        found: list[tuple[Slot, Slot]] = []
        for name, own in columns.slots.items():
            column = self.columns.get(name)
            if column is None:
                column = next(free)
            found.append((Slot(self.sheet, row, column, own.question_id, own.row_no, own.choice), own))
        return found


def find_table(workbook: Workbook, columns: TableColumns) -> AnswerTable | None:
    """The table of answers of a workbook, None where it has none.

    Raises TableError for a head that is no column's name or stands twice, and for several tables: nobody can tell what is
    answered there.
    """
    if COVER_SHEET in workbook.sheets or IDENTITY_SHEET in workbook.sheets:
        return None
    found = [
        (name, cells, row)
        for name, cells in workbook.sheets.items()
        if (row := _head_row(cells, columns)) is not None
    ]  # fmt: skip
    if not found:
        return None
    if len(found) > 1:
        raise TableError(
            "回答の一覧表のシートが複数あります。一つにまとめるか、ファイルを分けてください。", found[1][0]
        )
    return _table(*found[0], columns)


def _head(cell: Cell) -> str:
    """A head as it is compared: blanks and line breaks in it say nothing."""
    return "".join(normalise(cell.text).split())


def _head_row(cells: Mapping[Place, Cell], columns: TableColumns) -> int | None:
    rows: dict[int, set[str]] = {}
    for (row, _), cell in cells.items():
        if row <= _LAST_HEAD_ROW:
            rows.setdefault(row, set()).add(_head(cell))
    own = set(columns.slots)
    return next((row for row in sorted(rows) if CODE_HEAD in rows[row] and rows[row] & own), None)


def _table(sheet: str, cells: Mapping[Place, Cell], head_row: int, columns: TableColumns) -> AnswerTable:
    heads: dict[str, int] = {}
    answers: dict[str, int] = {}
    for (_, column), cell in sorted((place, cell) for place, cell in cells.items() if place[0] == head_row):
        head = _head(cell)
        if not head:
            continue
        group = heads if head in _OWN_HEADS else answers
        if head not in _OWN_HEADS and head not in columns.slots:
            near = get_close_matches(head, columns.slots, n=1)
            hint = (
                f"「{near[0]}」の誤りではないか確認してください。" if near else "見出しを直すか、列を削除してください。"
            )
            raise TableError(
                f"「{head}」という見出しの列は、どの設問の回答か分かりません。{hint}", f"{sheet}!{cell.address}"
            )
        if head in group:
            raise TableError(f"「{head}」という見出しの列が二つあります。", f"{sheet}!{cell.address}")
        group[head] = column
    answer_columns = set(answers.values())
    own = AnswerTable(sheet, cells, head_row, heads, answers, ())
    filled = sorted({
        row for (row, column), cell in cells.items()
        if row > head_row and column in answer_columns and normalise(cell.text)
        and not own.is_labels(row)
    })  # fmt: skip
    return AnswerTable(sheet, cells, head_row, heads, answers, filled)
