"""The read stage: the archived returns that count, to tables of cells and answers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import partial

import polars as pl

from pipeline.collect.archive import open_return
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.every_core import batches, on_every_core
from pipeline.home import Home
from pipeline.read.correct import correct
from pipeline.read.followed import Follower
from pipeline.read.returns_reader import ReturnsReader, ToRead, correction_row, form_reader, reader_elsewhere
from pipeline.tables import frame
from schemas.corrections import Correction
from schemas.passwords import load_passwords
from schemas.survey import YearDeclarations

AT_ONCE = 50
"""Of so many returns the rows are kept as objects of Python, which take five times the memory of a table."""


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
    counting = current_returns(read_ledger(home.ledger), declarations.year)
    receipts = {code: receipt for code, receipt in counting.items() if codes is None or code in codes}
    by_code: dict[str, list[Correction]] = {}
    for correction in corrections:
        by_code.setdefault(correction.municipality, []).append(correction)
    unread = [
        correction_row(declarations.year, None, done)
        for code in sorted(by_code.keys() - receipts.keys())
        for done in correct(None, by_code[code], {})[1]
    ]
    to_read = (ToRead(receipts[code], tuple(by_code.get(code, ()))) for code in sorted(receipts))
    there = partial(reader_elsewhere, home, declarations)
    here = ReturnsReader(home, declarations)
    done = on_every_core(batches(to_read, AT_ONCE), here.packed, there, here.read)
    parts = [here.read([]), *(part for _, part in done)]
    tables = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    corrected = pl.concat([frame("corrections", unread), tables["corrections"]])
    return {**tables, "corrections": corrected.sort("municipality_code", maintain_order=True)}


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
