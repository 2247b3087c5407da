"""A second set of the form's sheets in one workbook: another municipality's, or answers that nobody chose between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from pipeline.forms.blank import BlankForm, Place
from pipeline.japanese import normalise, plain_text
from pipeline.read.align import OWN
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.sheet_reports import Beside, Faults, report_sheets
from schemas.survey import YearDeclarations

SECOND_SET = "form.second_set"


def judge_copies(
    tables: YearTables, declarations: YearDeclarations, form: BlankForm, besides: Sequence[Beside],
    subjects: Sequence[Place], into: Judgements,
) -> frozenset[Place]:  # fmt: skip
    """Tell of every sheet that holds the texts of a form's sheet and other answers than that one, which alone was read.

    Gives these sheets: municipality and name. A copy without answers, or with the same, is no second set.
    """
    texts: dict[str, set[str]] = defaultdict(set)
    for (sheet, _), text in form.fixed.items():
        texts[sheet].add(text)
    own_sheets = {sheet for sheet, _ in form.owned}
    free: dict[Place, list[Beside]] = defaultdict(list)
    for cell in besides:
        if cell.sheet not in own_sheets:
            free[cell.code, cell.sheet].append(cell)
    filled: dict[str, set[str]] = defaultdict(set)
    for slot in declarations.layout.slots:
        filled[slot.sheet].add(slot.address)
    for sheet, address in form.owned - form.previous - form.fixed.keys():
        filled[sheet].add(address)
    found: Faults = {}
    for (code, name), cells in free.items():
        copied = {plain_text(cell.text) for cell in cells}
        shares = {sheet: len(own & copied) / len(own) for sheet, own in texts.items()}
        sheet = max(shares, key=lambda sheet: shares[sheet])
        if shares[sheet] >= OWN:
            read = _texts_of(tables, code, sheet)
            found[code, name] = [
                (cell.address, cell.text, cell.cell_id)
                for cell in cells
                if cell.address in filled[sheet] and normalise(cell.text) not in ("", read.get(cell.address, ""))
            ]
    second = {subject: cells for subject, cells in found.items() if cells}
    report_sheets(
        SECOND_SET, "error", "調査票のシートは一組だけである", sorted({*subjects, *second}), second, into,
        "シート「{sheet}」は調査票のシートの写しで、元のシートと異なる記入があります（{places}）。読み取ったのは元のシートだけです。"
        "他の市町村の回答であれば別のファイルで、同じ市町村の回答であれば一組にまとめて、送り直してもらってください。",
    )  # fmt: skip
    return frozenset(second)


def _texts_of(tables: YearTables, code: str, sheet: str) -> dict[str, str]:
    own = tables.cells.filter((pl.col("municipality_code") == code) & (pl.col("sheet") == sheet))
    return {address: normalise(text) for address, text in own.select("address", "text").iter_rows()}
