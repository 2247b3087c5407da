"""Judging in what kind of file a return came: what was read otherwise than from a plain .xlsx is told."""

from __future__ import annotations

import json

import polars as pl

from pipeline.validate.judged import Judged, Judgements
from schemas.labels import Severity

FORMAT = "file.format"
_PLAIN = "xlsx"
_KINDS = {
    "xls": "旧形式（.xls）のファイル",
    "ods": "OpenDocument形式（.ods）のファイル",
    "xlsm": "マクロ有効形式（.xlsm）のファイル",
    "xltx": "テンプレート（.xltx）のファイル",
    "xltm": "マクロ有効テンプレート（.xltm）のファイル", "csv": "回答の一覧表の行",
}  # fmt: skip
_NOTES: dict[str, tuple[Severity, str]] = {
    "macros": (
        "warning",
        "マクロが含まれています。マクロは実行せず、保存されていた値を読み取りました。回答の値が正しいか確認してください。",
    ),
    "external-links": (
        "warning",
        "他のファイルへのリンクが含まれています。リンク先は開かず、保存されていた値を読み取りました。値が最新か確認してください。",
    ),
    "password": ("info", "パスワードが設定されていました。登録されたパスワードで開いて読み取りました。"),
}


def judge_formats(returns: pl.DataFrame, into: Judgements) -> None:
    """Tell of every return that is no plain .xlsx what kind it is, and what its file holds besides cells."""
    statement = "回答は、マクロやリンク、パスワードのない.xlsx形式のファイルである"
    for code, file_name, kind, noted in returns.select("municipality_code", "file_name", "format", "notes").iter_rows():
        told: list[tuple[str, Severity, str]] = []
        if kind in _KINDS:
            told.append((kind, "info", f"{_KINDS[kind]}として読み取りました。"))
        told += [(note, *_NOTES[note]) for note in json.loads(noted or "[]")]
        into.count(FORMAT, "warning", statement, ["fail"] * len(told) or ["pass"])
        for subject, severity, message in told:
            into.doubt(Judged(
                FORMAT, severity, 1, statement, "fail", f"ファイル「{file_name}」：{message}", code, None, None, [file_name],
                subject,
            ))  # fmt: skip
