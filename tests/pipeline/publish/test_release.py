"""A release is refused unless its gate passed on exactly these inputs, and never changes once it is there."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import is_current, open_run, run_year, warehouse_stage
from pipeline.warehouse.compose import publish_warehouse, put_together
from schemas.errors import DeclarationError, GateRefusedError, InputError, UsageError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR
from tests.support.judging import put_returns
from tests.support.waivers import waive
from tests.support.workbooks import evacuation_answers, write_workbook


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Files with other bytes, but for DuckDB files, which are never the same, and for their hashes in the seal."""
    seals = [json.loads(files.pop("seal.json"))["files"] for files in (before, after)]
    kept = [{name: sha256 for name, sha256 in seal.items() if not name.endswith(".duckdb")} for seal in seals]
    assert before.keys() == after.keys()
    assert seals[0].keys() == seals[1].keys()
    found = [name for name in before if before[name] != after[name] and not name.endswith(".duckdb")]
    return found if kept[0] == kept[1] else [*found, "seal.json"]


def test_a_release_holds_report_tables_and_manifest(ready: Home, second_survey: Survey) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="試験係")
    files = set(tree(release))
    public = {"report.docx", "report.html", "report.txt", "figures.csv", "figures.parquet", "tables_for_reading.xlsx"}
    assert {f"public/{name}" for name in public} <= files
    assert {"internal/cells.parquet", "internal/gate.json", "manifest.json"} <= files
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["released_by"], manifest["release"]) == ("試験係", "r1")
    assert set(manifest["outputs"]) == files - {"manifest.json", "seal.json"}
    assert {"manifest.json", "public/kyogikai_2025.duckdb"} == set(
        json.loads((release / "seal.json").read_bytes())["files"]
    )


def test_releasing_unchanged_inputs_returns_the_release_that_is_there(ready: Home, second_survey: Survey) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    before = tree(release)
    assert release_year(ready, second_survey, SECOND_YEAR, by="乙") == release
    assert tree(release) == before
    assert [path.name for path in ready.releases(SECOND_YEAR).iterdir()] == ["r1"]


def test_the_same_inputs_give_the_same_bytes(ready: Home, second_survey: Survey, tmp_path: Path) -> None:
    first = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    kept = tmp_path / "kept"
    shutil.move(first, kept)
    ready.issued.unlink()
    second = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    assert differing(tree(kept), tree(second)) == []


def test_without_a_gate_nothing_is_released(home: Home, second_survey: Survey) -> None:
    with pytest.raises(GateRefusedError, match="no-gate"):
        release_year(home, second_survey, SECOND_YEAR, by="甲")


