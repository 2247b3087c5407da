"""What the product left in a home and finds damaged is told by name, or made again; it is never a bug's trace."""

from __future__ import annotations

import json
import shutil
from itertools import cycle
from pathlib import Path

import pytest

from pipeline.check.gate import read_gate
from pipeline.check.inputs import published_contents
from pipeline.collect.ledger import read_ledger
from pipeline.demo.demo import STAMP, make_demo
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.publish.stale import stale_mark
from pipeline.run import is_current, open_run, run_year
from schemas.errors import GateRefusedError, InputError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR
from tests.support.command import kyogikai

DAMAGES = {
    "empty": b"", "list": b"[]", "no-keys": b"{}", "no-utf-8": b'{"year": "\xff"}', "number": b"5",
    "half": b'{"verdict": "passed", "fing', "too-deep": b"[" * 100_000,
}  # fmt: skip


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> bytes:
    return DAMAGES[request.param]


def test_a_damaged_gate_is_no_gate_and_the_next_run_judges_again(
    ready: Home, second_survey: Survey, damage: bytes
) -> None:
    (ready.gate(SECOND_YEAR) / "gate.json").write_bytes(damage)
    assert read_gate(ready, SECOND_YEAR) is None
    with pytest.raises(GateRefusedError, match="no-gate"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")
    assert not is_current(open_run(ready, second_survey, SECOND_YEAR))


def test_a_gate_with_a_part_of_its_keys_is_no_gate(ready: Home) -> None:
    path = ready.gate(SECOND_YEAR) / "gate.json"
    whole = json.loads(path.read_bytes())
    for key in ("inputs", "blocking", "waived", "contents", "open_findings"):
        path.write_text(json.dumps({k: v for k, v in whole.items() if k != key}), encoding="utf-8")
        assert read_gate(ready, SECOND_YEAR) is None
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert read_gate(ready, SECOND_YEAR) == whole


def test_the_manifest_of_the_release_at_hand_is_named(ready: Home, second_survey: Survey, damage: bytes) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    (release / "manifest.json").write_bytes(damage)
    with pytest.raises(InputError, match=r"release-damaged(.|\n)*manifest.json"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_release_that_lost_its_manifest_is_named_and_not_passed_over(ready: Home, second_survey: Survey) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    (release / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"release-damaged(.|\n)*r1/manifest.json(.|\n)*gone"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")
    called = kyogikai("verify", SECOND_YEAR, home=ready.root, survey=second_survey.root)
    assert (called.code, "release-damaged" in called.err) == (11, True)


def test_a_year_with_damaged_tables_is_told_to_be_run_again(ready: Home, second_survey: Survey, damage: bytes) -> None:
    for path in ready.work(SECOND_YEAR).glob("*.parquet"):
        path.write_bytes(damage)
    called = kyogikai("findings", SECOND_YEAR, home=ready.root, survey=second_survey.root)
    assert (called.code, "year-not-run" in called.err) == (11, True)
    assert not is_current(open_run(ready, second_survey, SECOND_YEAR))


def test_damaged_tables_are_made_again_by_the_next_run(ready: Home, second_survey: Survey) -> None:
    tables = sorted(ready.work(SECOND_YEAR).glob("*.parquet"))
    assert len(tables) > len(DAMAGES)
    for path, damage in zip(tables, cycle(DAMAGES.values()), strict=False):
        path.write_bytes(damage)
    run = open_run(ready, second_survey, SECOND_YEAR)
    assert run_year(run)["verdict"] == "passed"
    assert "read" in run.executed


@pytest.mark.parametrize(
    ("name", "is_folder"),
    [
        ("inbox", False), ("inbox/2025", False), ("gate", False), ("gate/2025/gate.json", True), ("ledger.jsonl", True),
        ("warehouse/kyogikai.duckdb", True), ("drafts", False), ("releases", False), ("work/2025", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["run", "status", "findings", "figures"])
def test_a_file_in_place_of_a_folder_and_the_other_way_round_is_told(
    ready: Home, second_survey: Survey, command: str, name: str, is_folder: bool
) -> None:
    path = ready.root / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        path.mkdir()
    else:
        path.write_bytes(b"")
    called = kyogikai(command, SECOND_YEAR, home=ready.root, survey=second_survey.root)
    assert called.code == 11
    assert str(path) in called.err
    assert "Traceback" not in called.err


def test_what_is_remembered_of_the_warehouse_is_calculated_again(ready: Home, damage: bytes) -> None:
    before = published_contents(ready, SECOND_YEAR)
    ready.warehouse.with_suffix(".contents.json").write_bytes(damage)
    assert published_contents(ready, SECOND_YEAR) == before


def test_a_draft_of_unknown_inputs_is_written_again(ready: Home, second_survey: Survey) -> None:
    for damage in DAMAGES.values():
        ready.draft_inputs(SECOND_YEAR).write_bytes(damage)
        assert not is_current(open_run(ready, second_survey, SECOND_YEAR))
    run = open_run(ready, second_survey, SECOND_YEAR)
    run_year(run)
    assert "draft" in run.executed
    assert is_current(run)


def test_a_line_of_the_ledger_that_is_no_utf8_is_named(ready: Home) -> None:
    ready.ledger.write_bytes(ready.ledger.read_bytes().replace(b'"seq":2', b'"seq":\xff', 1))
    with pytest.raises(InputError, match=r"broken-ledger(.|\n)*ledger.jsonl:2"):
        read_ledger(ready.ledger)


def test_demo_returns_with_a_damaged_stamp_are_made_again(home: Home, second_survey: Survey, damage: bytes) -> None:
    paths = make_demo(home, second_survey, years=[SECOND_YEAR])
    before = [path.read_bytes() for path in paths]
    (home.root / STAMP).write_bytes(damage)
    assert [path.read_bytes() for path in make_demo(home, second_survey, years=[SECOND_YEAR])] == before


def test_a_damaged_mark_does_not_read_as_no_mark(tmp_path: Path, damage: bytes) -> None:
    release = tmp_path / "r1"
    assert stale_mark(release) is None
    (tmp_path / "r1.stale.json").write_bytes(damage)
    with pytest.raises(InputError, match=r"damaged-mark(.|\n)*r1.stale.json"):
        stale_mark(release)


def test_a_ledger_cut_back_to_before_the_last_run_is_told_and_not_run(ready: Home, second_survey: Survey) -> None:
    whole = ready.ledger.read_bytes()
    ready.ledger.write_bytes(b"".join(whole.splitlines(keepends=True)[:-3]))
    with pytest.raises(InputError, match=r"ledger-cut(.|\n)*restore the ledger"):
        run_year(open_run(ready, second_survey, SECOND_YEAR))
    ready.ledger.write_bytes(whole)
    assert run_year(open_run(ready, second_survey, SECOND_YEAR))["verdict"] == "passed"


def test_after_a_ledger_of_before_is_put_back_what_came_since_is_taken_again(
    ready: Home, second_survey: Survey
) -> None:
    count = len(read_ledger(ready.ledger))
    ready.ledger.write_bytes(b"".join(ready.ledger.read_bytes().splitlines(keepends=True)[:-3]))
    shutil.rmtree(ready.gate(SECOND_YEAR))
    assert run_year(open_run(ready, second_survey, SECOND_YEAR))["verdict"] == "passed"
    assert len(read_ledger(ready.ledger)) == count


@pytest.mark.parametrize("tail", [b"garbage\n", b'{"seq": 28, "previous_h', b"\n"])
def test_what_was_added_to_a_ledger_by_hand_is_named_and_nothing_is_written(
    ready: Home, second_survey: Survey, tail: bytes
) -> None:
    content = ready.ledger.read_bytes() + tail
    ready.ledger.write_bytes(content)
    with pytest.raises(InputError, match=r"broken-ledger(.|\n)*ledger.jsonl:28"):
        run_year(open_run(ready, second_survey, SECOND_YEAR))
    assert ready.ledger.read_bytes() == content
