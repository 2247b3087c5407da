"""The read stage: the archived returns that count, to tables of cells and answers."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.collect.archive import open_return, return_file
from pipeline.collect.ledger import current_returns, read_ledger
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
from pipeline.workbooks.ahead import open_ahead
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


def form_reader(declarations: YearDeclarations) -> FormReader:
    """Return the reader of a year's forms, with the register as of the reference date."""
    on = declarations.questionnaire.reference_date
    kinds = {q.register_kind for q in declarations.questionnaire.questions.values() if q.register_kind}
    register = {
        kind: register_list((e.name, e.entity_id) for e in declarations.reference.entities(kind, on)) for kind in kinds
    }
    return FormReader(declarations.questionnaire, declarations.layout.slots, register)


def read_returns(
    home: Home,
    declarations: YearDeclarations,
    corrections: Sequence[Correction] = (),
    *,
    codes: Container[str] | None = None,
) -> dict[str, pl.DataFrame]:
    """Read every return that counts for the year, or those of some municipalities.

    Gives the tables returns, cells, answers, answer_cells, blocks and corrections. Cells are all that are not empty, and
    every declared answer cell even when it is; they hold what was sent, and answers what is read after correction.
    """
    passwords = load_passwords(home.passwords)
    counting = current_returns(read_ledger(home.ledger), declarations.year)
    receipts = {code: receipt for code, receipt in counting.items() if codes is None or code in codes}
    follower = Follower(declarations, form_reader(declarations))
    feet = {
        m.code: plain_text(printed_text(page_foot(declarations.questionnaire, m))) for m in declarations.municipalities
    }
    by_code: dict[str, list[Correction]] = {}
    for correction in corrections:
        by_code.setdefault(correction.municipality, []).append(correction)
    returns, corrected = [], []
    cells, answers = CellTable(declarations.year), AnswerTables(declarations.year)
    for code in sorted(by_code.keys() - receipts.keys()):
        corrected += [_correction_row(declarations.year, None, done) for done in correct(None, by_code[code], {})[1]]
    for code in open_ahead(sorted(receipts), lambda code: return_file(home, receipts[code], passwords)):
        receipt = receipts[code]
        sent = open_return(home, receipt, passwords)
        followed = follower.of(sent)
        workbook = mark_drawn(followed.merged.mark(sent), followed.declared)
        returns.append((
            receipt.year, receipt.sha256, code, receipt.file_name, receipt.received_at, receipt.supersedes,
            receipt.is_synthetic, sent.format, json.dumps(list(sent.notes)),
        ))  # fmt: skip
        to_read, outcomes = correct(workbook, by_code.get(code, []), followed.certain)
        corrected += [_correction_row(receipt.year, receipt.sha256, done) for done in outcomes]
        cells.add(receipt.sha256, code, _cell_rows(workbook, followed, _applied(outcomes), feet[code]))
        answers.add(receipt.sha256, code, followed.reader.read(followed.readable(to_read), code))
    return {
        "returns": frame("returns", returns),
        "cells": cells.frame(),
        **answers.frames(),
        "corrections": frame("corrections", corrected).sort("municipality_code", maintain_order=True),
    }


def had_cell_before(home: Home, declarations: YearDeclarations, corrections: Iterable[Correction]) -> set[str]:
    """The ids of the corrections whose cell is an answer cell of any return that came from their municipality."""
    passwords = load_passwords(home.passwords)
    follower = Follower(declarations, form_reader(declarations))
    places: dict[str, set[tuple[str, str]]] = {}
    accepted = [r for r in read_ledger(home.ledger) if r.year == declarations.year and r.event == "accepted"]
    found: set[str] = set()
    for correction in corrections:
        code = correction.municipality
        if code not in places:
            sent = (open_return(home, r, passwords) for r in accepted if r.municipality_code == code)
            declared = [follower.of(workbook).declared for workbook in sent]
            places[code] = {(sheet, a) for sheets in declared for sheet, own in sheets.items() for a in own.values()}
        if (correction.sheet, correction.cell) in places[code]:
            found.add(correction.id)
    return found


def _applied(outcomes: Sequence[Corrected]) -> dict[tuple[str, str], tuple[str, str]]:
    """The id of the correction of a cell and the text that is read instead, by sheet and address."""
    return {
        (done.correction.sheet, done.correction.cell): (done.correction.id, done.correction.to)
        for done in outcomes
        if done.state == "applied"
    }


def _correction_row(year: int, return_id: str | None, done: Corrected) -> tuple[Any, ...]:
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
