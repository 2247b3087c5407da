"""Reading returns in batches, in this process or beside it: workbooks to the rows of every table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from pipeline.collect.archive import open_return
from pipeline.collect.ledger import Receipt
from pipeline.forms.wording import page_foot
from pipeline.home import Home
from pipeline.japanese import plain_text
from pipeline.read.answers import FormReader
from pipeline.read.columns import AnswerTables, CellTable, cell_id
from pipeline.read.correct import Corrected, correct
from pipeline.read.drawn import mark_drawn
from pipeline.read.followed import Followed, Follower
from pipeline.read.values import register_list
from pipeline.tables import frame
from pipeline.workbooks.opening import hand_over_packed, keep_packed
from pipeline.workbooks.remarks import PAGE_FOOT, REMARK, Remark, printed_text
from pipeline.workbooks.workbook import Workbook
from schemas.corrections import Correction
from schemas.form_layout import IDENTITY_SHEET, LIST_SHEET
from schemas.passwords import load_passwords
from schemas.survey import YearDeclarations

_AS_SENT = (None, None)
"""No correction, and no text that is read instead."""
OWN_HIDDEN_SHEETS = (IDENTITY_SHEET, LIST_SHEET)
"""Sheets that the form hides itself."""
_NO_PLACE = (None, None)
"""No answer cell of the form."""


SAME_BELOW = ("return_id", "sheet", "form_sheet")


class ToRead(NamedTuple):
    """A return to be read, its corrections and, for another process, its workbook as `opening.pack` gives it."""

    receipt: Receipt
    corrections: tuple[Correction, ...] = ()
    packed: bytes | None = None


class ReadTables(dict[str, pl.DataFrame]):
    """Tables by name, which go from one process to another in a thirtieth of their size."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, ({name: _packed(table) for name, table in self.items()},)


