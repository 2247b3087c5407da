"""Query sheets among the files that come in: whose they are, and which sheet that was sent they reply to."""

from __future__ import annotations

from pipeline.collect.recognise import RejectedReturnError
from pipeline.workbooks.workbook import Workbook
from schemas.query_sheet import (
    QUERY_IDENTITY_CELLS,
    QUERY_IDENTITY_SHEET,
    QUERY_KIND,
    QUERY_SHEET,
    query_identity_check,
)
from schemas.survey import YearDeclarations


def recognise_query_sheet(workbook: Workbook, declarations: YearDeclarations) -> dict[str, object] | None:
    """What a receipt says of a query sheet that came back; None where the workbook is none.

    Raises RejectedReturnError for a sheet of another survey, year or municipality, or one whose identity was altered.
    """
    if QUERY_IDENTITY_SHEET not in workbook.sheets:
        if QUERY_SHEET in workbook.sheets:
            raise RejectedReturnError(
                "altered-query-sheet",
                f"照会票ですが、シート「{QUERY_IDENTITY_SHEET}」がないため、どの照会票か確認できません。送付した照会票に記入し直してもらってください。",
                QUERY_SHEET,
            )
        return None
    said = {key: workbook.at(QUERY_IDENTITY_SHEET, cell).text.strip() for key, cell in QUERY_IDENTITY_CELLS.items()}
    if said["kind"] != QUERY_KIND:
        return None
    codes = {municipality.code for municipality in declarations.municipalities}
    sender = said["code"] if said["code"] in codes else None

    def refuse(key: str, reason: str, message: str) -> RejectedReturnError:
        return RejectedReturnError(reason, message, f"{QUERY_IDENTITY_SHEET}!{QUERY_IDENTITY_CELLS[key]}", sender)

    if said["survey"] != declarations.questionnaire.survey:
        raise refuse("survey", "other-survey-query", f"別の調査の照会票です（{said['survey'] or '空欄'}）。")
    if said["year"] != str(declarations.year):
        raise refuse(
            "year",
            "query-of-another-year",
            f"{said['year'] or '別の'}年の調査の照会票です。その年の受信箱に入れてください。",
        )
    if sender is None or not said["issue"].isdigit() or said["check"] != query_identity_check(said):
        raise refuse(
            "check", "altered-query-sheet",
            f"シート「{QUERY_IDENTITY_SHEET}」の記載が、送付した照会票から書き換えられています。送付した照会票に記入し直してもらってください。",
        )  # fmt: skip
    return {
        "event": "reply", "municipality_code": sender, "issue": int(said["issue"]), "is_synthetic": bool(said["synthetic"]),
        "message": "照会票への回答です。",
    }  # fmt: skip