def test_one_changed_byte_in_the_archive_refuses(ready: Home, second_survey: Survey) -> None:
    victim = next(path for path in (ready.root / "archive").rglob("*") if path.is_file())
    content = bytearray(victim.read_bytes())
    content[100] ^= 1
    victim.write_bytes(bytes(content))
    with pytest.raises(InputError, match="broken-archive"):
        run_year(open_run(ready, second_survey, SECOND_YEAR))
    with pytest.raises(GateRefusedError, match="archive-damaged"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_one_changed_byte_in_a_declaration_refuses_and_names_the_file(
    ready: Home, second_survey: Survey, tmp_path: Path
) -> None:
    shutil.copytree(second_survey.root, tmp_path / "survey", ignore=shutil.ignore_patterns("dbt_project"))
    (tmp_path / "survey" / "dbt_project").symlink_to(second_survey.root / "dbt_project")
    elsewhere = Survey(tmp_path / "survey")
    rules = elsewhere.declarations / "rules" / f"{SECOND_YEAR}.yaml"
    rules.write_bytes(rules.read_bytes() + b"\n")
    with pytest.raises(GateRefusedError, match=rf"declarations \(schemas/rules/{SECOND_YEAR}\.yaml\)"):
        release_year(ready, elsewhere, SECOND_YEAR, by="甲")
    rules.write_bytes(rules.read_bytes()[:-1])
    assert release_year(ready, elsewhere, SECOND_YEAR, by="甲").name == "r1"


def test_a_waiver_that_the_gate_did_not_see_refuses(ready: Home, second_survey: Survey) -> None:
    waive(ready, ["return.missing:331007"])
    with pytest.raises(GateRefusedError, match=r"changed since the gate passed: waivers"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_ledger_without_its_last_return_refuses(ready: Home, second_survey: Survey) -> None:
    lines = ready.ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ready.ledger.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(GateRefusedError, match=r"receipts, returns \(\d{6}\)"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_what_is_refused_leaves_nothing_behind(ready: Home, second_survey: Survey) -> None:
    shutil.rmtree(ready.root / "archive")
    with pytest.raises(GateRefusedError, match="archive-damaged"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")
    assert not ready.releases(SECOND_YEAR).exists()


def test_a_gate_whose_verdict_was_edited_refuses(silent: Home, second_survey: Survey) -> None:
    file = silent.gate(SECOND_YEAR) / "gate.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"refused"', '"passed"'), encoding="utf-8")
    with pytest.raises(GateRefusedError, match="gate-refused"):
        release_year(silent, second_survey, SECOND_YEAR, by="甲")


def test_a_gate_that_was_made_to_pass_by_hand_refuses_since_the_errors_lie_beside_the_figures(
    silent: Home, second_survey: Survey
) -> None:
    path = silent.gate(SECOND_YEAR) / "gate.json"
    gate = json.loads(path.read_bytes())
    assert gate["verdict"] == "refused"
    path.write_text(json.dumps({**gate, "verdict": "passed", "blocking": []}), encoding="utf-8")
    with pytest.raises(GateRefusedError, match=r"gate-refused(.|\n)*return.missing:331007"):
        release_year(silent, second_survey, SECOND_YEAR, by="試験係")


@pytest.mark.parametrize(
    ("key", "value"), [("returns_received", 27), ("is_synthetic", True), ("waived", {}), ("corrections_applied", 3)]
)
def test_a_gate_that_says_something_else_than_it_judged_refuses(
    waived: Home, second_survey: Survey, key: str, value: object
) -> None:
    path = waived.gate(SECOND_YEAR) / "gate.json"
    gate = json.loads(path.read_bytes())
    assert gate["verdict"] == "passed"
    path.write_text(json.dumps({**gate, key: value}), encoding="utf-8")
    with pytest.raises(GateRefusedError, match=rf"gate-edited(.|\n)*{key}"):
        release_year(waived, second_survey, SECOND_YEAR, by="甲")
    path.write_text(json.dumps(gate), encoding="utf-8")
    assert release_year(waived, second_survey, SECOND_YEAR, by="甲").name == "r1"


def test_a_changed_figure_refuses_also_where_what_is_remembered_was_changed_with_it(
    ready: Home, second_survey: Survey
) -> None:
    with duckdb.connect(str(ready.warehouse)) as connection:
        connection.execute("update fct_figures set value = 999, display = '999' where figure_id = 'plans.total'")
    path = ready.warehouse.with_suffix(".contents.json")
    remembered = json.loads(path.read_bytes()) if path.exists() else {"years": {}}
    gate = json.loads((ready.gate(SECOND_YEAR) / "gate.json").read_bytes())
    remembered["years"][str(SECOND_YEAR)] = gate["contents"]
    path.write_text(json.dumps({**remembered, "sha256": sha256_file(ready.warehouse)}), encoding="utf-8")
    with pytest.raises(GateRefusedError, match="warehouse-changed"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_waiver_that_has_expired_since_the_gate_refuses(waived: Home, second_survey: Survey) -> None:
    def last_day() -> datetime:
        return datetime.fromisoformat("2025-12-31T23:00:00+09:00")

    def later() -> datetime:
        return datetime.fromisoformat("2026-01-01T09:00:00+09:00")

    with pytest.raises(DeclarationError, match="waiver-not-in-force"):
        release_year(waived, second_survey, SECOND_YEAR, by="甲", clock=later)
    assert release_year(waived, second_survey, SECOND_YEAR, by="甲", clock=last_day).name == "r1"


@pytest.mark.parametrize("name", ["", "  ", "　", "\u200b", "……", "課長\n", "課\x07長"])
def test_nobody_releases_nothing(ready: Home, second_survey: Survey, name: str) -> None:
    with pytest.raises(UsageError, match="nobody-releases"):
        release_year(ready, second_survey, SECOND_YEAR, by=name)


@pytest.mark.parametrize("name", ["public/figures.csv", "internal/gate.json"])
def test_a_release_that_was_changed_is_not_given_back_as_what_was_released(
    ready: Home, second_survey: Survey, name: str
) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    with (release / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match=rf"release-changed(.|\n)*{name}"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_ledger_that_lacks_what_was_released_from_stops_the_next_run(ready: Home, second_survey: Survey) -> None:
    release_year(ready, second_survey, SECOND_YEAR, by="甲")
    run_year(open_run(ready, second_survey, SECOND_YEAR))
    lines = ready.ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ready.ledger.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(InputError, match="ledger-cut"):
        run_year(open_run(ready, second_survey, SECOND_YEAR))


def test_when_the_gate_was_run_is_in_no_byte_of_a_release(ready: Home, second_survey: Survey, tmp_path: Path) -> None:
    first = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    kept = tmp_path / "kept"
    shutil.move(first, kept)
    ready.issued.unlink()
    (ready.gate(SECOND_YEAR) / "gate.json").unlink()

    def later() -> datetime:
        return datetime.fromisoformat("2025-06-20T17:00:00+09:00")

    run_year(open_run(ready, second_survey, SECOND_YEAR, clock=later))
    assert differing(tree(kept), tree(release_year(ready, second_survey, SECOND_YEAR, by="甲"))) == []


def test_a_draft_that_failed_is_written_by_the_next_run(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_returns(ready, second_declarations, {"331007": {("plan_count", 1, None): 77}})
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.publish.draft.write_report", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_year(open_run(ready, second_survey, SECOND_YEAR))
    assert not is_current(open_run(ready, second_survey, SECOND_YEAR))
    run_year(open_run(ready, second_survey, SECOND_YEAR))
    assert is_current(open_run(ready, second_survey, SECOND_YEAR))


def test_a_file_that_no_run_has_taken_refuses(ready: Home, second_survey: Survey) -> None:
    first = min(ready.inbox(SECOND_YEAR).iterdir())
    (ready.inbox(SECOND_YEAR) / "~$訂正.xlsx").write_bytes(b"open in Excel")
    late = ready.inbox(SECOND_YEAR) / "訂正.xlsx"
    late.write_bytes(first.read_bytes())
    with pytest.raises(GateRefusedError, match=r"inbox-not-collected(.|\n)*1 files(.|\n)*訂正\.xlsx"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")
    late.unlink()
    assert release_year(ready, second_survey, SECOND_YEAR, by="甲").name == "r1"


def test_a_return_that_came_after_the_gate_refuses(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    from pipeline.collect.collect import collect

    municipality = second_declarations.municipalities[0]
    answers = {**evacuation_answers(second_declarations, municipality), ("plan_count", 1, None): 77}
    late = ready.inbox(SECOND_YEAR) / "訂正.xlsx"
    late.write_bytes(write_workbook(second_declarations, municipality.code, answers))
    collect(ready, second_declarations)
    with pytest.raises(GateRefusedError, match=r"receipts.*returns"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_changed_figure_in_the_warehouse_refuses(ready: Home, second_survey: Survey) -> None:
    with duckdb.connect(str(ready.warehouse)) as connection:
        connection.execute("update fct_figures set value = value + 1 where figure_id = 'plans.total'")
    with pytest.raises(GateRefusedError, match="warehouse-changed"):
        release_year(ready, second_survey, SECOND_YEAR, by="甲")


def test_a_missing_return_blocks_until_a_waiver_states_it(silent: Home, second_survey: Survey) -> None:
    gate = json.loads((silent.gate(SECOND_YEAR) / "gate.json").read_bytes())
    assert gate["verdict"] == "refused"
    assert "return.missing:331007" in gate["blocking"]
    assert "27市町村中26市町村回答" in (silent.drafts(SECOND_YEAR) / "report.txt").read_text(encoding="utf-8")
    with pytest.raises(GateRefusedError, match="gate-refused"):
        release_year(silent, second_survey, SECOND_YEAR, by="甲")
    waive(silent, ["return.missing:331007"])
    gate = run_year(open_run(silent, second_survey, SECOND_YEAR))
    assert gate["verdict"] == "passed"
    release = release_year(silent, second_survey, SECOND_YEAR, by="甲")
    assert "27市町村のうち、回答のあった26市町村の集計" in (release / "public" / "report.txt").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("finding", "expires", "reference"),
    [
        ("no.such:finding", "2025-12-31", "waiver-matches-nothing"),
        ("no.such:finding", "2025-06-19", "waiver-not-in-force"),
    ],
)
def test_a_waiver_that_matches_nothing_or_is_expired_is_an_error(
    ready: Home, second_survey: Survey, finding: str, expires: str, reference: str
) -> None:
    waive(ready, [finding], expires=expires)
    with pytest.raises(DeclarationError, match=reference):
        run_year(open_run(ready, second_survey, SECOND_YEAR))


def test_tables_open_elsewhere_and_hold_the_figures(ready: Home, second_survey: Survey) -> None:
    public = release_year(ready, second_survey, SECOND_YEAR, by="甲") / "public"
    figures = pl.read_parquet(public / "figures.parquet")
    assert figures.filter(pl.col("figure_id") == "roster.municipalities")["value"].to_list() == [27]
    csv = (public / "figures.csv").read_bytes()
    assert csv.startswith(b"\xef\xbb\xbf")
    book = openpyxl.load_workbook(public / "tables_for_machines.xlsx")
    assert book["figures"]["A1"].value == "year"
    with duckdb.connect(str(public / f"kyogikai_{SECOND_YEAR}.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from mart_plans").fetchone() == (27,)
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
    assert "cells" not in tables


def test_a_released_year_stays_current_when_another_year_rebuilds_the_warehouse(
    ready: Home, second_survey: Survey
) -> None:
    release = release_year(ready, second_survey, SECOND_YEAR, by="甲")
    warehouse_stage(ready, second_survey)
    publish_warehouse(ready, put_together(ready, [SECOND_YEAR]))
    again = open_run(ready, second_survey, SECOND_YEAR)
    assert is_current(again)
    run_year(again)
    assert again.executed == []
    assert release_year(ready, second_survey, SECOND_YEAR, by="乙") == release


def test_a_draft_that_was_never_written_is_written_by_the_next_run(ready: Home, second_survey: Survey) -> None:
    shutil.rmtree(ready.drafts(SECOND_YEAR))
    run_year(open_run(ready, second_survey, SECOND_YEAR))
    assert (ready.drafts(SECOND_YEAR) / "report.txt").exists()
