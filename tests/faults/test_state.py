"""What does not hold is seen: a harness that sees nothing would find no fault in anything."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import duckdb
import pytest
from rich.console import Console

from pipeline.check.inputs import warehouse_contents
from pipeline.home import Home
from pipeline.publish.release import release_year
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.faults.chain import Outcome
from tests.faults.report import report
from tests.faults.state import Kept, broken, differing, files_of


@pytest.fixture
def released(ready: Home, second_survey: Survey) -> Home:
    release_year(ready, second_survey, YEAR, by="試験")
    return ready


def cut_ledger(home: Home) -> None:
    home.ledger.write_bytes(b"".join(home.ledger.read_bytes().splitlines(keepends=True)[:-1]))


def break_ledger(home: Home) -> None:
    home.ledger.write_bytes(home.ledger.read_bytes() + b"{")


def damage_archive(home: Home) -> None:
    next(path for path in (home.root / "archive").rglob("*") if path.is_file()).write_bytes(b"x")


def lose_from_archive(home: Home) -> None:
    next(path for path in (home.root / "archive").rglob("*") if path.is_file()).unlink()


def halve_release(home: Home) -> None:
    (home.releases(YEAR) / "r1" / "public" / "report.txt").unlink()


def lose_release(home: Home) -> None:
    (home.releases(YEAR) / "r1").rename(home.releases(YEAR) / "kept")


def lose_list(home: Home) -> None:
    home.issued.unlink()


def change_figures(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update fct_figures set value = value + 1")


DAMAGES: dict[Callable[[Home], None], str] = {
    cut_ledger: "ledger.jsonl lost lines", break_ledger: "broken-ledger", damage_archive: "the archive has other bytes",
    lose_from_archive: "which the archive does not have", halve_release: "r1: ", lose_release: "r1 is listed and not there",
    lose_list: "releases.jsonl lost lines", change_figures: "rows of no run",
}  # fmt: skip


def test_every_damage_is_seen_and_a_whole_home_has_none(released: Home) -> None:
    published, before = [warehouse_contents(released.warehouse, YEAR)], Kept.of(released)
    assert broken(released, YEAR, before, published) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_seen(released: Home, damage: Callable[[Home], None]) -> None:
    published, before = [warehouse_contents(released.warehouse, YEAR)], Kept.of(released)
    damage(released)
    assert any(DAMAGES[damage] in told for told in broken(released, YEAR, before, published))


def test_a_home_that_ends_otherwise_is_seen(ready: Home) -> None:
    expected = files_of(ready)
    assert differing(files_of(ready), expected) == []
    (ready.root / "archive" / ".half.tmp").write_bytes(b"x")
    ready.table(YEAR, "cells").unlink()
    ready.ledger.write_bytes(b"x")
    change_figures(ready)
    assert differing(files_of(ready), expected) == [
        f"work/{YEAR}/cells.parquet is missing", "archive/.half.tmp was left behind", "ledger.jsonl differs",
        "warehouse/kyogikai.duckdb differs",
    ]  # fmt: skip


def test_a_fault_is_reported_with_exit_code_1() -> None:
    shown = StringIO()
    plan = {"seed": 1, "kills": {"group": 1, "step": 1}}
    good = Outcome(0, [("group", "run: read"), ("step", "run: read")])
    assert report(Console(file=shown, width=200), plan, [good], 1) == 0
    assert "2 kills, 1 homes, 0 faults" in shown.getvalue()
    assert report(Console(file=shown), plan, [good, Outcome(1, [], ["lost"])], 1) == 1
