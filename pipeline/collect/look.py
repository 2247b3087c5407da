"""What a file is that came in, told from its bytes and name alone, whatever came before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.collect.query_sheets import recognise_query_sheet
from pipeline.collect.recognise import Identity, Recogniser, RejectedReturnError
from pipeline.collect.table_rows import identify_row
from pipeline.forms.answer_table import AnswerTable, TableError, find_table
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook, pack
from pipeline.workbooks.workbook import Workbook
from schemas.answer_table import CODE_HEAD, TableColumns
from schemas.survey import YearDeclarations

NO_TABLE = RejectedReturnError(
    "no-table",
    f"CSVファイルですが、「{CODE_HEAD}」と設問の見出しのある回答の一覧表ではありません。調査票のシートをCSVで保存したものは"
    "読み取れないので、.xlsx形式のまま提出してもらってください。",
)
CUT_TABLE = RejectedReturnError(
    "cut-table",
    "回答の一覧表の最後の行が改行で終わっておらず、途中で切れている可能性があるため、受け付けていません。コピーが終わってからもう一度"
    "受け付けるか、CSVで保存し直したものを提出してもらってください。",
)


class Refusal(NamedTuple):
    """Why a file is no return: as its receipt says it."""

    reason: str
    message: str
    cell: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Look:
    """What a file is: no return, the reply to a query sheet, a table of several returns, or the return of one municipality.

    `packed` is the workbook as `opening.pack` gives it, where another process has looked.
    """

    format: str | None = None
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
    reply: dict[str, object] | None = None
    identity: Identity | None = None
    is_table: bool = False
    packed: bytes | None = None


Looks = dict[tuple[str, str], Look]
"""Looks by the names and SHA-256 of files."""


class File(NamedTuple):
    """A file to be looked at: its name, its bytes with their SHA-256, and the passwords that may open it."""

    name: str
    sha256: str
    content: bytes
    passwords: Sequence[str]


def packing_looker(declarations: YearDeclarations) -> Callable[[Sequence[File]], Looks]:
    """What looks at the files of a year in another process."""
    return Looker(declarations).look_and_pack


class Looker:
    """Looks at the files of one year."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self._declarations = declarations
        self.recogniser = Recogniser(declarations)

    @cached_property
    def _columns(self) -> TableColumns:
        return TableColumns(self._declarations.questionnaire, self._declarations.layout)

    def look_at(self, files: Sequence[File]) -> Looks:
        """Look at several files."""
        return {(file.name, file.sha256): self.look(file) for file in files}

    def look_and_pack(self, files: Sequence[File]) -> Looks:
        """Look at several files for another process, which is given the returns too, so that it need not open them again."""
        return {(file.name, file.sha256): self._with_packed(file, self.look(file)) for file in files}

    def _with_packed(self, file: File, look: Look) -> Look:
        packed = pack(open_workbook(file.content, file.passwords)) if look.identity else None
        return replace(look, packed=packed)

    def look(self, file: File) -> Look:
        """Look at one file."""
        try:
            workbook = open_workbook(file.content, file.passwords)
        except UnreadableWorkbookError as error:
            return Look(refusal=Refusal(error.reason, error.message))
        told: dict[str, Any] = {"format": workbook.format, "notes": tuple(workbook.notes)}
        try:
            reply = recognise_query_sheet(workbook, self._declarations)
            if reply is not None:
                return Look(**told, reply=reply)
            table = self.table(workbook)
            if table and len(table.rows) > 1:
                return Look(**told, is_table=True)
            identity = (
                identify_row(workbook, table, self._declarations, self.recogniser.names) if table
                else self.recogniser.identify(workbook, file.name)
            )  # fmt: skip
        except RejectedReturnError as error:
            return Look(**told, refusal=Refusal(error.reason, error.message, error.cell, error.code))
        return Look(**told, identity=identity)

    def table(self, workbook: Workbook) -> AnswerTable | None:
        """The table of answers of a workbook, None where it has none. Raises RejectedReturnError for one that is unclear or cut."""
        try:
            table = find_table(workbook, self._columns)
        except TableError as error:
            if workbook.is_cut:
                raise CUT_TABLE from error
            raise RejectedReturnError("unclear-table", error.message, error.cell) from error
        if table is None and workbook.format == "csv":
            raise NO_TABLE
        if workbook.is_cut:
            raise CUT_TABLE
        if table is not None and not table.rows:
            raise RejectedReturnError("empty-table", "回答の一覧表に、回答が一つも記入されていません。", table.sheet)
        return table
