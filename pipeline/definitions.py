"""All that Dagster sees, on one page: assets and their checks, jobs, the daily schedule, the sensors on the inbox and for alerts.

An asset calls one plain function and tells what came of it. Decisions are in `pipeline.orchestration`; what happens
to a return is in `pipeline.run`. Dagster looks at the annotations themselves, so they are not postponed here.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import dbt_assets
from pydantic import Field

from pipeline.audit.listing import list_contradictions, list_queries
from pipeline.clock import now
from pipeline.home import Home
from pipeline.orchestration import inbox as inboxes
from pipeline.orchestration.calendar import due_on, japanese_day, skip_reason
from pipeline.orchestration.dbt_assets import EXTERNAL_ASSETS, SurveyTranslator, read_manifest, report_results
from pipeline.orchestration.finding_checks import finding_check_specs, finding_checks, gate_check, gate_check_spec
from pipeline.orchestration.handover import expect_gate, take_results
from pipeline.orchestration.metadata import table
from pipeline.orchestration.resource import WAIT_SECONDS, HomeResource
from pipeline.orchestration.watch import failed_runs, jobs_of, watch
from pipeline.process import settle
from pipeline.run import (
    collect_stage,
    draft_stage,
    gate_stage,
    localise_stage,
    read_stage,
    release_stage,
    standing_gate,
    validate_stage,
    warehouse_stage,
)  # fmt: skip
from pipeline.warehouse.dbt import project_fingerprint
from schemas.survey import Survey

# Dagster compares a step's return annotation with the class itself; mypy wants its parameter.
if TYPE_CHECKING:
    Result = dg.MaterializeResult[None]
else:
    Result = dg.MaterializeResult


class BatchConfig(dg.Config):
    """Which files of the inbox to take."""

    files: list[str] = Field([], description="paths below the year's inbox; none means the whole inbox")


class ReleaseConfig(dg.Config):
    """Who releases; the year is the partition."""

    by: str = Field(min_length=1, description="name of the person who releases")


def yearly_assets(years: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets of one survey year, from blank forms to the release."""

    @dg.asset(partitions_def=years, group_name="collect", deps=["declarations"])
    def blank_forms(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """One blank form for each municipality."""
        from pipeline.forms.issue import issue_forms

        with home.writing("forms"):
            run = home.open(context.partition_key)
            paths = issue_forms(run.home, run.declarations)
        return dg.MaterializeResult(metadata={"form_count": len(paths), "folder": path(run.home.forms(run.year))})

    @dg.asset(partitions_def=years, group_name="collect", deps=["declarations"], output_required=False)
    def returns(
        context: dg.AssetExecutionContext, config: BatchConfig, home: HomeResource
    ) -> Iterator[Result | dg.AssetObservation]:
        """Archive and ledger. With nothing changed since the last gate it gives nothing, and no later step runs."""
        with home.writing():
            run = home.open(context.partition_key)
            new_count = collect_stage(run, inboxes.batch_paths(run.home, run.year, config.files))
            is_unchanged = standing_gate(run) is not None
        metadata = {"new_receipt_count": new_count, "is_unchanged": is_unchanged}
        if is_unchanged:
            yield dg.AssetObservation("returns", partition=context.partition_key, metadata=metadata)
        else:
            yield dg.MaterializeResult(metadata=metadata)

    @dg.asset(partitions_def=years, group_name="collect", deps=[returns])
    def outstanding_returns(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """Who has not answered yet, with the reminder list and a letter for each."""
        from pipeline.chase.remind import write_reminders

        with home.writing("remind"):
            run = home.open(context.partition_key)
            late = write_reminders(run.home, run.declarations, clock=run.clock)
        rows = [
            {
                "municipality_code": one.municipality.code,
                "name": one.municipality.name,
                "state": one.state,
                "days_late": one.days_late,
            }
            for one in late
        ]
        shown = table(rows, ["municipality_code", "name", "state", "days_late"])
        folder = path(run.home.reminders(run.year))
        return dg.MaterializeResult(metadata={"missing_count": len(late), "missing": shown, "folder": folder})

    @dg.asset(partitions_def=years, group_name="process", deps=[returns])
    def answers(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """Cells and answers of every return that counts."""
        with home.step(context.partition_key, "answers") as run:
            row_counts = read_stage(run)
        return dg.MaterializeResult(metadata=row_counts)

    @dg.asset(partitions_def=years, group_name="process", deps=[answers], check_specs=finding_check_specs("findings"))
    def findings(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """What pandera found in the returns, one by one and together."""
        with home.step(context.partition_key, "findings", after=("answers",)) as run:
            counts = validate_stage(run)
        return dg.MaterializeResult(metadata=counts, check_results=finding_checks(run.home, run.year, "findings"))

    @dg.asset(partitions_def=years, group_name="process", deps=[findings])
    def localisations(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """The fewest answers that can explain each error, proven so, and what they could be."""
        with home.step(context.partition_key, "localisations", after=("answers", "findings")) as run:
            counts = localise_stage(run)
        shown = [row for row in list_contradictions(run.home, run.year) if row["solution_no"] == 1]
        columns = ["municipality_code", "field", "possible", "contradiction_id"]
        return dg.MaterializeResult(metadata={**counts, "first_solutions": table(shown, columns)})

    @dg.asset(partitions_def=years, group_name="process", deps=[localisations])
    def queries(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """One query sheet and letter for each municipality of which something is to be asked. Only a person starts it."""
        from pipeline.queries.issue import issue_queries

        with home.writing("queries"):
            run = home.open(context.partition_key)
            paths = issue_queries(run.home, run.declarations, clock=run.clock)
            rows = list_queries(run.home, run.year)
        states = Counter(row["state"] for row in rows)
        counts = {f"{state}_query_count": states[state] for state in ("open", "answered", "closed")}
        shown = table([row for row in rows if row["state"] != "closed"], ["query_id", "state", "opened_at", "findings"])
        return dg.MaterializeResult(
            metadata={**counts, "sheet_count": len(paths), "folder": path(run.home.queries(run.year)), "queries": shown}
        )

    @dg.asset(
        partitions_def=years, group_name="analyse", deps=[localisations, "fct_figures", "fct_relation_rows", "fct_relation_non_response"],
        check_specs=[*finding_check_specs("gate"), gate_check_spec("gate")],
    )  # fmt: skip
    def gate(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """The verdict on the year's figures, and the warehouse that analysts read."""
        with home.step(context.partition_key, "gate", after=("answers", "findings", "localisations")) as run:
            manifest = gate_stage(run, take_results(run))
        checks = [*finding_checks(run.home, run.year, "gate_findings"), gate_check(run.home, run.year)]
        metadata = {"verdict": manifest["verdict"], "data_docs": path(run.home.gate(run.year) / "data_docs")}
        return dg.MaterializeResult(metadata=metadata, check_results=checks)

    @dg.asset(partitions_def=years, group_name="analyse", deps=[gate])
    def draft(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """The watermarked draft of the report, also where the gate refused."""
        with home.writing():
            run = home.open(context.partition_key)
            folder = draft_stage(run, expect_gate(run))
        return dg.MaterializeResult(metadata={"folder": path(folder)})

    @dg.asset(partitions_def=years, group_name="disseminate", deps=[gate])
    def publication(context: dg.AssetExecutionContext, config: ReleaseConfig, home: HomeResource) -> Result:
        """The release. Only a person starts it; it refuses unless the gate passed on exactly these inputs."""
        with home.writing():
            year = int(context.partition_key)
            folder, _ = release_stage(home.home, home.survey, year, by=config.by, clock=now, log=home.log)
        return dg.MaterializeResult(metadata={"folder": path(folder), "released_by": config.by})

    return [
        blank_forms,
        returns,
        outstanding_returns,
        answers,
        findings,
        localisations,
        queries,
        gate,
        draft,
        publication,
    ]


def rules_asset(years: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """What is wrong with the set of rules, as one asset of each year."""

    @dg.asset(partitions_def=years, group_name="design", deps=["gate"])
    def rule_health(context: dg.AssetExecutionContext, home: HomeResource) -> Result:
        """Rules that contradict one another, that others imply, that never found anything. Takes a while: only a person starts it."""
        from pipeline.rulebook.examined import examine_year, faults_of_rules

        run = home.open(context.partition_key)
        found = examine_year(run.home, home.survey, run.year)
        counts = {f"{kind}_count": len(members) for kind, members in found.items()}
        return dg.MaterializeResult(
            metadata={**counts, "rules": table(faults_of_rules(found), ["fault", "rule", "beside"])}
        )

    return rule_health


def dbt_models(survey: Survey) -> dg.AssetsDefinition:
    """Every dbt model as an asset and every data test as a check, without a partition: it builds whichever year has changed."""
    return _dbt_models(survey, project_fingerprint(survey))


@lru_cache(maxsize=4)
def _dbt_models(survey: Survey, fingerprint: str) -> dg.AssetsDefinition:
    """The same for the same project, so that a second job of a process need not read the manifest again."""

    @dbt_assets(manifest=read_manifest(survey), dagster_dbt_translator=SurveyTranslator(), name="dbt_build")
    def dbt_build(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        with home.writing():
            results = warehouse_stage(home.home, home.survey, log=home.log, engine=home.engine)
        yield from report_results(context, home.home, results)

    return dbt_build


def calendar_schedule(days: dict[str, dg.AssetSelection]) -> dg.ScheduleDefinition:
    """Every morning in Japan: what the questionnaires' calendars say is due."""

    @dg.schedule(
        job_name="calendar", cron_schedule="0 6 * * *", execution_timezone="Asia/Tokyo",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )  # fmt: skip
    def survey_calendar(context: dg.ScheduleEvaluationContext, home: HomeResource) -> Any:
        day = japanese_day(context.scheduled_execution_time)
        graph = context.repository_def.asset_graph
        requests = [
            dg.RunRequest(
                run_key=due.run_key, partition_key=str(due.year), tags={"kyogikai/due": due.event},
                asset_selection=sorted(days[due.event].resolve(graph)),
            )
            for due in due_on(day, home.calendars)
        ]  # fmt: skip
        return requests or dg.SkipReason(skip_reason(day, home.calendars))

    return survey_calendar


@dg.sensor(job_name="survey_year", minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def inbox(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SensorResult:
    """One run for every batch of complete files in the inbox of a year."""
    watches = inboxes.read_cursor(context.cursor)
    decisions = {
        year: inboxes.decide(year, inboxes.look(home.home, year), watches.get(year, inboxes.Watch()), now())
        for year in home.survey.years
    }
    requests = [
        dg.RunRequest(
            run_key=decision.run_key, partition_key=str(year), tags={"kyogikai/file_count": str(len(decision.files))},
            run_config=dg.RunConfig(ops={"returns": BatchConfig(files=[file.name for file in decision.files])}),
        )
        for year, decision in decisions.items()
        if decision.run_key
    ]  # fmt: skip
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else "; ".join(decision.reason for decision in decisions.values()),
        cursor=inboxes.write_cursor({year: decision.watch for year, decision in decisions.items()}),
    )


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def alerts(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SensorResult:
    """Tells the team's hook once of each failed run, refused gate, late return and year that was not run for long."""
    failed = failed_runs(context.instance, home.home, jobs_of(context))
    told, cursor = watch(home.home, home.survey, failed, context.cursor, now(), context.log.warning)
    return dg.SensorResult(skip_reason=told, cursor=cursor)


def build_definitions(
    *, home: Home | None = None, survey: Survey | None = None, wait_seconds: float = WAIT_SECONDS
) -> dg.Definitions:
    """Assemble everything for a survey and a home; without them, what the command line takes by default.

    A run waits for a home to which another one writes for `wait_seconds`.
    """
    settle()
    resource = HomeResource(
        home_root=str(home.root) if home else None, survey_root=str(survey.root) if survey else None, wait_seconds=wait_seconds,
    )  # fmt: skip
    years = dg.StaticPartitionsDefinition([str(year) for year in resource.survey.years])
    models = dbt_models(resource.survey)
    forms: dg.AssetSelection = dg.AssetSelection.assets("blank_forms")
    reminder: dg.AssetSelection = dg.AssetSelection.assets("outstanding_returns")
    candidate: dg.AssetSelection = dg.AssetSelection.assets(
        "returns", "answers", "findings", "localisations", *models.keys, "gate", "draft"
    )
    days = {"forms_out": forms, "reminder": reminder, "deadline": reminder, "release_candidate": candidate}
    return dg.Definitions(
        assets=[*EXTERNAL_ASSETS, *yearly_assets(years), rules_asset(years), models],
        jobs=[
            dg.define_asset_job("forms", forms, description="Blank forms for every municipality."),
            dg.define_asset_job("reminder", reminder, description="Who has not answered yet, and a letter for each."),
            dg.define_asset_job(
                "query_sheets", dg.AssetSelection.assets("queries"), description="Query sheets and their letters."
            ),
            dg.define_asset_job(
                "rules", dg.AssetSelection.assets("rule_health"), description="What is wrong with the rules."
            ),
            dg.define_asset_job("survey_year", candidate, description="Inbox to release candidate; releases nothing."),
            dg.define_asset_job(
                "calendar", forms | reminder | candidate, description="What a day of the calendar asks."
            ),
            dg.define_asset_job("release", dg.AssetSelection.assets("publication"), description="A person publishes."),
        ],
        schedules=[calendar_schedule(days)],
        sensors=[inbox, alerts],
        resources={"home": resource},
        executor=dg.in_process_executor,
    )


def path(place: Any) -> dg.MetadataValue[Any]:
    """A path of the home, as metadata."""
    return dg.MetadataValue.path(str(place))


@dg.definitions
def defs() -> dg.Definitions:
    """The product's own survey and the default home, loaded when Dagster asks for them."""
    return build_definitions()
