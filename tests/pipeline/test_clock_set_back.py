"""A machine whose clock is set back, or lives in another zone: what came later counts, and every time is Japan's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline.clock import JAPAN, now
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.issued import issued_releases
from schemas.survey import Survey
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.two_years import send

CODE = "331007"
COUNT = ("plan_count", 1, None)
EARLIER = datetime.fromisoformat(FIXED_NOW) - timedelta(days=400)


def test_a_return_that_comes_after_the_clock_was_set_back_counts_and_is_released_as_the_next(
    ready: Home, second_survey: Survey
) -> None:
    first = release_year(ready, second_survey, YEAR, by="甲")
    send(ready, second_survey, YEAR, {CODE: {COUNT: 13}})
    run = open_run(ready, second_survey, YEAR, clock=lambda: EARLIER)
    assert run_year(run)["verdict"] == "passed"
    receipts = read_ledger(ready.ledger)
    assert receipts[-1].received_at < receipts[0].received_at
    assert current_returns(receipts, YEAR)[CODE] == receipts[-1]
    second = release_year(ready, second_survey, YEAR, by="甲", clock=lambda: EARLIER)
    assert (first.name, second.name) == ("r1", "r2")
    assert [line.release for line in issued_releases(ready)] == ["r1", "r2"]
    assert run_year(open_run(ready, second_survey, YEAR))["verdict"] == "passed"


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("said", ["2025-06-20T00:00:00+00:00", "2025-06-19T20:00:00-04:00", "2025-06-20T09:00:00"])
def test_the_zone_of_the_machine_changes_no_time(monkeypatch: pytest.MonkeyPatch, zone: str, said: str) -> None:
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setenv("KYOGIKAI_NOW", said)
    assert now().isoformat() == FIXED_NOW


def test_an_hour_that_comes_twice_elsewhere_comes_once_in_japan(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = ("2025-11-02T01:30:00-04:00", "2025-11-02T01:30:00-05:00")
    moments = []
    for said in twice:
        monkeypatch.setenv("KYOGIKAI_NOW", said)
        moments.append(now())
    assert moments[1] - moments[0] == timedelta(hours=1)
    assert {moment.tzinfo for moment in moments} == {JAPAN}
