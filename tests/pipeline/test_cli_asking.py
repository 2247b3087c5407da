"""The commands for asking back, called as a shell calls them; and releases of a year in which something was asked."""

from __future__ import annotations

import docx
import pytest

from pipeline.audit.rebuild import rebuild_release
from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.errors import GateRefusedError
from schemas.survey import Survey, YearDeclarations
from tests.support.command import Called, kyogikai
from tests.support.queries import CONFIRM, CORRECT, COUNT, RANGE, WARNED, Year


def call(year: Year, *words: object) -> Called:
    return kyogikai(*words, home=year.home.root, survey=PROJECT_ROOT / "tests" / "second_survey")


def contents(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.root)): path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


def test_listing_writes_nothing(issued: Year) -> None:
    before = contents(issued.home)
    called = call(issued, "queries", 2025, "--list")
    assert called.code == 0
    assert f"{RANGE}-1" in called.out
    after = contents(issued.home)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {".writer.lock"}


def test_the_listed_queries_are_objects_with_the_documented_keys(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5, "桁の誤り")])
    issued.collect()
    rows = {row["query_id"]: row for row in call(issued, "queries", 2025, "--list", "--json").json}
    row = rows[f"{RANGE}-1"]
    assert list(row) == [
        "query_id", "municipality_code", "state", "outcome", "question_id", "is_error", "findings", "cells", "opened_at",
        "answered_at", "closed_at", "replies",
    ]  # fmt: skip
    assert row["cells"] == ["計画!C12"]
    assert row["replies"] == [
        {"reply": "correct", "value": "5", "reason": "桁の誤り", "person": "福祉課　佐藤", "day": "2025-06-24"}
    ]


@pytest.mark.parametrize("missing", ["--by", "--reason"])
def test_accepting_needs_a_name_and_a_reason(issued: Year, missing: str) -> None:
    words = ["--by", "山田", "--reason", "確認した"]
    at = words.index(missing)
    del words[at : at + 2]
    called = call(issued, "queries", 2025, "--accept", f"{RANGE}-1", *words)
    assert (called.code, "needs-a-name" in called.err) == (2, True)
    assert issued.query(f"{RANGE}-1") == ("open", None)


def test_queries_before_any_run_say_what_to_run(home: Home, second_survey: Survey) -> None:
    called = kyogikai("queries", 2025, home=home.root, survey=second_survey.root)
    assert (called.code, "kyogikai" in called.err and "run 2025" in called.err) == (11, True)


def test_queries_after_a_newer_return_say_what_to_run(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 3})
    issued.collect()
    called = call(issued, "queries", 2025)
    assert (called.code, "findings-are-old" in called.err) == (11, True)


def test_collect_counts_replies_and_names_what_was_rejected(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    called = call(issued, "collect", 2025)
    assert (called.code, called.out.splitlines()[0]) == (0, "0 accepted, 0 duplicate, 0 rejected, 1 replies")


def test_status_tells_days_late_queries_and_the_history(issued: Year) -> None:
    (row,) = [row for row in call(issued, "status", 2025, "--json").json if row["municipality_code"] == RANGE]
    assert (row["state"], row["days_late"], row["open_query_count"]) == ("in_query", 21, 1)
    assert [step["event"] for step in row["history"]] == ["accepted", "query_opened", "query_issued"]
    told = call(issued, "status", 2025, "--history", RANGE)
    assert f"query_opened  {RANGE}-1" in told.out
    unknown = call(issued, "status", 2025, "--history", "999999")
    assert (unknown.code, "unknown-municipality" in unknown.err) == (2, True)


def test_withdraw_and_remind_follow_one_another(issued: Year) -> None:
    withdrawn = call(issued, "withdraw", 2025, RANGE, "--by", "山田", "--reason", "誤送付")
    assert withdrawn.code == 0
    assert f"withdrawn: {RANGE}.xlsx of {RANGE}" in withdrawn.out
    reminded = call(issued, "remind", 2025)
    assert "withdrawn" in reminded.out
    assert len(list(issued.home.reminders(2025).iterdir())) == 2
    again = call(issued, "withdraw", 2025, RANGE, "--by", "山田", "--reason", "誤送付")
    assert (again.code, "nothing-to-withdraw" in again.err) == (2, True)


def test_the_letter_of_a_query_sheet_says_what_to_do_by_when(issued: Year) -> None:
    (path,) = issued.home.queries(2025).glob(f"*_{RANGE}_*.docx")
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    for word in (
        "令和７年６月２０日", "岡山県岡山市", "県危機管理担当課", "（照会）", "１件（照会票のとおり）", "令和７年７月４日（金）",
        path.with_suffix(".xlsx").name, "記", "以上",
    ):  # fmt: skip
        assert word in text, word


def test_a_release_after_queries_is_built_again_from_what_is_kept(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    year = Year(home, second_declarations)
    year.returns({RANGE: {COUNT: 100000}, WARNED: {("measure", 1, "training"): None, ("measure", 1, "drill"): None}})
    year.issue()
    year.reply(RANGE, [(CORRECT, 5)], day=None)
    gate = run_year(open_run(home, second_survey, 2025, clock=year.clock))
    assert gate["verdict"] == "passed"
    (sheet,) = home.queries(2025).glob(f"*_{WARNED}_*.xlsx")
    sheet.unlink()
    year.issue()
    with pytest.raises(GateRefusedError, match="queries"):
        release_year(home, second_survey, 2025, by="試験", clock=year.clock)
    run_year(open_run(home, second_survey, 2025, clock=year.clock))
    folder = release_year(home, second_survey, 2025, by="試験", clock=year.clock)
    year.reply(WARNED, [(CONFIRM,)] * 5, day=None)
    year.run()
    year.issue()
    assert rebuild_release(home, second_survey, folder) == []
