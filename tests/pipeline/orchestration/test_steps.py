"""What a person can start around a run: a release, a single step, a run while another one writes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from pipeline.definitions import build_definitions
from pipeline.observe.summary import read_run
from pipeline.orchestration.execute import execute, release_job
from schemas.errors import GateRefusedError
from tests.conftest import SECOND_YEAR
from tests.support.dagster_run import Ran, failures


def test_a_person_releases_in_their_own_name_and_twice_is_once(branch: Ran) -> None:
    first = release_job(branch.home, branch.survey, SECOND_YEAR, by="山田", instance=branch.instance)
    [event] = first.get_asset_materialization_events()
    folder = Path(str(event.materialization.metadata["folder"].value))
    assert folder == branch.home.releases(SECOND_YEAR) / "r1"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["released_by"] == "山田"
    release_job(branch.home, branch.survey, SECOND_YEAR, by="鈴木", instance=branch.instance)
    assert [path.name for path in branch.home.releases(SECOND_YEAR).iterdir()] == ["r1"]


def test_a_release_needs_a_name(branch: Ran) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        execute(branch.home, branch.survey, "release", SECOND_YEAR, instance=branch.instance)
    assert not branch.home.releases(SECOND_YEAR).exists()


def test_a_run_waits_for_its_turn_and_is_told_that_the_home_is_busy_when_that_takes_too_long(branch: Ran) -> None:
    impatient = replace(branch, definitions=build_definitions(home=branch.home, survey=branch.survey, wait_seconds=0.2))
    with branch.home.writer():
        result = impatient.start("survey_year")
    assert not result.success
    assert failures(result)["returns"].startswith("error: home-is-busy")
    assert "for longer than 0.2 s" in failures(result)["returns"]
    told = read_run(branch.home, result.run_id)
    assert (told.outcome, told.error, told.stages) == ("failed", "home-is-busy", {})


def test_a_missing_return_fails_checks_with_its_rows_and_stops_the_release_but_not_the_draft(branch: Ran) -> None:
    branch.home.ledger.unlink()
    shutil.rmtree(branch.home.gate(SECOND_YEAR))
    shutil.rmtree(branch.home.drafts(SECOND_YEAR))
    missing = min(branch.home.inbox(SECOND_YEAR).iterdir())
    missing.unlink()
    result = branch.start("survey_year")
    assert result.success
    failed = {
        (e.asset_key.to_user_string(), e.check_name): e for e in result.get_asset_check_evaluations() if not e.passed
    }
    assert {("findings", "no_error_findings"), ("gate", "gate_passed")} <= set(failed)
    shown = failed["findings", "no_error_findings"].metadata["findings"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert missing.name[:6] in {record.data["municipality_code"] for record in shown.records}
    assert any(branch.home.drafts(SECOND_YEAR).iterdir())
    reminder = branch.start("reminder").get_asset_materialization_events()[0].materialization.metadata
    assert reminder["missing_count"].value == 1
    with pytest.raises(GateRefusedError, match="gate-refused"):
        release_job(branch.home, branch.survey, SECOND_YEAR, by="山田", instance=branch.instance)


def test_a_step_refuses_to_go_on_from_one_that_ran_on_other_inputs(branch: Ran) -> None:
    inbox = branch.home.inbox(SECOND_YEAR)
    (inbox / "later.xlsx").write_bytes(b"no workbook at all")
    assert branch.start("survey_year", asset_selection=[dg.AssetKey("returns")]).success
    for step in ("findings", "localisations", "gate", "draft"):
        result = branch.start("survey_year", asset_selection=[dg.AssetKey(step)])
        assert failures(result)[step].startswith("error: step-is-stale")


def test_a_gate_refuses_results_of_a_build_that_is_gone(branch: Ran) -> None:
    branch.home.built_from(SECOND_YEAR).unlink()
    result = branch.start("survey_year", asset_selection=[dg.AssetKey("gate")])
    assert "dbt has not built the present returns" in failures(result)["gate"]


def on_engine(branch: Ran, engine: str) -> dict[str, object]:
    """What a person writes into the launchpad to choose an engine."""
    config = {"home_root": str(branch.home.root), "survey_root": str(branch.survey.root), "engine": engine}
    return {"resources": {"home": {"config": config}}}


def test_a_gate_refuses_results_of_a_build_on_another_engine(branch: Ran) -> None:
    gate = [dg.AssetKey("gate")]
    assert branch.start("survey_year", asset_selection=gate, run_config=on_engine(branch, "duckdb")).success
    result = branch.start("survey_year", asset_selection=gate, run_config=on_engine(branch, "spark"))
    assert "dbt has not built the present returns of 2025 on spark" in failures(result)["gate"]


def test_an_engine_that_is_none_is_a_wrong_configuration(branch: Ran) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError, match="abacus"):
        branch.start("survey_year", run_config=on_engine(branch, "abacus"))


def test_the_forms_job_writes_a_form_for_each_municipality(branch: Ran) -> None:
    result = branch.start("forms")
    [event] = result.get_asset_materialization_events()
    assert event.materialization.metadata["form_count"].value == 27
    assert len(list(branch.home.forms(SECOND_YEAR).glob("*.xlsx"))) == 27
