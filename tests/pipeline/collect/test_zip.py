"""A ZIP of returns in the inbox: every file in it goes through the same door, and what is odd about it stops no other."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.arrivals import arrivals
from pipeline.collect.collect import collect, uncollected
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.support.workbooks import write_workbook

OKAYAMA, KURASHIKI = "331007", "332020"


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def named_in(content: bytes, name: str, raw: bytes) -> bytes:
    """A ZIP whose file has other bytes for a name, not said to be UTF-8; the name it was written with is as long."""
    assert len(name) == len(raw)
    return content.replace(name.encode(), raw)


@pytest.fixture
def forms(second_declarations: YearDeclarations) -> dict[str, bytes]:
    return {code: write_workbook(second_declarations, code, {}) for code in (OKAYAMA, KURASHIKI)}


def put(home: Home, name: str, content: bytes) -> Path:
    path = home.inbox(2025) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def told(home: Home, declarations: YearDeclarations) -> dict[str, tuple[str, str | None]]:
    return {receipt.file_name: (receipt.event, receipt.reason) for receipt in collect(home, declarations)}


def test_every_file_in_a_zip_goes_through_the_same_door(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    content = zipped({
        "県北/01 岡山市.xlsx": forms[OKAYAMA], "県北/": b"", "02 倉敷市.xlsx": forms[KURASHIKI], "送付状.pdf": b"%PDF-1.7",
        "__MACOSX/県北/._01 岡山市.xlsx": b"x", "~$02 倉敷市.xlsx": b"x", "Thumbs.db": b"x",
    })  # fmt: skip
    put(home, "回答.zip", content)
    assert told(home, second_declarations) == {
        "回答.zip": ("unpacked", None),
        "回答.zip/02 倉敷市.xlsx": ("accepted", None),
        "回答.zip/県北/01 岡山市.xlsx": ("accepted", None),
        "回答.zip/送付状.pdf": ("rejected", "not-excel"),
    }
    current = current_returns(read_ledger(home.ledger), 2025)
    assert {code: home.archived(receipt.sha256).read_bytes() for code, receipt in current.items()} == forms
    assert content in [path.read_bytes() for path in (home.root / "archive").glob("*/*")]
    assert uncollected(home, 2025) == []
    assert collect(home, second_declarations) == []


def test_names_are_read_as_windows_and_as_a_mac_writes_them(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    windows = "岡山市.xlsx".encode("cp932")
    put(home, "w.zip", named_in(zipped({"a" * len(windows): forms[OKAYAMA]}), "a" * len(windows), windows))
    decomposed = "倉敷市か\u3099.xlsx"
    put(home, "m.zip", zipped({decomposed: forms[KURASHIKI]}))
    plain = "津山市.xlsx".encode()
    put(home, "o.zip", named_in(zipped({"a" * len(plain): b"x"}), "a" * len(plain), plain))
    names = set(told(home, second_declarations))
    assert names == {"w.zip", "w.zip/岡山市.xlsx", "m.zip", "m.zip/倉敷市が.xlsx", "o.zip", "o.zip/津山市.xlsx"}


@pytest.mark.parametrize(
    "name", ["../外.xlsx", "a/../../外.xlsx", "/etc/外.xlsx", "C:/外.xlsx", "..\\外.xlsx", "\\\\サーバ\\外.xlsx"]
)
def test_a_name_that_leaves_the_folder_is_refused_and_written_nowhere(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes], name: str
) -> None:
    put(home, "z.zip", zipped({name: forms[OKAYAMA], "中.xlsx": forms[KURASHIKI]}))
    found = told(home, second_declarations)
    assert found.pop("z.zip") == ("unpacked", None)
    assert found.pop("z.zip/中.xlsx") == ("accepted", None)
    assert list(found.values()) == [("rejected", "unsafe-name")]
    assert not list(home.root.parent.rglob("*外*"))
    assert collect(home, second_declarations) == []


def test_letters_of_a_name_that_nobody_sees_are_told(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    put(home, "z.zip", zipped({"岡\x1b]0;山\x07.xlsx": forms[OKAYAMA]}))
    assert told(home, second_declarations)["z.zip/岡<U+001B>]0;山<U+0007>.xlsx"] == ("accepted", None)


def test_a_file_without_a_name_is_refused_and_stops_no_other(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    content = zipped({"abc": forms[OKAYAMA], "中.xlsx": forms[KURASHIKI]})
    assert content.count(b"abc") == 2
    put(home, "z.zip", content.replace(b"abc", b"\0bc"))
    assert told(home, second_declarations) == {
        "z.zip": ("unpacked", None), "z.zip/": ("rejected", "unsafe-name"), "z.zip/中.xlsx": ("accepted", None),
    }  # fmt: skip
    assert collect(home, second_declarations) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_both_refused(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for content in forms.values():
            archive.writestr("回答.xlsx", content)
    put(home, "z.zip", buffer.getvalue())
    assert told(home, second_declarations) == {
        "z.zip": ("unpacked", None),
        "z.zip/回答.xlsx": ("rejected", "same-name"),
    }
    assert collect(home, second_declarations) == []


def test_a_zip_in_a_zip_is_opened_and_one_more_is_not(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    deepest = zipped({"c.xlsx": forms[KURASHIKI]})
    put(home, "a.zip", zipped({"b.zip": zipped({"b.xlsx": forms[OKAYAMA], "c.zip": deepest})}))
    assert told(home, second_declarations) == {
        "a.zip": ("unpacked", None), "a.zip/b.zip": ("unpacked", None), "a.zip/b.zip/b.xlsx": ("accepted", None),
        "a.zip/b.zip/c.zip": ("rejected", "nested-zip"),
    }  # fmt: skip


def lying(content: bytes, size: int) -> bytes:
    """A ZIP that says its one file has another size than it has."""
    at = content.index(b"PK\x01\x02") + 24
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (zipped({f"{n}.txt": b"0" * 19_000_000 for n in range(11)}), [("z.zip", "expands-too-far")]),
        (zipped({f"{n}.txt": b"" for n in range(2_001)}), [("z.zip", "expands-too-far")]),
        (zipped({"a.zip": zipped({f"{n}.txt": b"0" * 19_000_000 for n in range(11)})}),
         [("z.zip", None), ("z.zip/a.zip", "expands-too-far")]),
        (zipped({"大.xlsx": b"0" * 20_000_001}), [("z.zip", None), ("z.zip/大.xlsx", "too-large")]),
        (lying(zipped({"嘘.xlsx": b"0" * 19_000_000}), 10), [("z.zip", None), ("z.zip/嘘.xlsx", "damaged-zip")]),
        (zipped({"__MACOSX/x": b""}), [("z.zip", "empty-zip")]),
        (zipped({}), [("z.zip", "empty-zip")]),
        (zipped({"a.xlsx": b"x" * 5_000})[:-40], [("z.zip", "damaged-zip")]),
    ],
    ids=["bomb", "many", "bomb inside", "large", "lying", "nothing sent", "empty", "damaged"],
)  # fmt: skip
def test_a_zip_beyond_the_limits_is_kept_listed_and_stops_nothing(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes], content: bytes,
    expected: list[tuple[str, str | None]],
) -> None:  # fmt: skip
    put(home, "z.zip", content)
    put(home, "回答.xlsx", forms[OKAYAMA])
    found = told(home, second_declarations)
    assert found.pop("回答.xlsx") == ("accepted", None)
    assert [(name, reason) for name, (_, reason) in found.items()] == expected
    assert collect(home, second_declarations) == []


def test_the_newer_of_two_returns_in_a_zip_counts(
    home: Home, second_declarations: YearDeclarations, forms: dict[str, bytes]
) -> None:
    newer = write_workbook(second_declarations, OKAYAMA, {("plan_count", 1, None): 9})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, year in (("a.xlsx", newer, 2025), ("b.xlsx", forms[OKAYAMA], 2024)):
            archive.writestr(zipfile.ZipInfo(name, (year, 6, 1, 0, 0, 0)), content)
    put(home, "z.zip", buffer.getvalue())
    collect(home, second_declarations)
    current = current_returns(read_ledger(home.ledger), 2025)[OKAYAMA]
    assert current.file_name == "z.zip/a.xlsx"


VALID = zipped({"県/回答.xlsx": b"x" * 200, "b.zip": zipped({"c.txt": b"y" * 200})})


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_zip_never_crashes(data: st.DataObject) -> None:
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(StopIteration):
        assert next(iter(list(arrivals("z.zip", bytes(content))))).name == "z.zip"
