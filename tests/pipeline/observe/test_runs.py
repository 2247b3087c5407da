"""What real runs say, what their summaries add up to, and that no answer, name or text of a return is among it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.observe.record import recorded
from pipeline.observe.summary import RunSummary, read_run, read_runs, summarise
from schemas.errors import UsageError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.pipeline.conftest import SILENT
from tests.support.command import kyogikai
from tests.support.corrections import correction, put_corrections
from tests.support.queries import Year
from tests.support.workbooks import evacuation_answers, write_workbook

STAGES = ["collect", "read", "validate", "localise", "warehouse", "gate", "draft"]
TELEPHONE = "tel:086-123-4567"


def texts(home: Home) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(home.logs.glob("*.jsonl"))]


@pytest.fixture
def private(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """A home whose year has run with names, a telephone number and free text in all that people write, with a file refused."""
    municipality = second_declarations.municipalities[0]
    answers = {
        **evacuation_answers(second_declarations, municipality),
        ("plan_count", 1, None): f"佐藤一郎にきいてください {TELEPHONE}",
    }
    for name, content in {
        "岡山市_佐藤一郎.xlsx": write_workbook(second_declarations, municipality.code, answers),
        "sato-ichiro.xlsx": b"no workbook at all",
    }.items():
        (ready.inbox(YEAR) / name).write_bytes(content)
    told = correction(
        second_declarations, "332020", ("plan_count", 1, None), expect=12, to=15, reason="鈴木次郎から電話で確認した"
    )
    put_corrections(ready, YEAR, told)
    monkeypatch.setenv("KYOGIKAI_NOW", "2025-06-20T09:10:00+09:00")
    assert kyogikai("run", YEAR, home=ready.root, survey=second_survey.root).code in (0, 1)
    assert kyogikai("release", YEAR, "--by", "sato-ichiro", home=ready.root, survey=second_survey.root).code in (0, 12)
    return ready


def test_no_answer_no_name_and_no_text_of_a_return_gets_into_a_log(private: Home) -> None:
    written = "".join(texts(private))
    assert '"event": "return_refused"' in written
    assert '"event": "findings_of_return"' in written
    assert '"event": "failed"' in written
    assert written.isascii()
    assert [word for word in (TELEPHONE, "086", "sato", "ichiro", ".xlsx") if word in written] == []


def test_a_run_says_what_became_of_every_file_stage_and_finding(private: Home) -> None:
    [text] = [text for text in texts(private) if '"job": "run"' in text]
    lines = [json.loads(line) for line in text.splitlines()]
    receipts = {receipt.seq: receipt for receipt in read_ledger(private.ledger)[-2:]}
    told = {line["event"]: line for line in lines if "receipt" in line}
    assert {line["receipt"] for line in told.values()} == set(receipts)
    assert told["return_refused"]["reason"] == receipts[told["return_refused"]["receipt"]].reason
    assert told["return_taken"]["is_newer"] is True
    assert [line["stage"] for line in lines if line["event"] == "stage_started"] == STAGES
    assert [line["stage"] for line in lines if line["event"] == "stage_ended" and line["seconds"] >= 0] == STAGES
    of_returns = [line for line in lines if line["event"] == "findings_of_return"]
    assert {line["stage"] for line in of_returns} == {"validate"}
    assert all(line["municipality_code"] and line["error"] + line["warning"] + line["info"] for line in of_returns)


def test_the_summary_adds_up_what_the_log_says(private: Home, second_survey: Survey) -> None:
    release, run = sorted(read_runs(private), key=lambda one: one.job)
    assert (run.job, run.year, run.started_by, run.outcome) == ("run", YEAR, "command", "done")
    assert list(run.stages) == STAGES
    assert run.seconds is not None
    assert sum(run.stages.values()) <= run.seconds
    assert (run.files_taken, run.files_refused) == (1, 1)
    assert (run.returns_received, run.returns_expected, run.returns_read) == (27, 27, 27)
    assert run.verdict == "refused"
    assert run.findings is not None
    assert run.findings["error"] > 0
    assert (run.engine or "").startswith("duckdb/")
    assert (run.peak_memory_mib or 0) > 0
    assert (release.job, release.outcome, release.error, release.stages) == ("release", "failed", "gate-refused", {})
    again = kyogikai("run", YEAR, home=private.root, survey=second_survey.root)
    assert again.code == 1
    [last] = [one for one in read_runs(private) if one.outcome == "unchanged"]
    assert (last.verdict, last.findings, list(last.stages)) == (run.verdict, run.findings, ["collect"])


def test_a_release_is_told_once_and_unchanged_afterwards(ready: Home, second_survey: Survey) -> None:
    for _ in range(2):
        assert kyogikai("release", YEAR, "--by", "山田", home=ready.root, survey=second_survey.root).code == 0
    made = [json.loads(line) for text in texts(ready) for line in text.splitlines() if "release_made" in line]
    assert [line["release"] for line in made] == [f"{YEAR}/r1", f"{YEAR}/r1"]
    assert sorted(line["is_new"] for line in made) == [False, True]
    assert "山田" not in "".join(texts(ready))


def test_commands_that_take_in_ask_back_and_remind_say_what_they_did(
    issued: Year, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(*words: object, code: int = 0) -> list[dict[str, Any]]:
        before = set(issued.home.logs.glob("*.jsonl"))
        assert kyogikai(*words, home=issued.home.root, survey=second_survey.root).code == code
        made = set(issued.home.logs.glob("*.jsonl")) - before
        return [json.loads(line) for path in made for line in path.read_text(encoding="utf-8").splitlines()]

    def kinds(lines: list[dict[str, Any]]) -> list[str]:
        return [line["event"] for line in lines if line["event"] not in ("stage_started", "stage_ended")]

    (issued.home.inbox(YEAR) / "sato-ichiro.xlsx").write_bytes(b"no workbook at all")
    collected = called("collect", YEAR, code=1)
    assert kinds(collected) == ["run_started", "return_refused", "run_ended"]
    assert (collected[0]["job"], collected[-1]["outcome"], collected[2]["stage"]) == ("collect", "done", "collect")
    asked = called("queries", YEAR)
    assert kinds(asked) == ["run_started", "queries_written", "run_ended"]
    assert asked[2]["sheet_count"] > 0
    assert called("queries", YEAR, "--list") == []
    taken_back = called("withdraw", YEAR, SILENT, "--by", "山田", "--reason", "別の部署の回答だった")
    assert [line["kind"] for line in taken_back if line["event"] == "file_recorded"] == ["withdrawn"]
    reminded = called("remind", YEAR)
    assert [line["letter_count"] for line in reminded if line["event"] == "reminders_written"] == [1]
    failed = called("withdraw", YEAR, SILENT, "--by", "山田", "--reason", "別の部署の回答だった", code=2)
    assert (kinds(failed)[1], failed[-1]["outcome"]) == ("failed", "failed")
    assert called("collect", YEAR + 1, code=2) == []
    assert "".join(texts(issued.home)).isascii()


def test_logs_decide_nothing(ready: Home, second_survey: Survey) -> None:
    (ready.logs).mkdir(exist_ok=True)
    (ready.logs / "x.jsonl").write_text("not a log", encoding="utf-8")
    assert "nothing has changed" in kyogikai("run", YEAR, home=ready.root, survey=second_survey.root).out


# The command that lists them


def test_runs_are_listed_newest_first_and_the_last_of_a_year_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.root.mkdir()
    for minute, year in enumerate((2030, 2031, 2031)):
        monkeypatch.setenv("KYOGIKAI_NOW", f"2031-06-01T09:0{minute}:00+09:00")
        with recorded(home, year, job="run", started_by="command", run_id=f"{'abc'[minute]}-run"):
            pass
    (home.logs / "cut.jsonl").write_text('{"time": "2031', encoding="utf-8")
    called = kyogikai("runs", "--json", home=home.root)
    assert [one["run_id"] for one in called.json] == ["c-run", "b-run", "a-run"]
    assert set(called.json[0]) == set(RunSummary.model_fields)
    called = kyogikai("runs", "--year", 2031, "--last", 1, home=home.root)
    assert [line.split("\t")[:3] for line in called.out.splitlines()[1:]] == [["c-run", "2031", "run"]]
    assert kyogikai("runs", "b", home=home.root).out.startswith("run_id                 b-run\n")
    assert kyogikai("runs", "b-run", "--json", home=home.root).json["outcome"] == "done"
    for unknown in ("x", ""):
        with pytest.raises(UsageError, match="unknown-run"):
            read_run(home, unknown)
    assert kyogikai("runs", "x", home=home.root).code == 2


def test_a_home_in_which_nothing_ran_has_no_runs(home: Home) -> None:
    assert read_runs(home) == []
    assert kyogikai("runs", "--json", home=home.root).json == []


def test_a_run_that_was_broken_off_is_unfinished_and_its_cut_line_is_passed_over(home: Home) -> None:
    home.root.mkdir()
    with recorded(home, YEAR, job="run", started_by="command", run_id="one") as log, log.stage("collect"):
        log.say("return_taken", municipality_code="331007", receipt=1)
    path = home.logs / "one.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(whole[:3]) + '\n{"time": "2025-06-20T09:0', encoding="utf-8")
    broken = read_run(home, "one")
    assert (broken.outcome, broken.files_taken, broken.stages, broken.seconds) == ("unfinished", 1, {}, None)
    assert not broken.is_successful
    assert summarise([]) is None
