"""The schedule and the sensor as Dagster evaluates them, and the runs that they start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dagster as dg
import pytest

from pipeline.collect.collect import collect
from pipeline.definitions import build_definitions
from pipeline.home import Home
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR, fill_inbox
from tests.support.dagster_run import YEAR, Ran, names


def evaluate_day(ran: Ran, moment: str) -> Any:
    repository = ran.definitions.get_repository_def()
    with dg.build_schedule_context(
        instance=ran.instance, repository_def=repository, scheduled_execution_time=datetime.fromisoformat(moment),
        resources=ran.definitions.resources,
    ) as context:  # fmt: skip
        return repository.get_schedule_def("survey_calendar").evaluate_tick(context)


@pytest.mark.parametrize(
    ("moment", "event", "job"),
    [
        ("2025-04-30T21:00:00+00:00", "forms_out", "forms"),
        ("2025-05-20T06:00:00+09:00", "reminder", "reminder"),
        ("2025-05-30T06:00:00+09:00", "deadline", "reminder"),
        ("2025-06-30T06:00:00+09:00", "release_candidate", "survey_year"),
    ],
)
def test_a_due_day_starts_what_the_calendar_asks(ran: Ran, moment: str, event: str, job: str) -> None:
    [request] = evaluate_day(ran, moment).run_requests
    assert (request.partition_key, request.tags["kyogikai/due"]) == (YEAR, event)
    selected = ran.definitions.resolve_job_def(job).asset_layer.selected_asset_keys
    assert names(request.asset_selection) == names(selected)


def test_a_scheduled_run_executes_its_day_alone(branch: Ran) -> None:
    [request] = evaluate_day(branch, "2025-05-20T06:00:00+09:00").run_requests
    result = branch.start("calendar", asset_selection=request.asset_selection, tags=request.tags)
    assert names(e.asset_key for e in result.get_asset_materialization_events()) == ["outstanding_returns"]


def test_a_day_on_which_nothing_is_due_is_skipped_with_a_reason(ran: Ran) -> None:
    tick = evaluate_day(ran, "2025-05-19T06:00:00+09:00")
    assert not tick.run_requests
    assert tick.skip_message == "nothing is due on 2025-05-19; next is reminder of 2025 on 2025-05-20"


def test_the_sensor_starts_one_run_for_a_batch_and_that_run_takes_its_files_alone(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    definitions = build_definitions(home=home, survey=second_survey)
    repository = definitions.get_repository_def()
    cursor: str | None = None

    def tick(clock: str) -> Any:
        nonlocal cursor
        monkeypatch.setenv("KYOGIKAI_NOW", f"2025-06-20T{clock}+09:00")
        with dg.build_sensor_context(
            instance=instance, repository_def=repository, cursor=cursor, resources=definitions.resources
        ) as context:
            data = repository.get_sensor_def("inbox").evaluate_tick(context)
        cursor = data.cursor
        return data

    assert tick("09:00:00").skip_message == "2025: nothing new in the inbox"
    fill_inbox(home, second_declarations)
    assert tick("09:01:00").skip_message == "2025: 27 of 27 files may still be being copied"
    (home.inbox(SECOND_YEAR) / "half.xlsx").write_bytes(b"half a workb")
    [request] = tick("09:01:30").run_requests
    assert (request.partition_key, request.tags["kyogikai/file_count"]) == (YEAR, "27")
    assert tick("09:01:45").skip_message == "2025: 1 of 28 files may still be being copied"
    result = definitions.resolve_job_def("survey_year").execute_in_process(
        partition_key=YEAR, run_config=request.run_config, instance=instance, asset_selection=[dg.AssetKey("returns")]
    )
    [event] = result.get_asset_materialization_events()
    assert event.materialization.metadata["new_receipt_count"].value == 27
    assert "half.xlsx" not in home.ledger.read_text(encoding="utf-8")
    assert tick("09:01:50").skip_message == "2025: 1 of 1 files may still be being copied"
    [request] = tick("09:02:30").run_requests
    assert request.tags["kyogikai/file_count"] == "1"
    collect(home, second_declarations)
    assert tick("09:04:00").skip_message == "2025: nothing new in the inbox"
