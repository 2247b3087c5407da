"""Judging letters: those that were lost on the way, and those that look different on another computer."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.sheet_reports import Faults, report_sheets

GARBLED = "form.garbled"
LOST = "\ufffd"
_SUSPECT = r"[\x{FFFD}\x{E000}-\x{F8FF}\x{F0000}-\x{10FFFD}縺繧繝]"
"""A letter that was replaced, one of somebody's own, and kana as they look when UTF-8 is read as Shift_JIS."""


def judge_letters(tables: YearTables, into: Judgements) -> None:
    """Tell of every text with letters that were lost, or that only the sender's computer shows; the text is kept as it is."""
    found: Faults = defaultdict(list)
    columns = ["municipality_code", "sheet", "address", "text", "cell_id"]
    suspect = tables.cells.filter(pl.col("text").str.contains(_SUSPECT)).select(columns)
    for code, sheet, address, text, cell_id in suspect.iter_rows():
        if is_garbled(text):
            found[code, sheet].append((address, text, cell_id))
    sheets = tables.cells.select("municipality_code", "sheet").unique(maintain_order=True).rows()
    report_sheets(
        GARBLED, "warning", "文字化けや外字がない", sheets, found, into,
        "シート「{sheet}」に、文字化けした文字又は外字（作成したパソコンだけで表示される文字）があります（{places}）。"
        "正しい文字を確認してください。",
    )  # fmt: skip


def is_garbled(text: str) -> bool:
    """Whether a text has a letter that was replaced, one of somebody's own, or is UTF-8 that was read as Shift_JIS."""
    if any(letter == LOST or _is_own(letter) for letter in text):
        return True
    try:
        meant = text.encode("cp932").decode("utf-8")
    except UnicodeError:
        return False
    return meant != text


def _is_own(letter: str) -> bool:
    return "\ue000" <= letter <= "\uf8ff" or letter >= "\U000f0000"
