"""Issuing queries: one workbook and one letter for each municipality of which something is to be asked, and no others."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.clock import Clock, now
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.file_titles import file_title
from pipeline.forms.wording import fiscal_year
from pipeline.home import Home, write_atomically
from pipeline.japanese import FULL_WIDTH
from pipeline.letters import Letter, letter_day, write_letter
from pipeline.queries.asked import Asked, AskedOfYear
from pipeline.queries.ledger import QueryEvent, queries_of, read_confirmations, read_history, record
from pipeline.queries.settle import settle
from pipeline.queries.sheet import SYNTHETIC_NOTICE, SheetContent, place_words, write_query_sheet
from pipeline.read.correct import are_read
from pipeline.tables import load
from schemas.corrections import load_corrections
from schemas.errors import InputError
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

DAYS_TO_REPLY = 14
SATURDAY = 5


def issue_queries(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> list[Path]:
    """Settle the year's queries and write the sheets of those that are open; returns the workbooks, by code.

    A municipality whose sheet would ask what its last one asks keeps that one. Sheets of municipalities with nothing open go
    away. Raises InputError where returns or corrections have come since the last run. The caller holds the home's writer lock.
    """
    year, moment = declarations.year, clock()
    expect_judged(home, declarations)
    items = AskedOfYear(home, declarations).items()
    history = read_history(home, year)
    settled = settle(items, queries_of(history), read_confirmations(home, year), at=moment.isoformat())
    record(home, year, settled.events)
    by_code: dict[str, list[tuple[str, Asked]]] = {}
    for query_id, item in settled.open:
        by_code.setdefault(item.municipality_code, []).append((query_id, item))
    for queries in by_code.values():
        queries.sort(key=lambda query: int(query[0].rsplit("-")[-1]))
    synthetic = bool(load(home, year, "returns")["is_synthetic"].any())
    paths: list[Path] = []
    for municipality in declarations.municipalities:
        if municipality.code in by_code:
            content = _content(municipality, by_code[municipality.code], history, moment, is_synthetic=synthetic)
            paths.append(_write(home, declarations, content, history, moment))
    _remove_others(home, year, set(paths))
    return paths


def expect_judged(home: Home, declarations: YearDeclarations) -> None:
    """Raise InputError where the findings are not about the returns and corrections of now: nobody is asked about what was."""
    year = declarations.year
    read = dict(load(home, year, "returns").select("municipality_code", "return_id").iter_rows())
    counting = {code: receipt.sha256 for code, receipt in current_returns(read_ledger(home.ledger), year).items()}
    corrections = load_corrections(home.corrections(year), declarations, on=None)
    if read != counting or not are_read(load(home, year, "corrections"), corrections):
        raise InputError(
            reference="findings-are-old", where=str(home.work(year)), found="returns or corrections that came since the last run",
            expected="findings about what counts now", fix=f"kyogikai run {year}",
        )  # fmt: skip


def _remove_others(home: Home, year: int, sheets: set[Path]) -> None:
    """Remove the sheets of before with their letters. A workbook that was not issued so, as one that is filled in, stays."""
    for path in home.queries(year).glob("*.xlsx") if home.queries(year).exists() else ():
        if path not in sheets and home.archived(hash_of(path.read_bytes())).exists():
            path.unlink()
            path.with_suffix(".docx").unlink(missing_ok=True)


def _content(
    municipality: Municipality, queries: list[tuple[str, Asked]], history: list[QueryEvent], moment: datetime, *,
    is_synthetic: bool,
) -> SheetContent:  # fmt: skip
    issued = [e for e in history if e.event == "issued" and e.municipality_code == municipality.code]
    due_on = moment.date() + timedelta(days=DAYS_TO_REPLY)
    due_on += timedelta(days=(7 - due_on.weekday()) % 7 if due_on.weekday() >= SATURDAY else 0)
    return SheetContent(municipality, len(issued) + 1, queries, moment.date(), due_on, is_synthetic)


def _write(
    home: Home, declarations: YearDeclarations, content: SheetContent, history: list[QueryEvent], moment: datetime
) -> Path:
    """Write sheet and letter, unless the last sheet asks just this; what was issued is archived and recorded."""
    year, code = declarations.year, content.municipality.code
    path = _path(home, declarations, content.municipality, content.issue)
    asked = _digest(content)
    last = next((e for e in reversed(history) if e.event == "issued" and e.municipality_code == code), None)
    kept = _path(home, declarations, content.municipality, last.issue or 1) if last else path
    if last and last.message == asked and kept.exists() and kept.with_suffix(".docx").exists():
        return kept
    sheet, rows = write_query_sheet(content, declarations)
    sha256 = hash_of(sheet)
    write_atomically(home.archived(sha256), sheet)
    write_atomically(path, sheet)
    write_atomically(path.with_suffix(".docx"), write_letter(_letter(declarations, content, path.name, moment)))
    issued: dict[str, Any] = {
        "at": moment.isoformat(), "municipality_code": code, "event": "issued", "issue": content.issue, "sheet": sha256,
        "rows": rows, "message": asked,
    }  # fmt: skip
    record(home, year, [issued])
    return path


def _path(home: Home, declarations: YearDeclarations, municipality: Municipality, issue: int) -> Path:
    """Where a municipality's sheet lies; from the second on its number is in its name, so that no two are taken for one another."""
    again = f"_第{issue}回" if issue > 1 else ""
    year = declarations.year
    return home.queries(year) / f"{year}_{municipality.code}_{file_title(municipality.name)}_照会票{again}.xlsx"


def _digest(content: SheetContent) -> str:
    """Sixteen digits over all that a sheet asks, without its number and its days, and whichever file the answers are in."""
    asked = [
        (query_id, item.messages, item.has_more, [(place_words(one), replace(one, cells=())) for one in item.fields])
        for query_id, item in content.queries
    ]
    return hash_of(repr(asked).encode())[:16]


def _sent_anew(content: SheetContent) -> str:
    """Whether the form has to come once more: for rows that a table lacks, and for what is about the form as a whole."""
    asked = [item for _, item in content.queries]
    if any(not item.fields or any(one.kind == "added_rows" for one in item.fields) for item in asked):
        return "表に行を追加する場合や、調査票全体を記入し直す場合は、調査票を送り直してください。そのほかの場合、再提出は不要です。"
    return "調査票の再提出は不要です。"


def _letter(declarations: YearDeclarations, content: SheetContent, file_name: str, moment: datetime) -> Letter:
    questionnaire, municipality = declarations.questionnaire, content.municipality
    title = questionnaire.title.ja
    return Letter(
        day=moment, addressee=f"{municipality.prefecture}{municipality.name}　{title}御担当者　様",
        sender=questionnaire.sender, subject=f"{title}に係る御回答の確認について（照会）",
        paragraphs=[
            (f"日頃から本調査に御協力いただき、ありがとうございます。{fiscal_year(questionnaire.year)}の御回答について、"
            "次のとおり確認したい点がありますので、御多忙のところ恐れ入りますが、添付の照会票に御記入の上、御返送ください。"),
        ],
        items=(
            ("確認したい点", f"{len(content.queries)}件（照会票のとおり）".translate(FULL_WIDTH)), ("返送期限", letter_day(content.due_on)),
            ("返送する物", f"照会票（{file_name}）"),
            ("記入方法", f"照会票の「回答区分」を選び、修正する場合は「正しい値」を記入してください。{_sent_anew(content)}"),
        ),
        notice=SYNTHETIC_NOTICE.rstrip("。") if content.is_synthetic else "",
    )  # fmt: skip


def hash_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
