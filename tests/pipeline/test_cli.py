"""The command as people and scripts meet it: help that teaches, exit codes, where results go, who may write."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from pipeline.cli import cli
from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import Called, kyogikai, typed

COMMANDS = sorted(cli.commands)
READING = [("figures", YEAR), ("findings", YEAR), ("status", YEAR), ("trace", YEAR, "plans.mean")]
WRITING = [
    ("forms", YEAR), ("demo",), ("collect", YEAR), ("run", YEAR), ("release", YEAR, "--by", "山田"),
]  # fmt: skip


def refused(called: Called, code: int, reference: str, *words: str) -> None:
    """The call ended with this code, said why on stderr, gave no result and showed no traceback."""
    assert (called.code, called.out) == (code, "")
    assert called.err.startswith(f"error: {reference}\n")
    assert "Traceback" not in called.err
    for word in words:
        assert word in called.err


# Help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_says_what_it_does_and_its_example_is_a_valid_call(name: str) -> None:
    called = kyogikai(name, "--help")
    assert (called.code, called.err) == (0, "")
    examples = re.findall(r"^ *(?:Examples?: +)?(kyogikai .+)", called.out, re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example)
        assert name in words
        cli.commands[name].make_context(name, words[words.index(name) + 1 :])
    for parameter in cli.commands[name].params:
        assert (
            parameter.name in ("year", "paths", "figure_id", "before", "after", "code", "kind", "run_id", "file")
            or parameter.opts[-1] in called.out
        )


def test_help_leads_through_a_year_and_lists_every_command() -> None:
    called = kyogikai("--help")
    assert called.code == 0
    assert all(re.search(rf"^  {name} ", called.out, re.MULTILINE) for name in COMMANDS)
    assert "KYOGIKAI_HOME" in called.out


# Exit codes


@pytest.mark.parametrize(
    "words",
    [(), ("nonsense",), ("run",), ("run", "last-year"), ("figures", YEAR, "--xml"), ("release", YEAR), ("trace", YEAR)],
)
def test_a_wrong_call_ends_with_2_and_shows_how_to_call(words: tuple[object, ...]) -> None:
    called = kyogikai(*words)
    assert (called.code, called.out) == (2, "")
    assert "Usage:" in called.err


@pytest.mark.parametrize("words", [*READING, *(w for w in WRITING if w[0] != "demo")], ids=lambda words: words[0])
def test_a_year_that_is_not_declared_is_a_wrong_call(
    finished_home: Home, second_survey: Survey, words: tuple[object, ...]
) -> None:
    elsewhere = tuple(1999 if word == YEAR else word for word in words)
    called = kyogikai(*elsewhere, home=finished_home.root, survey=second_survey.root)
    refused(called, 2, "unknown-year", "1999", str(YEAR))


def test_an_unknown_figure_is_a_wrong_call_that_names_its_neighbours(
    finished_home: Home, second_survey: Survey
) -> None:
    called = kyogikai("trace", YEAR, "plans.totl", home=finished_home.root, survey=second_survey.root)
    refused(
        called,
        2,
        "unknown-figure",
        "plans.total",
        typed("figures", YEAR, home=finished_home.root, survey=second_survey.root),
    )


@pytest.mark.parametrize("words", [w for w in READING if w[0] != "status"], ids=lambda words: words[0])
def test_before_the_first_run_there_is_nothing_to_show(
    home: Home, second_survey: Survey, words: tuple[object, ...]
) -> None:
    called = kyogikai(*words, home=home.root, survey=second_survey.root)
    assert called.code == 11
    assert typed("run", YEAR, home=home.root, survey=second_survey.root) in called.err
    assert called.out == ""
    assert not home.root.exists()


def test_findings_of_a_run_that_did_not_come_to_its_gate_are_said_to_be_incomplete(
    ready: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*words: object) -> Called:
        return kyogikai(*words, home=ready.root, survey=second_survey.root)

    for words in (("findings", YEAR), ("status", YEAR)):
        assert "incomplete" not in call(*words).err
    (ready.drafts(YEAR) / "report.txt").unlink()

    monkeypatch.setattr("pipeline.run.validate_stage", Mock(side_effect=KeyboardInterrupt))
    assert call("run", YEAR).code == 130
    for words in (("findings", YEAR), ("status", YEAR)):
        told = call(*words)
        assert "incomplete" in told.err
        assert typed("run", YEAR, home=ready.root, survey=second_survey.root) in told.err


@pytest.mark.parametrize("words", [("figures", YEAR, "--json"), ("figures", YEAR), ("trace", YEAR, "plans.mean")])
def test_a_reader_that_leaves_ends_the_command_quietly_and_tells_of_no_finding(
    finished_home: Home, second_survey: Survey, words: tuple[object, ...]
) -> None:
    call = [sys.executable, "-m", "pipeline.cli", "--home", finished_home.root, "--survey", second_survey.root, *words]
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*map(str, call)], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert ended.returncode == 141
    assert b"Traceback" not in ended.stderr
    assert b"Exception ignored" not in ended.stderr


@pytest.mark.parametrize("words", [("figures", 2023), ("findings", 2023), ("trace", 2023, "A05")])
def test_a_declared_year_that_was_not_run_is_not_shown_as_an_empty_one(
    demo_home: Home, words: tuple[object, ...]
) -> None:
    called = kyogikai(*words, home=demo_home.root)
    assert (called.code, called.out) == (11, "")
    assert typed("run", 2023, home=demo_home.root) in called.err


def test_a_missing_file_is_an_input_error(home: Home, second_survey: Survey) -> None:
    called = kyogikai("collect", YEAR, "nowhere.xlsx", home=home.root, survey=second_survey.root)
    refused(called, 11, "no-such-file", "nowhere.xlsx")


def test_a_bad_declaration_is_told_with_file_and_line_before_anything_runs(
    home: Home, second_survey: Survey, tmp_path: Path
) -> None:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    file = tmp_path / "survey" / "schemas" / "relations" / f"{YEAR}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, start=1) if "id: plan-state-partition" in text)
    file.write_text(
        file.read_text(encoding="utf-8").replace("[plan_state.complete, ", "[plan_state.complet, "), "utf-8"
    )
    called = kyogikai("run", YEAR, home=home.root, survey=tmp_path / "survey")
    refused(
        called, 10, "undeclared-figure", f"relations/{YEAR}.yaml:{line}", "plan_state.complet", "plan_state.complete"
    )
    assert not home.root.exists()


def test_without_a_gate_nothing_is_released(home: Home, second_survey: Survey) -> None:
    called = kyogikai("release", YEAR, "--by", "山田", home=home.root, survey=second_survey.root)
    refused(called, 12, "no-gate", typed("run", YEAR, home=home.root, survey=second_survey.root))


def test_a_bug_is_shown_whole_with_a_code_of_its_own(
    finished_home: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.audit.listing.list_figures", lambda *_: 1 / 0)
    called = kyogikai("figures", YEAR, home=finished_home.root, survey=second_survey.root)
    assert (called.code, called.out) == (70, "")
    assert "Traceback" in called.err
    assert "ZeroDivisionError" in called.err


# Homes and writers


def test_the_home_is_what_the_option_says_else_the_environment(
    finished_home: Home, home: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYOGIKAI_HOME", str(finished_home.root))
    assert kyogikai("figures", YEAR, survey=second_survey.root).code == 0
    assert kyogikai("figures", YEAR, home=home.root, survey=second_survey.root).code == 11


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_a_second_writer_is_told_to_wait(home: Home, second_survey: Survey, words: tuple[object, ...]) -> None:
    with home.writer():
        before = sorted(home.root.rglob("*"))
        called = kyogikai(*words, home=home.root, survey=second_survey.root)
        assert sorted(set(home.root.rglob("*")) - {home.logs, *home.logs.glob("*")}) == before
    refused(called, 11, "home-is-busy", str(home.root), "wait")


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_reading_goes_on_while_somebody_writes(ready: Home, second_survey: Survey, words: tuple[object, ...]) -> None:
    with ready.writer():
        assert kyogikai(*words, home=ready.root, survey=second_survey.root).code == 0


# From inbox to gate


def test_a_missing_return_is_told_by_run_status_findings_and_release(ready: Home, second_survey: Survey) -> None:
    shutil.rmtree(ready.root / "archive")
    shutil.rmtree(ready.gate(YEAR))
    ready.ledger.unlink()
    missing = min(ready.inbox(YEAR).iterdir())
    missing.unlink()
    code = missing.name[:6]

    def call(*words: object) -> Called:
        return kyogikai(*words, home=ready.root, survey=second_survey.root)

    def next_call(*words: object) -> str:
        return "next: " + typed(*words, home=ready.root, survey=second_survey.root)

    before = call("status", YEAR)
    assert "files of the inbox not collected yet: 26;" in before.err
    assert next_call("collect", YEAR).replace("next: ", "next: 0 of 27 received; ") in before.err
    collected = call("collect", YEAR)
    assert (collected.code, collected.out) == (0, "26 accepted, 0 duplicate, 0 rejected\n")
    assert next_call("run", YEAR) in collected.err
    again = call("collect", YEAR)
    assert (again.code, again.out.split(":")[0]) == (0, "nothing new")

    run = call("run", YEAR)
    assert run.code == 1
    assert "26 of 27 returns" in run.out
    assert "gate refused" in run.out
    assert next_call("findings", YEAR) in run.err

    assert "not collected yet" not in call("status", YEAR).err
    status = {row["municipality_code"]: row["state"] for row in call("status", YEAR, "--json").json}
    assert [code for code, state in status.items() if state == "not_sent"] == [code]

    findings = call("findings", YEAR, "--json")
    assert findings.code == 1
    assert code in {row["municipality_code"] for row in findings.json if row["rule_id"] == "return.missing"}
    refused(call("release", YEAR, "--by", "山田"), 12, "gate-refused", f"return.missing:{code}")

    again = call("run", YEAR)
    assert again.code == 1
    assert again.out.startswith("nothing has changed since the last run; no stage was executed\n")


def test_a_release_by_command_ends_with_where_it_lies(ready: Home, second_survey: Survey) -> None:
    called = kyogikai("release", YEAR, "--by", "山田", home=ready.root, survey=second_survey.root)
    assert (called.code, called.out) == (0, f"released: {ready.releases(YEAR) / 'r1'}\n")
    assert "next: open" in called.err


def test_forms_are_written_one_for_each_municipality(home: Home, second_survey: Survey) -> None:
    called = kyogikai("forms", YEAR, home=home.root, survey=second_survey.root)
    assert called.code == 0
    assert called.out.startswith("27 forms in ")
    assert len(list(home.forms(YEAR).glob("*.xlsx"))) == 27
