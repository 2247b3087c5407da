"""The log of a run: what its lines hold, what never gets into them, and that nothing about it stops a run."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, get_args

import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.observe import record
from pipeline.observe.events import MESSAGES, WITHHELD, Event
from pipeline.observe.record import SILENT, recorded
from schemas.errors import InputError, UsageError

YEAR = 2031
KEYS = ["time", "level", "run_id", "year", "stage", "municipality_code", "event", "message"]


def lines(home: Home) -> list[dict[str, Any]]:
    return [json.loads(text) for path in sorted(home.logs.iterdir()) for text in path.read_text("utf-8").splitlines()]


@pytest.fixture
def there(home: Home) -> Home:
    home.root.mkdir()
    return home


def test_every_line_says_when_in_japan_how_grave_which_run_year_stage_and_municipality(there: Home) -> None:
    with recorded(there, YEAR, job="run", started_by="command") as log, log.stage("collect"):
        log.say("return_refused", level=logging.WARNING, municipality_code="331007", receipt=3, reason="no-identity")
    begun, _, refused, ended, last = lines(there)
    assert list(refused) == [*KEYS, "receipt", "reason"]
    assert (refused["time"], refused["level"]) == ("2025-06-20T09:00:00+09:00", "warning")
    assert [refused[key] for key in KEYS[2:7]] == [log.run_id, YEAR, "collect", "331007", "return_refused"]
    assert (begun["event"], begun["stage"], begun["job"]) == ("run_started", None, "run")
    assert (ended["event"], ended["seconds"] >= 0) == ("stage_ended", True)
    assert (last["event"], last["outcome"], last["peak_memory_mib"] > 0) == ("run_ended", "done", True)


def test_every_event_has_words_and_a_line_in_the_documentation() -> None:
    page = (PROJECT_ROOT / "docs/pages/reference/logs.md").read_text(encoding="utf-8")
    assert set(MESSAGES) == set(get_args(Event))
    assert [event for event in MESSAGES if f"| `{event}` |" not in page] == []


@pytest.mark.parametrize("text", ["岡山市", "山田太郎", "two words", "a\nb", "x" * 201, "", "回答.xlsx"])
def test_a_text_that_is_no_stable_word_is_withheld(there: Home, text: str) -> None:
    with recorded(there, YEAR, job="run", started_by="command") as log:
        log.say("file_recorded", receipt=1, kind=text)
    assert lines(there)[1]["kind"] == WITHHELD
    assert lines(there)[1]["message"] == f"file recorded: {WITHHELD}, receipt 1"


def test_an_error_is_told_once_by_its_kind_and_place_and_not_by_what_it_says(there: Home) -> None:
    with (
        pytest.raises(InputError), recorded(there, YEAR, job="run", started_by="command") as log, log.stage("read"),
        there.writer(), there.writer(),
    ):  # fmt: skip
        pass
    events = lines(there)
    [failed] = [line for line in events if line["level"] == "error"]
    assert (failed["event"], failed["stage"], failed["error"]) == ("failed", "read", "home-is-busy")
    assert failed["at"].startswith("pipeline/home.py:")
    assert (events[-1]["outcome"], str(there.root) in json.dumps(failed)) == ("failed", False)


def test_an_error_from_elsewhere_has_no_place_in_the_product(there: Home) -> None:
    with pytest.raises(ZeroDivisionError), recorded(there, YEAR, job="run", started_by="command"):
        _ = 1 / 0
    [failed] = [line for line in lines(there) if line["level"] == "error"]
    assert (failed["error"], failed["at"]) == ("ZeroDivisionError", None)


def test_lines_wait_for_a_home_that_is_not_there_and_make_none(home: Home) -> None:
    with recorded(home, YEAR, job="run", started_by="command") as log:
        assert not home.root.exists()
        with home.writer():
            log.say("nothing_changed")
    assert [line["event"] for line in lines(home)] == ["run_started", "nothing_changed", "run_ended"]
    with recorded(Home(home.root / "typo"), YEAR, job="run", started_by="command"):
        pass
    assert not (home.root / "typo").exists()


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(
    there: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    there.logs.write_text("a file in the folder's place", encoding="utf-8")
    with recorded(there, YEAR, job="run", started_by="command") as log, log.stage("read"):
        pass
    assert capsys.readouterr().err.count("warning: the log ") == 1
    assert there.logs.is_file()


def test_a_disk_that_is_full_for_a_while_costs_the_lines_of_that_while(
    there: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with recorded(there, YEAR, job="run", started_by="command") as log, monkeypatch.context() as patch:
        patch.setattr(Path, "open", _full)
        log.say("nothing_changed")
    assert [line["event"] for line in lines(there)] == ["run_started", "run_ended"]
    assert "No space left on device" in capsys.readouterr().err


def _full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_logs_of_so_many_runs_are_kept_and_the_oldest_go(there: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "KEPT_RUNS", 2)
    ran: list[str] = []
    for _ in range(3):
        with recorded(there, YEAR, job="run", started_by="command") as log:
            ran.append(log.run_id)
        (there.logs / f"{log.run_id}.jsonl").touch()
    assert {path.stem for path in there.logs.iterdir()} == set(ran[1:])


def test_lines_go_to_stderr_too_where_one_asks_for_it(
    there: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KYOGIKAI_LOG", "json")
    with recorded(there, YEAR, job="run", started_by="command"):
        pass
    assert [json.loads(text) for text in capsys.readouterr().err.splitlines()] == lines(there)
    monkeypatch.setenv("KYOGIKAI_LOG", "xml")
    with pytest.raises(UsageError, match="unknown-log-format"), recorded(there, YEAR, job="run", started_by="command"):
        pass


def test_what_is_said_of_the_run_and_what_is_wrong_with_a_return_is_handed_on_until_the_other_side_fails(
    there: Home,
) -> None:
    heard: list[tuple[int, str]] = []

    def hear(level: int, message: str) -> None:
        heard.append((level, message))
        if "refused" in message:
            raise ConnectionError

    with recorded(there, YEAR, job="run", started_by="dagster", run_id="r", forward=hear) as log:
        log.say("return_taken", municipality_code="331007", receipt=1)
        log.say("return_refused", level=logging.WARNING, municipality_code="331007", receipt=2, reason="no-identity")
    assert heard == [
        (logging.INFO, "run of 2031 began, started by dagster"),
        (logging.WARNING, "file refused: no-identity, receipt 2"),
    ]
    assert len(lines(there)) == 4


def test_a_run_that_nobody_wants_to_hear_of_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError), SILENT.stage("read"):
        _ = 1 / 0
    assert SILENT.stages == []
