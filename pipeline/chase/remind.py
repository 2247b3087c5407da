"""Reminders: a list of who is late, and a letter for each."""

from __future__ import annotations

from datetime import datetime

from pipeline.chase.standing import Standing, standings
from pipeline.clock import Clock, now
from pipeline.collect.ledger import read_ledger
from pipeline.csv_files import csv_bytes
from pipeline.file_titles import file_title
from pipeline.home import Home, write_atomically
from pipeline.japanese import FULL_WIDTH
from pipeline.letters import Letter, letter_day, to_addressee, write_letter
from schemas.survey import YearDeclarations

LIST_NAME = "督促一覧.csv"
LETTER_END = "_督促.docx"
LATE = {"not_sent": "未提出", "rejected": "受付できず（再提出待ち）", "withdrawn": "取下げ（再提出待ち）"}
"""The states in which a municipality is reminded, in words."""
SYNTHETIC_NOTICE = "デモ用の架空の督促です。実際の市町村の状況を示すものではありません"


def write_reminders(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> list[Standing]:
    """Write the list and the letters of all whose return does not count; those of before go away. Returns who is reminded."""
    moment = clock()
    folder = home.reminders(declarations.year)
    late = [one for one in standings(home, declarations, today=moment.date()) if one.state in LATE]
    is_synthetic = any(r.is_synthetic for r in read_ledger(home.ledger) if r.year == declarations.year)
    names = {LIST_NAME}
    for one in late:
        name = f"{declarations.year}_{one.municipality.code}_{file_title(one.municipality.name)}{LETTER_END}"
        names.add(name)
        write_atomically(folder / name, write_letter(_letter(declarations, one, moment, is_synthetic=is_synthetic)))
    write_atomically(folder / LIST_NAME, _list(late, declarations))
    for path in folder.glob(f"{declarations.year}_??????_*{LETTER_END}"):
        if path.name not in names:
            path.unlink()
    return late


def _list(late: list[Standing], declarations: YearDeclarations) -> bytes:
    header = ["団体コード", "市町村", "状況", "提出期限", "遅延日数", "受け付けられなかったファイル", "理由"]
    rows = []
    deadline = declarations.questionnaire.calendar.deadline.isoformat()
    for one in late:
        why = [one.rejected.file_name, one.rejected.message] if one.rejected else ["", ""]
        rows.append([one.municipality.code, one.municipality.name, LATE[one.state], deadline, one.days_late, *why])
    return csv_bytes(header, rows)


def _letter(declarations: YearDeclarations, one: Standing, moment: datetime, *, is_synthetic: bool) -> Letter:
    questionnaire = declarations.questionnaire
    title, deadline = questionnaire.title.ja, questionnaire.calendar.deadline
    request = {
        "not_sent": "本日現在、貴団体の御回答を確認できておりません。",
        "rejected": "お送りいただいたファイルを、調査票として受け付けることができませんでした。",
        "withdrawn": "先に御提出いただいた御回答は、お申し出により取り下げております。",
    }[one.state]
    late = f"（{one.days_late}日経過）".translate(FULL_WIDTH) if one.days_late else ""
    return Letter(
        day=moment, addressee=f"{one.municipality.prefecture}{one.municipality.name}　{title}御担当者　様",
        sender=questionnaire.sender, subject=f"{title}の御回答について（依頼）",
        paragraphs=(
            (f"日頃から本調査に御協力いただき、ありがとうございます。{request}御多忙のところ恐れ入りますが、至急御提出ください。"
            "なお、本状と行き違いに御提出いただいている場合は、御容赦ください。"),
        ),
        items=(
            ("提出物", "調査票（配布したExcelファイル）"), ("提出期限", f"{letter_day(deadline)}{late}"),
            *([("受付できなかったファイル", f"{one.rejected.file_name}：{to_addressee(one.rejected.message or '')}")]
              if one.rejected and one.state == "rejected" else []),
        ),
        notice=SYNTHETIC_NOTICE if is_synthetic else "",
    )  # fmt: skip
