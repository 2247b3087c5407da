"""The life of a query: opened, issued, answered, closed by a correction, a confirmation or a new return, opened again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.audit.listing import list_queries
from pipeline.collect.withdraw import withdraw_return
from pipeline.forms.write_table import write_table_workbook
from pipeline.home import Home
from pipeline.queries.ledger import queries_of, read_history
from schemas.errors import InputError, UsageError
from schemas.survey import YearDeclarations
from tests.support.corrections import correction, put_corrections
from tests.support.queries import (
    CONFIRM,
    CORRECT,
    COUNT,
    DOUBLED,
    DOUBTS,
    RANGE,
    ROUTED,
    TWO_TICKS,
    UNKNOWN,
    UNREAD,
    WARNED,
    Year,
    filled,
    shown,
)


def events(year: Year, code: str) -> list[str]:
    return [event.event for event in read_history(year.home, year.year) if event.municipality_code == code]


def only(year: Year, code: str) -> str:
    (query_id,) = [row["query_id"] for row in list_queries(year.home, year.year) if row["municipality_code"] == code]
    return query_id


# Opened and issued


def test_only_municipalities_with_something_to_ask_get_a_sheet_and_a_letter(issued: Year) -> None:
    names = sorted(path.name for path in issued.home.queries(issued.year).iterdir())
    codes = {name.split("_")[1] for name in names}
    assert codes == set(DOUBTS)
    assert len(names) == 2 * len(codes)
    assert {row["state"] for row in issued.queries().values()} == {"open"}


def test_issuing_again_changes_nothing_while_nothing_changed(issued: Year) -> None:
    before = {path: path.read_bytes() for path in issued.home.root.rglob("*") if path.is_file()}
    issued.issue()
    assert {path: path.read_bytes() for path in issued.home.root.rglob("*") if path.is_file()} == before


def test_a_return_sent_again_with_the_same_answers_leaves_the_sheet_as_it_is(issued: Year) -> None:
    before = issued.sheet(RANGE)
    issued.send(RANGE, {**DOUBTS[RANGE], ("measure", 1, "none"): "◎"})
    issued.run()
    issued.issue()
    assert issued.sheet(RANGE) == before
    assert issued.query(f"{RANGE}-1") == ("open", None)


def test_the_same_clock_gives_the_same_bytes_whatever_was_written_before(
    issued_home: Home, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    write_table_workbook(second_declarations)
    again = Year(Home(tmp_path / "again"), second_declarations)
    again.returns(DOUBTS)
    again.issue()
    folder = issued_home.queries(again.year)
    for path in (*folder.iterdir(), issued_home.query_history(again.year)):
        assert (again.home.root / path.relative_to(issued_home.root)).read_bytes() == path.read_bytes(), path.name


def test_nobody_is_asked_about_returns_that_were_not_judged(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 5})
    issued.collect()
    with pytest.raises(InputError, match="findings-are-old"):
        issued.issue()


def test_an_answer_that_was_taken_is_not_asked_again_before_it_was_judged(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.collect()
    with pytest.raises(InputError, match="kyogikai run 2025"):
        issued.issue()
    assert issued.query(f"{RANGE}-1") == ("answered", None)


def test_a_filled_sheet_left_in_the_folder_of_issued_sheets_is_not_removed(issued: Year) -> None:
    (path,) = issued.home.queries(issued.year).glob(f"*_{RANGE}_*.xlsx")
    issued.reply(RANGE, [(CORRECT, 5)])
    path.write_bytes(filled(path.read_bytes(), [(CORRECT, 6)]))
    issued.run()
    assert RANGE not in issued.issue()
    assert path.exists()


# Closed


def test_a_correction_that_a_reply_gave_closes_the_query(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5, "桁の誤り")])
    issued.run()
    assert issued.findings() == {}
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "corrected")
    assert events(issued, RANGE) == ["opened", "issued", "answered", "closed"]
    assert not list(issued.home.queries(issued.year).glob(f"*_{RANGE}_*"))
    (entry,) = issued.corrections()
    assert entry["authority"] == f"照会{RANGE}-1への回答（福祉課　佐藤、令和7年6月24日）"
    assert (entry["expect"], entry["to"], entry["reason"]) == ("100000", "5", "桁の誤り")


def test_a_run_closes_what_is_gone_and_opens_nothing(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.send(WARNED, DOUBTS[RANGE])
    before = events(issued, WARNED)
    issued.run()
    assert issued.query(f"{RANGE}-1") == ("closed", "corrected")
    assert set(events(issued, WARNED)[len(before) :]) <= {"closed"}
    issued.run()
    assert events(issued, RANGE).count("closed") == 1


def test_a_confirmation_of_what_only_a_warning_doubts_closes_the_query(issued: Year) -> None:
    query_id = only(issued, WARNED)
    issued.reply(WARNED, [(CONFIRM, None, "実施していない")] * 5)
    issued.run()
    assert WARNED not in issued.issue()
    assert issued.query(query_id) == ("closed", "confirmed")
    issued.run()
    assert WARNED not in issued.issue()
    assert events(issued, WARNED).count("closed") == 1


def test_a_confirmation_of_an_error_waits_for_a_person_and_is_not_asked_again(issued: Year) -> None:
    issued.reply(RANGE, [(CONFIRM,)])
    issued.run()
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("answered", None)
    issued.accept(f"{RANGE}-1")
    assert issued.query(f"{RANGE}-1") == ("closed", "confirmed")
    assert issued.home.waivers(issued.year).read_text(encoding="utf-8").count(f"range.plan_count:{RANGE}@") == 1


def test_a_new_return_that_raises_it_no_more_closes_the_query(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 12})
    issued.run()
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "resolved")


def test_a_withdrawn_return_is_not_asked_about(issued: Year) -> None:
    withdraw_return(issued.home, issued.year, RANGE, by="山田", reason="別の部署の回答だった", clock=issued.clock)
    issued.run()
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "resolved")


# Not closed, and opened again


def test_unknown_leaves_the_query_open_with_its_sheet(issued: Year) -> None:
    before = issued.sheet(RANGE)
    issued.reply(RANGE, [(UNKNOWN, None, "担当者が不在")])
    issued.run()
    assert RANGE in issued.issue()
    assert issued.sheet(RANGE) == before
    assert issued.query(f"{RANGE}-1") == ("open", None)
    assert [reply["reason"] for reply in issued.queries()[f"{RANGE}-1"]["replies"]] == ["担当者が不在"]


def test_a_correction_after_unknown_is_taken(issued: Year) -> None:
    issued.reply(RANGE, [(UNKNOWN,)])
    issued.collect()
    issued.reply(RANGE, [(CORRECT, 7)])
    issued.run()
    issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "corrected")


def test_a_correction_that_does_not_help_opens_the_query_again(issued: Year) -> None:
    issued.reply(ROUTED, [(), (CORRECT, 13)])
    issued.run()
    assert ROUTED in issued.issue()
    assert events(issued, ROUTED) == ["opened", "issued", "answered", "reopened", "issued"]
    assert "13" in "".join(shown(issued.sheet(ROUTED))[0])


def test_mixed_replies_of_one_query_are_asked_again(issued: Year) -> None:
    issued.reply(DOUBLED, [(CONFIRM,), (UNKNOWN,)])
    issued.run()
    assert DOUBLED in issued.issue()
    assert events(issued, DOUBLED) == ["opened", "issued", "answered", "answered", "reopened"]


def test_a_confirmed_answer_is_asked_about_again_only_when_it_changes(issued: Year) -> None:
    issued.accept(f"{RANGE}-1")
    issued.send(RANGE, {COUNT: "１０００００件"}, name="同じ値.xlsx")
    issued.run()
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "confirmed")
    issued.send(RANGE, {COUNT: 100001}, name="別の値.xlsx")
    issued.run()
    assert RANGE in issued.issue()
    assert events(issued, RANGE) == ["opened", "issued", "closed", "reopened", "issued"]


def test_a_confirmed_answer_is_not_asked_about_again_with_a_new_doubt_about_another(issued: Year) -> None:
    issued.accept(f"{RANGE}-1")
    issued.send(RANGE, {**DOUBTS[RANGE], ("measure", 1, "none"): "△"})
    issued.run()
    issued.issue()
    assert [row[0] for row in shown(issued.sheet(RANGE))] == [f"{RANGE}-2"]


def test_a_confirmation_of_an_answer_that_was_replaced_before_the_next_issue_confirms_nothing(issued: Year) -> None:
    issued.reply(RANGE, [(CONFIRM,)])
    issued.collect()
    issued.send(RANGE, {COUNT: 200000})
    issued.run()
    assert RANGE in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("open", None)
    assert events(issued, RANGE) == ["opened", "issued", "answered", "reopened", "issued"]


def test_a_doubt_that_comes_back_opens_its_query_again(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 12})
    issued.run()
    issued.issue()
    issued.send(RANGE, DOUBTS[RANGE], name="元に戻した.xlsx")
    issued.run()
    assert RANGE in issued.issue()
    assert events(issued, RANGE) == ["opened", "issued", "closed", "reopened", "issued"]


def test_an_open_query_about_another_value_says_that_it_changed(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 300000})
    issued.run()
    issued.issue()
    assert events(issued, RANGE) == ["opened", "issued", "changed", "issued"]


def test_a_second_doubt_of_the_municipality_gets_a_number_of_its_own(issued: Year) -> None:
    issued.send(RANGE, {**DOUBTS[RANGE], ("measure", 1, "none"): "△"})
    issued.run()
    issued.issue()
    assert issued.query(f"{RANGE}-1") == issued.query(f"{RANGE}-2") == ("open", None)
    assert [row[0] for row in shown(issued.sheet(RANGE))] == [f"{RANGE}-1", f"{RANGE}-2"]


# Accepted by a person


def test_a_query_that_is_closed_or_unknown_cannot_be_accepted(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 12})
    issued.run()
    issued.issue()
    with pytest.raises(UsageError, match="a query that is closed"):
        issued.accept(f"{RANGE}-1")
    with pytest.raises(UsageError, match="no query"):
        issued.accept(f"{RANGE}-9")
    assert not issued.home.waivers(issued.year).exists()


def test_one_query_named_twice_is_accepted_once(issued: Year) -> None:
    issued.accept(f"{RANGE}-1", f"{RANGE}-1", f"{UNREAD}-1")
    text = issued.home.waivers(issued.year).read_text(encoding="utf-8")
    assert text.count("id: query-") == 2
    assert RANGE not in issued.issue()


def test_what_was_corrected_by_telephone_since_closes_the_query_without_a_reply(issued: Year) -> None:
    put_corrections(issued.home, issued.year, correction(issued.declarations, RANGE, COUNT, expect=100000, to=10))
    issued.run()
    assert RANGE not in issued.issue()
    assert issued.query(f"{RANGE}-1") == ("closed", "resolved")


# The history


def test_a_damaged_line_of_the_history_is_told_with_its_place(issued: Year) -> None:
    path = issued.home.query_history(issued.year)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"opened", b"closed"), *lines[2:]]))
    with pytest.raises(InputError, match=r"2025\.jsonl:2"):
        read_history(issued.home, issued.year)
    path.write_bytes(lines[0] + b"{\n")
    with pytest.raises(InputError, match="the line is damaged"):
        read_history(issued.home, issued.year)


def test_a_lost_line_of_the_history_is_noticed(issued: Year) -> None:
    path = issued.home.query_history(issued.year)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    with pytest.raises(InputError, match="chain is broken"):
        read_history(issued.home, issued.year)


def test_what_was_issued_is_in_the_archive_under_its_hash(issued: Year) -> None:
    for event in read_history(issued.home, issued.year):
        if event.event == "issued":
            content = issued.home.archived(event.sheet).read_bytes()
            assert hashlib.sha256(content).hexdigest() == event.sheet
            assert content == issued.sheet(event.municipality_code)
            assert {row.query_id for row in event.rows} <= queries_of(read_history(issued.home, issued.year)).keys()


def test_two_ticks_become_one_by_a_reply(issued: Year) -> None:
    issued.reply(TWO_TICKS, [(CORRECT, "一部を作成")])
    issued.run()
    assert TWO_TICKS not in issued.issue()
    assert [(entry["cell"], entry["expect"], entry["to"]) for entry in issued.corrections()] == [("C8", "○", "")]
