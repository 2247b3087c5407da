"""What the inbox takes, what it keeps without taking, and what the ledger remembers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.chained import append_lines, chain
from pipeline.collect.collect import collect, inbox_files, uncollected
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.home import Home
from pipeline.read.read import read_returns
from schemas.errors import InputError
from schemas.survey import YearDeclarations
from tests.support.workbooks import evacuation_answers, write_workbook

CODE = "331007"


@pytest.fixture
def content(second_declarations: YearDeclarations) -> bytes:
    municipality = second_declarations.municipalities[0]
    return write_workbook(second_declarations, municipality.code, evacuation_answers(second_declarations, municipality))


def put(home: Home, name: str, content: bytes) -> Path:
    folder = home.inbox(2025)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_return_is_archived_as_it_came(home: Home, second_declarations: YearDeclarations, content: bytes) -> None:
    put(home, "回答.xlsx", content)
    (receipt,) = collect(home, second_declarations)
    assert (receipt.event, receipt.municipality_code, receipt.year) == ("accepted", CODE, 2025)
    assert home.archived(receipt.sha256).read_bytes() == content


def test_collecting_again_adds_nothing(home: Home, second_declarations: YearDeclarations, content: bytes) -> None:
    put(home, "回答.xlsx", content)
    collect(home, second_declarations)
    before = home.ledger.read_bytes()
    assert collect(home, second_declarations) == []
    assert home.ledger.read_bytes() == before


@pytest.mark.parametrize("synthetic", ["", "synthetic"])
def test_the_same_bytes_under_another_name_are_recognised(
    home: Home, second_declarations: YearDeclarations, synthetic: str
) -> None:
    content = write_workbook(second_declarations, CODE, {}, synthetic=synthetic)
    put(home, "回答.xlsx", content)
    put(home, "回答 (1).xlsx", content)
    events = sorted(receipt.event for receipt in collect(home, second_declarations))
    assert events == ["accepted", "duplicate"]
    assert {receipt.is_synthetic for receipt in read_ledger(home.ledger)} == {bool(synthetic)}


def test_a_newer_return_supersedes_and_both_stay(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    (first,) = collect(home, second_declarations)
    answers = evacuation_answers(second_declarations, second_declarations.municipalities[0])
    newer = write_workbook(second_declarations, CODE, {**answers, ("plan_count", 1, None): 99})
    put(home, "回答（修正）.xlsx", newer)
    (second,) = collect(home, second_declarations)
    assert second.supersedes == first.sha256
    assert current_returns(read_ledger(home.ledger), 2025)[CODE].sha256 == second.sha256
    assert home.archived(first.sha256).exists()


@pytest.mark.parametrize(
    ("identity", "reason", "cell"),
    [
        ({"year": "2024"}, "wrong-year", "様式情報!B2"),
        ({"version": "2025-0"}, "wrong-version", "様式情報!B3"),
        ({"layout": "0" * 12}, "wrong-version", "様式情報!B4"),
        ({"survey": "another"}, "other-survey", "様式情報!B1"),
        ({"code": "131016"}, "unknown-municipality", "様式情報!B5"),
        ({"check": "0" * 16}, "altered-identity", "様式情報!B7"),
    ],
)
def test_another_form_is_kept_listed_and_stops_nothing(
    home: Home, second_declarations: YearDeclarations, content: bytes, identity: dict[str, str], reason: str, cell: str
) -> None:
    put(home, "違う.xlsx", write_workbook(second_declarations, CODE, {}, **identity))
    put(home, "回答.xlsx", content)
    receipts = {r.file_name: r for r in collect(home, second_declarations)}
    assert (receipts["違う.xlsx"].event, receipts["違う.xlsx"].reason, receipts["違う.xlsx"].cell) == (
        "rejected",
        reason,
        cell,
    )
    assert home.archived(receipts["違う.xlsx"].sha256).exists()
    assert receipts["回答.xlsx"].event == "accepted"


@pytest.mark.parametrize("first", ["", "synthetic"])
@pytest.mark.parametrize("is_same_year", [True, False])
def test_a_home_never_mixes_demo_and_real_returns(
    home: Home, second_declarations: YearDeclarations, first: str, is_same_year: bool
) -> None:
    put(home, "a.xlsx", write_workbook(second_declarations, CODE, {}, synthetic=first))
    collect(home, second_declarations)
    if not is_same_year:
        earlier = [receipt.model_copy(update={"year": 2024, "hash": ""}) for receipt in read_ledger(home.ledger)]
        home.ledger.unlink()
        append_lines(
            home.ledger, chain([], [r.model_dump(exclude={"seq", "hash", "previous_hash"}) for r in earlier], Receipt)
        )
    other = "" if first else "synthetic"
    put(home, "b.xlsx", write_workbook(second_declarations, "332020", {}, synthetic=other))
    put(home, "c.xlsx", write_workbook(second_declarations, "332038", {}, synthetic=first))
    receipts = {receipt.file_name: receipt for receipt in collect(home, second_declarations)}
    assert (receipts["b.xlsx"].event, receipts["b.xlsx"].reason) == ("rejected", "mixes-demo-and-real")
    assert receipts["c.xlsx"].event == "accepted"


def test_files_of_open_programs_are_left_alone(home: Home, content: bytes) -> None:
    for name in ("~$回答.xlsx", ".回答.xlsx", "回答.xlsx.part", "Thumbs.db", "desktop.ini", ".DS_Store", "回答.TMP"):
        put(home, name, content)
    put(home, "回答.xlsx", content)
    assert [path.name for path in inbox_files(home, 2025)] == ["回答.xlsx"]


def test_a_path_that_is_not_there_is_an_error(home: Home, second_declarations: YearDeclarations) -> None:
    with pytest.raises(InputError, match="no-such-file"):
        collect(home, second_declarations, paths=[Path("nowhere.xlsx")])


def test_an_edited_ledger_is_refused_with_its_line(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    collect(home, second_declarations)
    line = json.loads(home.ledger.read_text(encoding="utf-8"))
    home.ledger.write_text(json.dumps({**line, "municipality_code": "332020"}) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ledger\.jsonl:1"):
        read_ledger(home.ledger)


@pytest.mark.parametrize("is_named", [False, True])
def test_the_order_of_arrival_decides_which_return_is_newer(
    home: Home, second_declarations: YearDeclarations, content: bytes, *, is_named: bool
) -> None:
    answers = evacuation_answers(second_declarations, second_declarations.municipalities[0])
    newer = write_workbook(second_declarations, CODE, {**answers, ("plan_count", 1, None): 99})
    for name, sent, moment in (("a.xlsx", newer, 2_000), ("b.xlsx", content, 1_000)):
        os.utime(put(home, name, sent), (moment, moment))
    paths = [home.inbox(second_declarations.year)] if is_named else None
    receipts = collect(home, second_declarations, paths=paths)
    assert [receipt.file_name for receipt in receipts] == ["b.xlsx", "a.xlsx"]


def test_a_superseded_return_sent_again_does_not_come_back_unseen(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    collect(home, second_declarations)
    answers = evacuation_answers(second_declarations, second_declarations.municipalities[0])
    put(home, "修正.xlsx", write_workbook(second_declarations, CODE, {**answers, ("plan_count", 1, None): 99}))
    (standing,) = collect(home, second_declarations)
    put(home, "取消.xlsx", content)
    (again,) = collect(home, second_declarations)
    assert (again.event, again.reason) == ("duplicate", "superseded-bytes")
    assert "修正後の回答を用いています" in (again.message or "")
    assert current_returns(read_ledger(home.ledger), 2025)[CODE].sha256 == standing.sha256


def test_a_name_from_an_archive_made_on_windows_is_read(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    broken = os.fsencode(home.inbox(2025)) + b"/" + "訂正表".encode("cp932") + b"\x80\xff.xlsx"
    Path(os.fsdecode(broken)).write_bytes(b"")
    names = {receipt.file_name: receipt.event for receipt in collect(home, second_declarations)}
    assert names.pop("回答.xlsx") == "accepted"
    ((name, event),) = names.items()
    assert name.startswith("訂正表")
    assert event == "rejected"
    assert collect(home, second_declarations) == []
    assert uncollected(home, 2025) == []


def test_a_file_that_must_not_be_opened_stops_no_other(
    home: Home, second_declarations: YearDeclarations, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, "回答.xlsx", content)
    closed = put(home, "鍵.xlsx", content)
    read = Path.read_bytes

    def guarded(path: Path) -> bytes:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", guarded)
    receipts = {r.file_name: r for r in collect(home, second_declarations)}
    assert (receipts["鍵.xlsx"].event, receipts["鍵.xlsx"].reason) == ("rejected", "no-access")
    assert receipts["回答.xlsx"].event == "accepted"


def test_letters_of_a_name_that_nobody_sees_are_told_and_break_nothing(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答\u2028\x85\x1b[2J\u202excod.xlsx", content)
    assert len(collect(home, second_declarations)) == 1
    assert collect(home, second_declarations) == []
    (receipt,) = read_ledger(home.ledger)
    assert receipt.file_name == "回答<U+2028><U+0085><U+001B>[2J<U+202E>xcod.xlsx"
    assert receipt.event == "accepted"


@pytest.mark.parametrize("damage", [b"", b"other bytes", None])
def test_an_archive_that_holds_other_bytes_is_not_read(
    home: Home, second_declarations: YearDeclarations, content: bytes, damage: bytes | None
) -> None:
    put(home, "回答.xlsx", content)
    (receipt,) = collect(home, second_declarations)
    path = home.archived(receipt.sha256)
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(InputError, match=r"broken-archive(.|\n)*restore") as raised:
        read_returns(home, second_declarations)
    assert receipt.sha256 in raised.value.where


def test_a_link_is_not_followed_and_a_file_beyond_any_limit_is_not_read(
    home: Home, second_declarations: YearDeclarations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 100_000
    monkeypatch.setattr("pipeline.collect.collect.MAX_EXPANDED_BYTES", limit)
    inbox = home.inbox(second_declarations.year)
    inbox.mkdir(parents=True)
    outside = tmp_path / "secret.xlsx"
    outside.write_bytes(write_workbook(second_declarations, "331007", {}))
    (inbox / "リンク.xlsx").symlink_to(outside)
    (inbox / "巨大.xlsx").write_bytes(bytes(limit + 1))
    (inbox / "上限.xlsx").write_bytes(bytes(limit))
    receipts = {receipt.file_name: receipt for receipt in collect(home, second_declarations)}
    assert {name: (receipt.event, receipt.reason) for name, receipt in receipts.items()} == {
        "リンク.xlsx": ("rejected", "link"), "巨大.xlsx": ("rejected", "too-large"), "上限.xlsx": ("rejected", "not-excel"),
    }  # fmt: skip
    assert receipts["巨大.xlsx"].size == limit + 1
    assert home.archived(receipts["巨大.xlsx"].sha256).read_bytes() == b""
    assert uncollected(home, second_declarations.year) == []
    assert collect(home, second_declarations) == []
    (taken,) = collect(home, second_declarations, paths=[inbox / "リンク.xlsx"])
    assert taken.event == "accepted"


def test_a_file_that_was_taken_while_it_was_copied_is_taken_again_when_it_is_whole(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    for size in (0, 100, len(content) // 2, len(content) - 1):
        put(home, f"{CODE}.xlsx", content[:size])
        (receipt,) = collect(home, second_declarations)
        assert receipt.event == "rejected"
    put(home, f"{CODE}.xlsx", content)
    assert [path.name for path in uncollected(home, 2025)] == [f"{CODE}.xlsx"]
    (receipt,) = collect(home, second_declarations)
    assert receipt.event == "accepted"
    assert current_returns(read_ledger(home.ledger), 2025) == {CODE: receipt}
    assert collect(home, second_declarations) == []


@pytest.mark.parametrize("name", ["回答.xlsx.part", ".回答.xlsx", "回答.tmp", "回答.xlsx.crdownload"])
def test_a_file_that_is_named_as_one_being_copied_waits_for_its_name(
    home: Home, second_declarations: YearDeclarations, content: bytes, name: str
) -> None:
    path = put(home, name, content[:100])
    assert collect(home, second_declarations) == []
    path.write_bytes(content)
    path.rename(path.with_name("回答.xlsx"))
    (receipt,) = collect(home, second_declarations)
    assert receipt.event == "accepted"


def test_an_archived_file_that_was_damaged_is_mended_when_the_same_bytes_come_again(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    (receipt,) = collect(home, second_declarations)
    home.archived(receipt.sha256).write_bytes(content[:-1])
    put(home, "もう一度.xlsx", content)
    (again,) = collect(home, second_declarations)
    assert (again.event, again.sha256) == ("duplicate", receipt.sha256)
    assert home.archived(receipt.sha256).read_bytes() == content


def test_a_ledger_that_lost_its_last_line_end_is_continued_all_the_same(
    home: Home, second_declarations: YearDeclarations, content: bytes
) -> None:
    put(home, "回答.xlsx", content)
    collect(home, second_declarations)
    home.ledger.write_bytes(home.ledger.read_bytes().rstrip(b"\n"))
    put(home, "もう一度.xlsx", content)
    collect(home, second_declarations)
    assert [receipt.event for receipt in read_ledger(home.ledger)] == ["accepted", "duplicate"]
