"""What Dagster sees, compared with one page of keys, and what one real run of it leaves."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pipeline.check.gate import read_gate
from pipeline.definitions import build_definitions
from pipeline.home import PROJECT_ROOT
from pipeline.orchestration.dbt_assets import read_manifest
from pipeline.orchestration.finding_checks import SEVERITIES
from pipeline.warehouse import dbt
from tests.conftest import SECOND_YEAR
from tests.support.dagster_run import YEAR, Ran, names

# All assets that do not depend on the survey, by phase; after them come the survey's own marts.
ASSETS = {
    "design": "declarations rule_health",
    "collect": "blank_forms returns outstanding_returns",
    "process": """
        answers findings localisations queries
        stg_answer_cells stg_answer_places stg_answers stg_cells stg_corrections stg_figure_candidates
        stg_figure_options stg_figures stg_municipalities stg_options stg_questions
        stg_question_changes stg_register_entities stg_register_members stg_relation_terms stg_relations stg_released_figures
        stg_returns stg_series_links
        int_entities int_figure_cells int_figure_answers int_figure_contribution_cells int_figure_contributions int_figure_kinds
        int_register_status
        int_base_figures int_earlier_figures int_figure_uses int_unit_words fct_figure_measures fct_figures fct_rankings fct_relation_rows
        fct_figure_corrections fct_relation_non_response
    """,
    "analyse": "gate draft mart_answers mart_figure_series mart_question_changes",
    "disseminate": "publication earlier_releases",
}
SURVEYS_OWN = {"analyse": "mart_plans"}
PARTITIONED = (
    "answers blank_forms draft findings gate localisations outstanding_returns publication queries returns rule_health"
)
CHECKS = {
    "findings": [f"no_{severity}_findings" for severity in SEVERITIES],
    "gate": ["gate_passed", *(f"no_{severity}_findings" for severity in SEVERITIES)],
}
JOBS = {
    "calendar": "answers blank_forms draft findings gate localisations outstanding_returns returns",
    "forms": "blank_forms",
    "query_sheets": "queries",
    "release": "publication",
    "reminder": "outstanding_returns",
    "rules": "rule_health",
    "survey_year": "answers draft findings gate localisations returns",
}
WITHOUT_MODELS = {"forms", "query_sheets", "release", "reminder", "rules"}
SCHEDULE = ("survey_calendar", "calendar", "0 6 * * *", "Asia/Tokyo")
SENSORS = [("alerts", 60), ("inbox", 30)]


# What is on the page


def test_the_page_of_assets_is_complete_and_grouped_by_phase(ran: Ran) -> None:
    graph = ran.definitions.resolve_asset_graph()
    found: dict[str, list[str]] = {}
    for key in graph.get_all_asset_keys():
        found.setdefault(graph.get(key).group_name or "", []).append(key.to_user_string())
    expected = {phase: sorted([*ASSETS[phase].split(), *SURVEYS_OWN.get(phase, "").split()]) for phase in ASSETS}
    assert {phase: sorted(keys) for phase, keys in found.items()} == expected


def test_only_the_stages_of_a_year_are_partitioned_and_by_the_declared_years(ran: Ran) -> None:
    graph = ran.definitions.resolve_asset_graph()
    partitioned = [key for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned]
    assert names(partitioned) == PARTITIONED.split()
    for key in partitioned:
        partitions = graph.get(key).partitions_def
        assert partitions is not None
        assert partitions.get_partition_keys() == [str(year) for year in ran.survey.years]


def test_the_page_of_checks_is_complete_and_every_data_test_is_one(ran: Ran) -> None:
    found: dict[str, list[str]] = {}
    for key in ran.definitions.resolve_asset_graph().asset_check_keys:
        found.setdefault(key.asset_key.to_user_string(), []).append(key.name)
    assert {asset: sorted(found.pop(asset)) for asset in CHECKS} == {asset: sorted(CHECKS[asset]) for asset in CHECKS}
    nodes = read_manifest(ran.survey)["nodes"]
    data_tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    expected = sorted((nodes[node["attached_node"]]["name"], node["name"]) for node in data_tests)
    assert sorted((asset, name) for asset, own in found.items() for name in own) == expected


def test_the_jobs_are_these_and_only_release_publishes(ran: Ran) -> None:
    page = " ".join([*ASSETS.values(), *SURVEYS_OWN.values()]).split()
    models = [name for name in page if name.startswith(("stg_", "int_", "fct_", "mart_"))]
    repository = ran.definitions.get_repository_def()
    jobs = {job.name: job for job in repository.get_all_jobs() if not job.name.startswith("__")}
    expected = {name: sorted([*own.split(), *([] if name in WITHOUT_MODELS else models)]) for name, own in JOBS.items()}
    assert {name: names(job.asset_layer.selected_asset_keys) for name, job in jobs.items()} == expected
    assert {job.executor_def.name for job in jobs.values()} == {"in_process"}


def test_the_schedule_and_the_sensors_are_these(ran: Ran) -> None:
    repository = ran.definitions.get_repository_def()
    [schedule] = repository.schedule_defs
    assert (schedule.name, schedule.job_name, schedule.cron_schedule, schedule.execution_timezone) == SCHEDULE
    sensors = sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
    assert [(sensor.name, sensor.minimum_interval_seconds) for sensor in sensors] == SENSORS
    assert [target.job_name for sensor in sensors for target in sensor.targets] == ["survey_year"]


def test_the_workspace_names_the_module_that_holds_the_page_and_the_settings_report_nothing() -> None:
    folder = PROJECT_ROOT / "pipeline" / "orchestration"
    [origin] = yaml.safe_load((PROJECT_ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert origin["python_module"]["module_name"] == "pipeline.definitions"
    assert yaml.safe_load((folder / "dagster.yaml").read_text(encoding="utf-8"))["telemetry"] == {"enabled": False}


def test_definitions_do_not_start_dbt_while_its_manifest_is_fresh(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("dbt was started")

    dbt._load_manifest.cache_clear()
    monkeypatch.setattr(dbt, "_invoke", refuse)
    build_definitions(home=ran.home, survey=ran.survey)


# One run, from the inbox to the release candidate


def test_one_run_of_a_partition_goes_through_the_unpartitioned_models(ran: Ran) -> None:
    events = ran.result.get_asset_materialization_events()
    partitions = {event.asset_key.to_user_string(): event.partition for event in events if event.asset_key}
    assert {name for name, partition in partitions.items() if partition == YEAR} == set(JOBS["survey_year"].split())
    models = {n["name"] for n in read_manifest(ran.survey)["nodes"].values() if n["resource_type"] == "model"}
    assert {name for name, partition in partitions.items() if partition is None} == models


def test_every_check_was_evaluated_and_passed(ran: Ran) -> None:
    evaluations = ran.result.get_asset_check_evaluations()
    assert {evaluation.asset_check_key for evaluation in evaluations} == set(
        ran.definitions.resolve_asset_graph().asset_check_keys
    )
    assert all(evaluation.passed for evaluation in evaluations)


def test_the_run_ends_at_the_release_candidate(ran: Ran) -> None:
    gate = read_gate(ran.home, SECOND_YEAR)
    assert gate is not None
    assert gate["verdict"] == "passed"
    assert any(ran.home.drafts(SECOND_YEAR).iterdir())
    assert not ran.home.releases(SECOND_YEAR).exists()


def test_the_metadata_tell_what_came_of_each_step(ran: Ran) -> None:
    told = {
        event.asset_key.to_user_string(): {k: v.value for k, v in event.materialization.metadata.items()}
        for event in ran.result.get_asset_materialization_events()
        if event.asset_key
    }
    assert told["returns"] == {"new_receipt_count": 27, "is_unchanged": False}
    assert told["answers"]["returns"] == 27
    assert told["mart_plans"]["dagster/row_count"] == 27
    assert told["gate"]["verdict"] == "passed"


def test_a_person_starts_the_query_sheets(branch: Ran) -> None:
    result = branch.start("query_sheets")
    assert result.success
    [event] = result.get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["sheet_count"], told["open_query_count"]) == (0, 0)


def test_a_person_starts_the_examination_of_the_rules(branch: Ran) -> None:
    result = branch.start("rules")
    assert result.success
    [event] = result.get_asset_materialization_events()
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["contradicting_count"], told["can_never_fire_count"]) == (0, 0)
    faults = {(row.data["fault"], row.data["rule"]) for row in told["rules"].records}
    assert ("implied", "plan-states-total") in faults


def test_nothing_changed_means_no_later_step(ran: Ran) -> None:
    result = ran.start("survey_year")
    assert result.success
    assert result.get_asset_materialization_events() == []
    [observation] = result.get_asset_observation_events()
    assert observation.asset_observation_data.asset_observation.metadata["is_unchanged"].value is True
    skipped = {event.step_key for event in result.all_events if event.is_step_skipped}
    assert skipped == {"answers", "findings", "localisations", "dbt_build", "gate", "draft"}
