"""Judging the corrections: each stands on a cell that still holds what it expects."""

from __future__ import annotations

from typing import Any

from pipeline.validate.derived import MISSING_SHEET, absent_sheets
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements, finding_id
from pipeline.validate.receipts import MISSING_RETURN

CORRECTION = "correction.expect"
STATEMENT = "訂正の対象のセルに、訂正の前提とした値がある"
VERDICTS = {"applied": "pass", "differs": "fail", "no_cell": "unverifiable"}


def judge_corrections(tables: YearTables, into: Judgements) -> None:
    """Judge every reviewed correction of the year: applied, on a cell with another text, or on one that is not there."""
    into.count(CORRECTION, "error", STATEMENT, [VERDICTS[state] for state in tables.corrections["state"]])
    absent = {(code, sheet) for (code, _), sheet in absent_sheets(tables).items()}
    for row in tables.corrections.filter(tables.corrections["state"] != "applied").iter_rows(named=True):
        code, has_return = row["municipality_code"], row["cell_id"] is not None
        is_absent = (code, row["sheet"]) in absent
        cause = finding_id(MISSING_SHEET, code, row["sheet"]) if has_return else finding_id(MISSING_RETURN, code)
        into.doubt(Judged(
            CORRECTION, "error", 1, STATEMENT, VERDICTS[row["state"]], _message(row), code,
            cells=[row["cell_id"]] if has_return else [], subject=row["correction_id"],
            follows_from=[cause] if row["state"] == "no_cell" and (is_absent or not has_return) else (), names_place=True,
        ))  # fmt: skip


def _message(row: dict[str, Any]) -> str:
    place = f"訂正「{row['correction_id']}」の対象（シート「{row['sheet']}」{row['address']}）"
    if row["cell_id"] is None:
        return f"{place}を確認できません。この市町村の回答が届いていません。"
    if row["state"] == "no_cell":
        return f"{place}を確認できません。送られた回答では、ここは回答欄ではありません。"
    found, expected = (f"「{text}」" if text else "空欄" for text in (row["found_text"], row["expected_text"]))
    if row["found_text"] == row["corrected_text"]:
        return f"{place}は、送られた回答がすでに訂正後の値{found}になっています。この訂正を取り除いてください。"
    return (
        f"{place}の値は{found}で、訂正の前提とした{expected}ではありません。訂正は行っていません。"
        "回答が差し替えられていないか確かめ、訂正を書き直すか取り除いてください。"
    )
