"""The summary of every run, added up from the lines of its log: there is no second account of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from pipeline.home import Home
from pipeline.observe.told import SEVERITIES
from schemas.errors import UsageError

Line = Mapping[str, Any]


class RunSummary(BaseModel):
    """What came of one run. A number is null where the run did not come so far, or did nothing of the kind."""

    run_id: str
    year: int | None
    job: str
    started_by: str
    started_at: str
    outcome: Literal["done", "unchanged", "failed", "unfinished"] = "unfinished"
    seconds: float | None = None
    stages: dict[str, float] = {}
    files_taken: int = 0
    files_refused: int = 0
    returns_received: int | None = None
    returns_expected: int | None = None
    returns_read: int | None = None
    findings: dict[str, int] | None = None
    verdict: str | None = None
    release: str | None = None
    error: str | None = None
    engine: str | None = None
    peak_memory_mib: int | None = None

    @property
    def is_successful(self) -> bool:
        """Whether the run came to its end, whatever the gate said."""
        return self.outcome in ("done", "unchanged")


def summarise(lines: Iterable[Line]) -> RunSummary | None:
    """Add the lines of one run up; None where they do not begin with its start."""
    summary: RunSummary | None = None
    for line in lines:
        if line["event"] == "run_started":
            named = {name: line[name] for name in ("run_id", "year", "job", "started_by")}
            summary = RunSummary(**named, started_at=line["time"])
        elif summary is not None:
            _add(summary, line)
    return summary


def _add(summary: RunSummary, line: Line) -> None:
    match line["event"]:
        case "return_taken":
            summary.files_taken += 1
        case "return_refused":
            summary.files_refused += 1
        case "stage_ended":
            summary.stages[line["stage"]] = round(summary.stages.get(line["stage"], 0) + line["seconds"], 3)
        case "tables_read":
            summary.returns_read = line["returns"]
        case "models_built":
            summary.engine = line["engine"]
        case "findings_found":
            summary.findings = {word: line[word] for word in SEVERITIES}
        case "gate_judged":
            summary.findings = {word: line[word] for word in SEVERITIES}
            summary.verdict = line["verdict"]
            summary.returns_received, summary.returns_expected = line["returns_received"], line["returns_expected"]
        case "release_made":
            summary.release = line["release"]
        case "failed":
            summary.error = line["error"]
        case "run_ended":
            summary.outcome, summary.seconds = line["outcome"], line["seconds"]
            summary.peak_memory_mib = line["peak_memory_mib"]


def read_runs(home: Home, *, year: int | None = None, last: int | None = None) -> list[RunSummary]:
    """The last runs of a home, or of one of its years, the newest first; all of them without a number."""
    begun = sorted(_begun(home), key=_when, reverse=True)
    paths = [path for line, path in begun if year is None or line["year"] == year]
    return [summary for path in paths[:last] if (summary := summarise(_lines(path))) is not None]


def find_run(home: Home, run_id: str) -> RunSummary | None:
    """The run with exactly this id; None where no log of it is kept."""
    return summarise(_lines(home.logs / f"{run_id}.jsonl"))


def last_success(home: Home, year: int, jobs: Collection[str]) -> RunSummary | None:
    """The last run of a year by one of these jobs that came to its end, whatever the gate said."""
    begun = sorted(_begun(home), key=_when, reverse=True)
    ran = (summarise(_lines(path)) for line, path in begun if line["year"] == year and line["job"] in jobs)
    return next((run for run in ran if run is not None and run.is_successful), None)


def read_run(home: Home, run_id: str) -> RunSummary:
    """One run, by its id or the beginning of it; raises UsageError where no run has it, or several have."""
    paths = sorted(path for path in home.logs.glob("*.jsonl") if path.stem.startswith(run_id))
    found = [summary for path in paths if (summary := summarise(_lines(path))) is not None]
    if len(found) != 1:
        raise UsageError(
            reference="unknown-run", where=run_id, found=f"{len(found)} runs", expected="the id of a run, or how only one begins",
            fix="run `kyogikai runs`, which lists them",
        )  # fmt: skip
    return found[0]


def _when(begun: tuple[Line, Path]) -> tuple[str, str]:
    return begun[0]["time"], begun[0]["run_id"]


def _begun(home: Home) -> Iterator[tuple[Line, Path]]:
    for path in home.logs.glob("*.jsonl"):
        first = next(_lines(path), None)
        if first is not None and first["event"] == "run_started":
            yield first, path


def _lines(path: Path) -> Iterator[Line]:
    """The lines of a log; one that was cut off, when a disk was full, is passed over."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    yield json.loads(text)
                except ValueError:
                    continue
    except OSError:
        return
