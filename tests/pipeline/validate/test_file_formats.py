"""In what kind of file a return came is told, and blocks nothing."""

from __future__ import annotations

import json

import polars as pl
import pytest

from pipeline.tables import TABLES
from pipeline.validate.file_formats import FORMAT, judge_formats
from pipeline.validate.judged import Judgements


def judged(kind: str | None, *notes: str) -> list[tuple[str, str]]:
    row = dict.fromkeys(TABLES["returns"]) | {
        "municipality_code": "331007", "file_name": "岡山市", "format": kind, "notes": json.dumps(list(notes)),
    }  # fmt: skip
    into = Judgements(2025, "pandera")
    judge_formats(pl.DataFrame([row], schema=TABLES["returns"]), into)
    found = into.findings()
    assert set(found["rule_id"]) <= {FORMAT}
    assert found["finding_id"].is_unique().all()
    assert into.outcomes().height == 1
    return list(found.select("severity", "message").iter_rows())


def test_a_plain_workbook_is_not_told_of() -> None:
    assert judged("xlsx") == []


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsm", "xltx", "xltm"])
def test_another_kind_is_told(kind: str) -> None:
    ((severity, message),) = judged(kind)
    assert severity == "info"
    assert f"（.{kind}）のファイルとして読み取りました" in message


def test_macros_and_links_are_warned_of_and_a_password_is_told() -> None:
    found = judged("xlsm", "macros", "external-links", "password")
    assert [severity for severity, _ in found] == ["info", "warning", "warning", "info"]
    assert [word in message for (_, message), word in zip(
        found, ("マクロ有効形式", "実行せず", "リンク先は開かず", "登録されたパスワード"), strict=True,
    )] == [True] * 4  # fmt: skip
