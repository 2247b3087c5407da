"""The query sheet (疑義照会票): where its cells are, and the words of a reply; its writer and its reader both use it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

QUERY_SHEET = "照会票"
QUERY_IDENTITY_SHEET = "照会情報"
QUERY_IDENTITY_CELLS = {
    "kind": "B1", "survey": "B2", "year": "B3", "code": "B4", "issue": "B5", "synthetic": "B6", "check": "B7",
}  # fmt: skip
QUERY_KIND = "query-sheet"
COLUMNS = (
    "照会番号", "照会の理由", "確認する項目", "場所", "御回答", "前回の御回答", "考えられる値", "回答区分", "正しい値", "理由・備考",
)  # fmt: skip
REPLY, VALUE, REASON = 7, 8, 9
"""Columns of a reply, from 0: the three that a respondent fills, beside the cells for name and day."""
REPLIES: dict[str, Literal["correct", "confirm", "unknown"]] = {
    "修正する": "correct",
    "このままで正しい": "confirm",
    "不明": "unknown",
}
BLANK_WORD = "空欄"
DROP_WORD = "行の削除"
"""What stands for an answer that is to be taken away, and for a row of a table that is."""
PERSON_CELL, DAY_CELL = (4, 2), (5, 2)
"""Row and column, from 0, of the respondent's name and of the day of the reply."""
HEADER_ROW = 7


def query_identity_check(identity: Mapping[str, str]) -> str:
    """What a sheet's identity carries so that one word changed by hand is noticed: 16 digits of SHA-256."""
    words = [identity[key] for key in QUERY_IDENTITY_CELLS if key != "check"]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