def _packed(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_ipc(file, compression="zstd")
    return file.getvalue()


def _unpacked(tables: Mapping[str, bytes]) -> ReadTables:
    return ReadTables({name: _sharing(pl.read_ipc(BytesIO(content))) for name, content in tables.items()})


def _sharing(table: pl.DataFrame) -> pl.DataFrame:
    """The table with long texts that stand below one another held once, and not in every row."""
    shared = [table[name] for name in SAME_BELOW if name in table.columns]
    return table.with_columns(_held_once(column) for column in shared)


def _held_once(column: pl.Series) -> pl.Series:
    runs = column.rle().struct.unnest()
    texts = pl.Series(column.name, runs["value"].to_list(), dtype=column.dtype)
    return texts.gather(np.repeat(np.arange(runs.height), runs["len"].to_numpy()))


def reader_elsewhere(home: Home, declarations: YearDeclarations) -> Callable[[Sequence[ToRead]], ReadTables]:
    """What reads the returns of a year in another process."""
    return ReturnsReader(home, declarations).read


class ReturnsReader:
    """Reads the returns of one year."""

    def __init__(self, home: Home, declarations: YearDeclarations) -> None:
        self._home, self._year = home, declarations.year
        self._passwords = load_passwords(home.passwords)
        self._follower = Follower(declarations, form_reader(declarations))
        foot = partial(page_foot, declarations.questionnaire)
        self._feet = {m.code: plain_text(printed_text(foot(m))) for m in declarations.municipalities}

    def packed(self, batch: Sequence[ToRead]) -> list[ToRead]:
        """The batch for another process, with the workbooks that are open here already."""
        return [one._replace(packed=hand_over_packed(one.receipt.sha256, self._likely(one))) for one in batch]

    def _likely(self, one: ToRead) -> Sequence[str]:
        return self._passwords.likely([one.receipt.municipality_code or ""])

    def read(self, batch: Sequence[ToRead]) -> ReadTables:
        """The rows of a batch for the tables returns, corrections, cells, answers, answer_cells and blocks.

        Raises InputError as `open_return` does.
        """
        returns, corrected = [], []
        cells, answers = CellTable(self._year), AnswerTables(self._year)
        for one in batch:
            receipt, code = one.receipt, one.receipt.municipality_code or ""
            if one.packed:
                keep_packed(receipt.sha256, self._likely(one), one.packed)
            sent = open_return(self._home, receipt, self._passwords)
            followed = self._follower.of(sent)
            workbook = mark_drawn(followed.merged.mark(sent), followed.declared)
            returns.append((
                receipt.year, receipt.sha256, code, receipt.file_name, receipt.received_at, receipt.supersedes,
                receipt.is_synthetic, sent.format, json.dumps(list(sent.notes)),
            ))  # fmt: skip
            to_read, outcomes = correct(workbook, one.corrections, followed.certain)
            corrected += [correction_row(receipt.year, receipt.sha256, done) for done in outcomes]
            cells.add(receipt.sha256, code, _cell_rows(workbook, followed, _applied(outcomes), self._feet[code]))
            answers.add(receipt.sha256, code, followed.reader.read(followed.readable(to_read), code))
        own = {"returns": frame("returns", returns), "corrections": frame("corrections", corrected)}
        return ReadTables({**own, "cells": cells.frame(), **answers.frames()})


def form_reader(declarations: YearDeclarations) -> FormReader:
    """Return the reader of a year's forms, with the register as of the reference date."""
    on = declarations.questionnaire.reference_date
    kinds = {q.register_kind for q in declarations.questionnaire.questions.values() if q.register_kind}
    register = {
        kind: register_list((e.name, e.entity_id) for e in declarations.reference.entities(kind, on)) for kind in kinds
    }
    return FormReader(declarations.questionnaire, declarations.layout.slots, register)


def _applied(outcomes: Sequence[Corrected]) -> dict[tuple[str, str], tuple[str, str]]:
    """The id of the correction of a cell and the text that is read instead, by sheet and address."""
    return {
        (done.correction.sheet, done.correction.cell): (done.correction.id, done.correction.to)
        for done in outcomes
        if done.state == "applied"
    }


def correction_row(year: int, return_id: str | None, done: Corrected) -> tuple[Any, ...]:
    """What became of a correction, as a row of the table corrections; `return_id` is None where no return has come."""
    correction = done.correction
    found = cell_id(return_id, correction.sheet, correction.cell) if return_id else None
    return (
        year, correction.id, correction.municipality, correction.sheet, correction.cell, found, done.state,
        done.found_text, correction.expect, correction.to, correction.reason, correction.authority, correction.granted,
        correction.expires,
    )  # fmt: skip


def _cell_rows(
    workbook: Workbook, followed: Followed, corrected: Mapping[tuple[str, str], tuple[str, str]], foot: str
) -> Iterator[tuple[Any, ...]]:
    """The declared cells in the form's order, then whatever else is not empty, then what stands on a sheet besides cells."""
    declared = followed.declared
    for sheet, addresses in declared.items():
        cells = workbook.sheets.get(sheet, {})
        for spot, address in addresses.items():
            cell, place = cells.get(spot), (sheet, address)
            kind, text = (cell.kind, cell.text) if cell else ("blank", "")
            yield *place, kind, text, True, *corrected.get(place, _AS_SENT), *followed.origins.get(place, place)
    for sheet, cells in workbook.sheets.items():
        addresses, own_words = declared.get(sheet, {}), followed.own_words.get(sheet, ())
        for spot, cell in cells.items():
            if spot not in addresses and spot not in own_words:
                yield sheet, cell.address, cell.kind, cell.text, False, *_AS_SENT, *_NO_PLACE
    for remark in workbook.remarks:
        if remark.sheet not in OWN_HIDDEN_SHEETS and not _is_own(remark, foot):
            yield remark.sheet, remark.where, REMARK, remark.text, False, *_AS_SENT, *_NO_PLACE


def _is_own(remark: Remark, foot: str) -> bool:
    """Whether it is what the form prints on its pages itself."""
    return remark.where == PAGE_FOOT and plain_text(remark.text) == foot
