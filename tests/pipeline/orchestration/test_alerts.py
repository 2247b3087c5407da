"""What a team is told: decisions at the boundaries of days, what a hook gets, and how often."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.home import Home
from pipeline.observe.record import recorded
from pipeline.orchestration import alert_hook
from pipeline.orchestration.alerts import FRESH, FailedRun, YearState, alerts_of, read_memory, run_failed
from pipeline.orchestration.watch import REMEMBERED, watch, year_state
from schemas.questionnaire import Calendar
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR
from tests.pipeline.conftest import SILENT
from tests.support.dagster_run import YEAR, Ran
from tests.support.waivers import waive

CALENDAR = Calendar(
    forms_out=date(2031, 5, 1), reminder=date(2031, 5, 20), deadline=date(2031, 5, 30), release_candidate=date(2031, 6, 30)
)  # fmt: skip
RUN = datetime.fromisoformat("2031-05-25T09:00:00+09:00")
STATE = YearState(
    2031, CALENDAR, missing=(), has_receipts=True, is_released=False, verdict="passed", blocking=(), succeeded_at=RUN
)


def told(state: YearState, moment: str) -> list[str]:
    return [alert.kind for alert in alerts_of(state, datetime.fromisoformat(f"{moment}+09:00"))]


def test_a_year_in_order_is_told_nothing_of() -> None:
    assert told(STATE, "2031-05-26T09:00:00") == []


@pytest.mark.parametrize(
    ("moment", "kinds"),
    [("2031-05-30T00:00:00", []), ("2031-05-30T23:59:59", []), ("2031-05-31T00:00:00", ["data-late"])],
)
def test_a_return_is_late_when_the_day_of_the_deadline_is_over(moment: str, kinds: list[str]) -> None:
    assert told(replace(STATE, missing=("岡山市",)), moment) == kinds
    assert told(STATE, moment) == []


def test_the_message_names_who_is_late_in_japanese() -> None:
    missing = tuple(f"第{n}町" for n in range(1, 13))
    [alert] = alerts_of(replace(STATE, missing=missing), datetime.fromisoformat("2031-05-31T09:00:00+09:00"))
    assert alert.title == "2031年度の調査で、期限までに12団体の回答が届いていません"
    assert "（5月30日）" in alert.message
    assert "第10町ほか2団体。" in alert.message
    assert alert.details["missing"] == list(missing)


def test_a_gate_that_refuses_is_told_but_not_for_returns_that_may_still_come() -> None:
    refused = replace(STATE, verdict="refused", missing=("岡山市",))
    assert told(refused, "2031-05-30T09:00:00") == []
    assert told(refused, "2031-05-31T09:00:00") == ["gate-refused", "data-late"]
    assert told(replace(refused, blocking=("f1",)), "2031-05-30T09:00:00") == ["gate-refused"]
    assert told(replace(STATE, blocking=("f1",)), "2031-05-30T09:00:00") == []


def test_another_reason_to_refuse_is_another_alert_and_the_same_one_is_not() -> None:
    def key(*blocking: str) -> str:
        [alert] = alerts_of(replace(STATE, verdict="refused", blocking=blocking), RUN)
        return alert.key

    assert key("f1", "f2") == key("f2", "f1") != key("f1")


def test_a_year_is_stale_when_its_last_run_is_older_than_a_week_and_not_before() -> None:
    due = RUN + FRESH
    assert alerts_of(STATE, due) == []
    [alert] = alerts_of(STATE, due + timedelta(seconds=1))
    assert (alert.kind, "5月25日" in alert.message) == ("data-stale", True)
    assert told(replace(STATE, succeeded_at=None), "2031-05-08T00:00:00") == []
    [never] = alerts_of(replace(STATE, succeeded_at=None), datetime.fromisoformat("2031-05-08T00:00:01+09:00"))
    assert "まだ一度も" in never.message


@pytest.mark.parametrize(("moment", "kinds"), [("2031-06-30T23:59:59", ["data-stale"]), ("2031-07-01T00:00:00", [])])
def test_nothing_is_stale_once_collection_is_over(moment: str, kinds: list[str]) -> None:
    assert told(STATE, moment) == kinds


def test_a_year_that_is_not_begun_or_released_or_was_never_taken_up_is_told_nothing_of() -> None:
    wrong = replace(STATE, missing=("岡山市",), verdict="refused", blocking=("f1",))
    assert told(wrong, "2031-04-30T23:59:59") == []
    assert told(replace(wrong, is_released=True), "2031-06-01T09:00:00") == []
    assert told(replace(wrong, has_receipts=False), "2031-07-01T00:00:00") == []
    assert told(wrong, "2031-07-01T00:00:00") == ["gate-refused", "data-late"]


# With a home, and a program as the hook


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that appends what it reads to a file.

    It fails while there is a file `broken`, and does not end while `hanging` holds a word of what it reads.
    """
    script = tmp_path / "hook.py"
    script.write_text(
        "import pathlib, sys, time\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "sys.exit('no connection') if (here / 'broken').exists() else None\n"
        "told, hanging = sys.stdin.read(), here / 'hanging'\n"
        "time.sleep(600) if hanging.exists() and hanging.read_text() in told else None\n"
        "(here / 'told.jsonl').open('a').write(told + chr(10))\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("KYOGIKAI_ALERT_COMMAND", shlex.join([sys.executable, str(script), str(tmp_path)]))
    return tmp_path


def heard(folder: Path) -> list[dict[str, Any]]:
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def look(
    home: Home, survey: Survey, moment: str, cursor: str | None, *failed: FailedRun
) -> tuple[str, str, list[str]]:  # fmt: skip
    faults: list[str] = []
    now = datetime.fromisoformat(f"{moment}+09:00")
    said, cursor = watch(home, survey, lambda _: list(failed), cursor, now, faults.append)
    return said, cursor, faults


def test_the_state_of_a_year_follows_from_its_home(silent: Home, second_survey: Survey) -> None:
    now = datetime.fromisoformat("2025-06-20T09:00:00+09:00")
    with recorded(silent, SECOND_YEAR, job="run", started_by="command"):
        pass
    state = year_state(silent, second_survey, SECOND_YEAR, now)
    name = next(m.name for m in second_survey.load_year(SECOND_YEAR).municipalities if m.code == SILENT)
    assert (state.missing, state.verdict, state.has_receipts, state.is_released) == ((name,), "refused", True, False)
    assert (state.blocking, state.succeeded_at) == ((), now)
    waive(silent, [f"return.missing:{SILENT}"])
    assert year_state(silent, second_survey, SECOND_YEAR, now).missing == ()


def test_an_alert_is_sent_once_and_again_when_it_was_not_so_in_between(
    silent: Home, second_survey: Survey, hook: Path
) -> None:
    said, cursor, faults = look(silent, second_survey, "2025-05-31T00:00:00", None)
    assert [alert["kind"] for alert in heard(hook)] == ["gate-refused", "data-late", "data-stale"]
    assert (said, faults) == ("3 alerts hold; 3 sent now, 0 waiting", [])
    assert set(heard(hook)[0]) == {"kind", "key", "year", "title", "message", "details", "at"}
    assert heard(hook)[0]["at"] == "2025-05-31T00:00:00+09:00"
    said, cursor, _ = look(silent, second_survey, "2025-05-31T00:01:00", cursor)
    assert said == "3 alerts hold; 0 sent now, 0 waiting"
    _, cursor, _ = look(silent, second_survey, "2025-05-30T23:59:00", cursor)
    look(silent, second_survey, "2025-05-31T00:02:00", cursor)
    assert [alert["kind"] for alert in heard(hook)[3:]] == ["gate-refused", "data-late"]


def test_a_hook_that_fails_is_told_and_tried_again_at_the_next_look(
    silent: Home, second_survey: Survey, hook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hook / "broken").touch()
    said, cursor, faults = look(silent, second_survey, "2025-05-31T00:00:00", None)
    assert said == "3 alerts hold; 0 sent now, 3 waiting"
    assert len(faults) == 3
    assert "exit code 1, no connection" in faults[0]
    (hook / "broken").unlink()
    assert look(silent, second_survey, "2025-05-31T00:01:00", cursor)[0] == "3 alerts hold; 3 sent now, 0 waiting"
    monkeypatch.setenv("KYOGIKAI_ALERT_COMMAND", str(hook / "nowhere"))
    _, _, faults = look(silent, second_survey, "2025-05-31T00:01:00", None)
    assert "No such file or directory" in faults[0]
    monkeypatch.delenv("KYOGIKAI_ALERT_COMMAND")
    said, _, [fault] = look(silent, second_survey, "2025-05-31T00:01:00", None)
    assert (said, fault.startswith("KYOGIKAI_ALERT_COMMAND is not set")) == (
        "3 alerts hold; 0 sent now, 3 waiting",
        True,
    )


def test_a_hook_that_does_not_end_is_given_up_and_keeps_no_other_alert_back(
    silent: Home, second_survey: Survey, hook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_hook, "LONGEST_SECONDS", 5)
    (hook / "hanging").write_text("data-late", encoding="utf-8")
    said, cursor, faults = look(silent, second_survey, "2025-05-31T00:00:00", None)
    assert said == "3 alerts hold; 2 sent now, 1 waiting"
    assert [alert["kind"] for alert in heard(hook)] == ["gate-refused", "data-stale"]
    assert [fault.partition(": ")[2] for fault in faults] == ["no end after 5 s; it is tried again at the next tick"]
    (hook / "hanging").unlink()
    assert look(silent, second_survey, "2025-05-31T00:01:00", cursor)[0] == "3 alerts hold; 1 sent now, 0 waiting"
    assert heard(hook)[-1]["kind"] == "data-late"


@pytest.mark.parametrize(("after", "is_told"), [(REMEMBERED, True), (REMEMBERED + timedelta(seconds=1), False)])
def test_a_failed_run_waits_for_the_hook_for_a_week_and_no_longer(
    home: Home, second_survey: Survey, hook: Path, after: timedelta, is_told: bool
) -> None:
    failed_at = datetime.fromisoformat("2025-01-10T09:00:00+09:00")
    run = FailedRun("abc", "survey_year", SECOND_YEAR, "cannot-write")

    def tick(moment: datetime, cursor: str | None) -> tuple[str, str]:
        def failures(since: datetime) -> list[FailedRun]:
            return [run] if since <= failed_at else []

        return watch(home, second_survey, failures, cursor, moment, lambda _: None)

    (hook / "broken").touch()
    said, cursor = tick(failed_at, tick(failed_at, None)[1])
    assert said == "1 alerts hold; 0 sent now, 1 waiting"
    (hook / "broken").unlink()
    _, cursor = tick(failed_at + after, cursor)
    tick(failed_at + after, cursor)
    assert [alert["key"] for alert in heard(hook)] == ["run-failed/abc"] * is_told


def test_a_year_without_a_calendar_cannot_be_verified_and_that_is_told(
    home: Home, second_survey: Survey, hook: Path, tmp_path: Path
) -> None:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    path = tmp_path / "survey" / "schemas" / "questionnaires" / f"{SECOND_YEAR}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("calendar:")), encoding="utf-8")
    _, cursor, _ = look(home, Survey(tmp_path / "survey"), "2025-05-31T09:00:00", None)
    look(home, Survey(tmp_path / "survey"), "2025-05-31T09:01:00", cursor)
    [alert] = heard(hook)
    assert (alert["kind"], alert["year"]) == ("cannot-verify", SECOND_YEAR)
    assert alert["title"].startswith("2025年度の期限と状態を確認できません")


def test_a_damaged_memory_of_nothing_begins_now_and_a_failed_run_is_told_by_its_id() -> None:
    memory = read_memory(None, RUN)
    alert = run_failed(FailedRun("abc", "survey_year", 2031, "no-space"))
    assert (alert.key, alert.title) == ("run-failed/abc", "2031年度の処理「survey_year」が失敗しました（no-space）")
    assert run_failed(FailedRun("abc", "rules", None, None)).title == "処理「rules」が失敗しました"
    after = memory.after([alert], {alert.key})
    assert read_memory(after.written(), RUN + FRESH) == after
    assert after.unsent([alert]) == []
    assert after.after([], ()).sent == frozenset()


# As Dagster evaluates it


def test_the_sensor_tells_of_a_run_that_failed_since_it_began_once(branch: Ran, hook: Path) -> None:
    repository = branch.definitions.get_repository_def()

    def tick(cursor: str | None) -> Any:
        with dg.build_sensor_context(
            instance=branch.instance, repository_def=repository, cursor=cursor, resources=branch.definitions.resources
        ) as context:
            return repository.get_sensor_def("alerts").evaluate_tick(context)

    first = tick(None)
    assert not first.run_requests
    told_before = len(heard(hook))
    branch.home.built_from(int(YEAR)).unlink()
    failed = branch.start("survey_year", asset_selection=[dg.AssetKey("gate")])
    second = tick(first.cursor)
    mine = [alert for alert in heard(hook)[told_before:] if alert["details"].get("run_id") == failed.run_id]
    assert [(alert["kind"], alert["year"], alert["details"]["error"]) for alert in mine] == [
        ("run-failed", int(YEAR), "step-is-stale")
    ]
    told_after = len(heard(hook))
    assert "0 sent now" in (tick(second.cursor).skip_message or "")
    assert len(heard(hook)) == told_after
