"""How municipalities stand: every state, days late at their boundaries, and the history."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from pipeline.chase.standing import Standing, standings
from pipeline.collect.collect import collect
from pipeline.collect.withdraw import withdraw_return
from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.support.judging import put_returns
from tests.support.queries import CONFIRM, CORRECT, COUNT, NO_MEASURE, RANGE, WARNED, Year

CLEAN, MISSING = "332151", "331007"


def standing(home: Home, declarations: YearDeclarations, code: str, today: date = date(2025, 6, 24)) -> Standing:
    return next(one for one in standings(home, declarations, today=today) if one.municipality.code == code)


def of(year: Year, code: str) -> Standing:
    return standing(year.home, year.declarations, code)


# States


def test_nothing_sent_and_nothing_judged(home: Home, second_declarations: YearDeclarations) -> None:
    found = standings(home, second_declarations, today=date(2025, 5, 1))
    assert {one.state for one in found} == {"not_sent"}
    assert {one.days_late for one in found} == {0}
    assert [one.municipality for one in found] == list(second_declarations.municipalities)


def test_a_return_is_received_until_it_is_judged_and_agreed_then(
    home: Home, second_declarations: YearDeclarations
) -> None:
    year = Year(home, second_declarations)
    put_returns(home, second_declarations, {}, without=(MISSING,))
    year.collect()
    assert (of(year, CLEAN).state, of(year, MISSING).state) == ("received", "not_sent")
    year.run()
    assert (of(year, CLEAN).state, of(year, MISSING).state) == ("agreed", "not_sent")


def test_a_newer_return_is_received_until_the_next_run(issued: Year) -> None:
    assert of(issued, CLEAN).state == "agreed"
    issued.send(CLEAN, {COUNT: 1})
    issued.collect()
    assert (of(issued, CLEAN).state, of(issued, CLEAN).return_count) == ("received", 2)
    assert of(issued, CLEAN).history[-1].event == "superseding"


def test_a_doubt_is_received_until_it_is_asked_and_in_query_until_it_is_closed(
    home: Home, second_declarations: YearDeclarations
) -> None:
    year = Year(home, second_declarations)
    year.returns({RANGE: {COUNT: 100000}})
    assert of(year, RANGE).state == "received"
    year.issue()
    assert (of(year, RANGE).state, of(year, RANGE).open_query_count) == ("in_query", 1)
    year.reply(RANGE, [(CORRECT, 5)], day=None)
    year.collect()
    assert of(year, RANGE).state == "in_query"
    year.run()
    assert (of(year, RANGE).state, of(year, RANGE).open_query_count) == ("agreed", 0)


def test_a_confirmed_warning_is_agreed_until_another_answer_is_doubted(issued: Year) -> None:
    issued.reply(WARNED, [(CONFIRM,)] * 5)
    issued.run()
    issued.issue()
    assert (of(issued, WARNED).state, of(issued, WARNED).counts["warning"]) == ("agreed", 0)
    issued.send(WARNED, {**NO_MEASURE, ("measure_other_text", 1, None): "相談会"})
    issued.run()
    assert of(issued, WARNED).state == "received"


def test_an_accepted_error_is_not_agreed_before_its_waiver_is_applied(issued: Year) -> None:
    issued.accept(f"{RANGE}-1")
    issued.issue()
    assert (of(issued, RANGE).state, of(issued, RANGE).counts["error"]) == ("received", 1)


def test_a_file_that_could_not_be_taken_is_rejected(home: Home, second_declarations: YearDeclarations) -> None:
    year = Year(home, second_declarations)
    put_returns(home, second_declarations, {}, without=(MISSING,))
    year.put(b"no workbook", f"{MISSING}_岡山市.xlsx")
    year.collect()
    assert of(year, MISSING).state == "rejected"


def test_a_withdrawn_return_is_withdrawn_until_another_one_comes(issued: Year) -> None:
    withdraw_return(issued.home, issued.year, CLEAN, by="山田", reason="誤送付", clock=issued.clock)
    found = of(issued, CLEAN)
    assert (found.state, found.receipt, found.history[-1].event) == ("withdrawn", None, "withdrawn")
    issued.send(CLEAN, {COUNT: 1})
    issued.collect()
    assert of(issued, CLEAN).state == "received"


# Days late


@pytest.mark.parametrize(
    ("today", "days"),
    [(date(2025, 5, 29), 0), (date(2025, 5, 30), 0), (date(2025, 5, 31), 1), (date(2025, 6, 30), 31)],
)
def test_days_late_of_who_has_not_sent_count_from_the_day_after_the_deadline(
    home: Home, second_declarations: YearDeclarations, today: date, days: int
) -> None:
    assert second_declarations.questionnaire.calendar.deadline == date(2025, 5, 30)
    assert standing(home, second_declarations, MISSING, today).days_late == days


@pytest.mark.parametrize(
    ("came", "days"),
    [("2025-05-30T23:59:00+09:00", 0), ("2025-05-31T00:00:00+09:00", 1), ("2025-06-03T09:00:00+09:00", 4)],
)
def test_days_late_of_who_has_sent_stop_with_the_first_return(
    home: Home, second_declarations: YearDeclarations, came: str, days: int
) -> None:
    year = Year(home, second_declarations)
    year.send(CLEAN, {})
    collect(home, second_declarations, clock=lambda: datetime.fromisoformat(came))
    year.send(CLEAN, {COUNT: 3}, name="差替え.xlsx")
    collect(home, second_declarations, clock=lambda: datetime.fromisoformat(came) + timedelta(days=20))
    assert standing(home, second_declarations, CLEAN, date(2025, 12, 1)).days_late == days


def test_after_a_withdrawal_only_what_came_since_counts(home: Home, second_declarations: YearDeclarations) -> None:
    year = Year(home, second_declarations)
    year.send(CLEAN, {})
    collect(home, second_declarations, clock=lambda: datetime.fromisoformat("2025-05-20T09:00:00+09:00"))
    withdraw_return(home, year.year, CLEAN, by="山田", reason="誤送付")
    assert standing(home, second_declarations, CLEAN, date(2025, 6, 9)).days_late == 10
    year.send(CLEAN, {COUNT: 3}, name="差替え.xlsx")
    collect(home, second_declarations, clock=lambda: datetime.fromisoformat("2025-06-04T09:00:00+09:00"))
    assert standing(home, second_declarations, CLEAN, date(2025, 12, 1)).days_late == 5


# History


def test_the_history_tells_returns_and_queries_in_order(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], name="返送.xlsx")
    issued.run()
    issued.issue()
    steps = [(step.event, step.about) for step in of(issued, RANGE).history]
    query = f"{RANGE}-1"
    assert steps == [
        ("accepted", f"{RANGE}.xlsx"), ("query_opened", query), ("query_issued", "第1回"), ("reply", "返送.xlsx"),
        ("query_answered", query), ("query_closed", query),
    ]  # fmt: skip


def test_a_refused_reply_is_in_the_history_with_its_reason(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, "約5")])
    issued.run()
    assert "数字として読み取れません" in of(issued, RANGE).history[-1].about


def test_what_stops_nothing_on_a_sheet_is_noted_and_what_could_not_be_taken_refused(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], name="三郷市_倉敷市_返送.xlsx")
    issued.reply(WARNED, [(CORRECT, "わからない")], name="返送.xlsx")
    issued.collect()
    assert [step.event for step in of(issued, RANGE).history if step.event in ("query_noted", "query_refused")] == [
        "query_noted"
    ]
    assert [step.event for step in of(issued, WARNED).history if step.event in ("query_noted", "query_refused")] == [
        "query_refused"
    ]
