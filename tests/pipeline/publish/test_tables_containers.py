"""ZIP containers and DuckDB files: the same content is the same, whatever the moment of writing."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from pipeline.publish.containers import content_hash, write_duckdb
from pipeline.zips import normalise_zip, normalise_zip_bytes

TABLE = pl.DataFrame({"year": [2025, 2025], "name": ["岡山市", None]}, schema={"year": pl.Int32, "name": pl.String})


def container(*, year: int, method: int, mode: int) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in (("b.xml", b"<b/>"), ("a/日本.xml", "日本".encode())):
            entry = zipfile.ZipInfo(name, (year, 1, 1, 12, 0, 0))
            entry.compress_type, entry.external_attr = method, mode << 16
            target.writestr(entry, content)
    return buffer.getvalue()


def test_containers_of_the_same_entries_become_the_same_bytes() -> None:
    first = container(year=1999, method=zipfile.ZIP_STORED, mode=0o644)
    second = container(year=2030, method=zipfile.ZIP_DEFLATED, mode=0o777)
    assert first != second
    assert normalise_zip_bytes(first) == normalise_zip_bytes(second)


def test_entries_keep_their_order_and_content(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(container(year=2030, method=zipfile.ZIP_STORED, mode=0o644))
    normalise_zip(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["b.xml", "a/日本.xml"]
        assert archive.read("a/日本.xml").decode() == "日本"
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    before = path.read_bytes()
    normalise_zip(path)
    assert path.read_bytes() == before


def test_the_hash_follows_from_the_content_whatever_the_order_of_rows(tmp_path: Path) -> None:
    write_duckdb(tmp_path / "it's one.duckdb", {"t": TABLE}, {"t": "it's"}, {"t": {"name": "it's"}})
    write_duckdb(tmp_path / "two.duckdb", {"t": TABLE.reverse()}, {"t": "it's"}, {"t": {"name": "it's"}})
    assert content_hash(tmp_path / "it's one.duckdb") == content_hash(tmp_path / "two.duckdb")


@pytest.mark.parametrize(
    ("table", "name", "comment", "column_comment"),
    [
        (TABLE.with_columns(name=pl.lit("岡山市")), "t", "", ""),
        (TABLE.fill_null(""), "t", "", ""),
        (TABLE.cast({"year": pl.Int64}), "t", "", ""),
        (TABLE.rename({"name": "label"}), "t", "", ""),
        (TABLE.head(1), "t", "", ""),
        (TABLE, "u", "", ""),
        (TABLE, "t", "架空", ""),
        (TABLE, "t", "", "架空"),
    ],
)
def test_any_change_of_content_changes_the_hash(
    tmp_path: Path, table: pl.DataFrame, name: str, comment: str, column_comment: str
) -> None:
    write_duckdb(tmp_path / "before.duckdb", {"t": TABLE}, {}, {})
    write_duckdb(tmp_path / "after.duckdb", {name: table}, {name: comment}, {name: {table.columns[0]: column_comment}})
    assert content_hash(tmp_path / "before.duckdb") != content_hash(tmp_path / "after.duckdb")


def test_writing_again_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.duckdb"
    write_duckdb(path, {"t": TABLE, "gone": TABLE}, {}, {})
    write_duckdb(path, {"t": TABLE}, {}, {})
    write_duckdb(tmp_path / "fresh.duckdb", {"t": TABLE}, {}, {})
    assert content_hash(path) == content_hash(tmp_path / "fresh.duckdb")
