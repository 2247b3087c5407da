"""What the plan says can be made, is at least 10,000 files, and is reported by kind."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from tests.fuzz.make import CHANGES, CONTENTS
from tests.fuzz.pool import Outcome
from tests.fuzz.report import report
from tests.fuzz.run import tasks_of
from tests.fuzz.seeds import load_plan

FORMATS = {"xlsx", "xlsm", "ods", "xls", "zip", "query", "locked", "table", "table-xlsx"}


def test_the_plan_has_at_least_ten_thousand_files_of_every_format() -> None:
    plan = load_plan()
    assert len(tasks_of(plan, 1)) >= 10_000
    assert {told["change"] for told in plan["kinds"].values()} == {*CHANGES, CONTENTS}
    assert {name for told in plan["kinds"].values() for name in told["seeds"]} == FORMATS
    assert (plan["seconds"], plan["mebibytes"]) == (5, 1_024)


def test_a_share_of_the_plan_has_a_file_of_every_kind() -> None:
    plan = load_plan()
    tasks = tasks_of(plan, 0.0001)
    assert tasks == [(kind, 0) for kind in plan["kinds"]]
    assert tasks_of(plan, 0.01, ["xls-bytes"]) == [("xls-bytes", number) for number in range(6)]


def test_a_report_counts_by_kind_and_any_fault_fails() -> None:
    console = Console(record=True, width=110)
    good = [
        Outcome(("xls-bytes", number), state, 0.5 + number)
        for number, state in enumerate(("read", "findings", "refused"))
    ]
    assert report(console, load_plan(), good, 10, Path("faults")) == 0
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["xls-bytes", "3", "1", "1", "1", "2.50", "0"] in lines
    assert ["total", "3", "1", "1", "1", "2.50", "0"] in lines
    assert report(console, load_plan(), [*good, Outcome(("ods-bytes", 4), "", 5, "slow", "")], 10, Path("faults")) == 1
    assert "--again ods-bytes 4" in console.export_text()
