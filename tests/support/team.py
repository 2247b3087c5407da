"""A team's Dagster: history on PostgreSQL, a code server in a process of its own, and what its daemon does, step by step."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, InstigatorType, SensorInstigatorData
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.sensor import execute_sensor_iteration
from dagster._scheduler.scheduler import ScheduleIterationTimes, launch_scheduled_runs

from pipeline.home import PROJECT_ROOT, Home
from pipeline.observe.summary import read_runs
from pipeline.orchestration import inbox
from tests.support.postgres import Server

SETTINGS = PROJECT_ROOT / "pipeline" / "orchestration" / "dagster_team.yaml"
LOG = logging.getLogger("team")
PATIENCE = 120


@dataclass
class Team:
    """One home, one server, one code server; the test is the daemon."""

    server: Server
    home: Home
    instance: DagsterInstance
    workspace: WorkspaceProcessContext
    dagster_home: Path

    def schedule(self, *moments: str) -> None:
        """Evaluate the schedule at moments; the first one only starts it."""
        seen: dict[str, ScheduleIterationTimes] = {}
        for moment in moments:
            _exhaust(launch_scheduled_runs(self.workspace, LOG, datetime.fromisoformat(moment), seen))

    def see_files(self, year: int) -> None:
        """Let the inbox sensor have seen what lies in the inbox a good while ago, and evaluate the sensors."""
        [location] = self.workspace.create_request_context().code_locations
        [repository] = location.get_repositories().values()
        sensor = repository.get_sensor("inbox")
        seen = {file.state: "2025-01-01T00:00:00+09:00" for file in inbox.look(self.home, year)}
        data = SensorInstigatorData(cursor=inbox.write_cursor({year: inbox.Watch(first_seen=seen)}))
        state = InstigatorState(sensor.get_remote_origin(), InstigatorType.SENSOR, InstigatorStatus.RUNNING, data)
        known = self.instance.get_instigator_state(sensor.get_remote_origin_id(), sensor.selector_id)
        (self.instance.update_instigator_state if known else self.instance.add_instigator_state)(state)
        _exhaust(execute_sensor_iteration(self.workspace, LOG, None, None))

    def dequeue(self) -> None:
        """Launch what may be launched."""
        _exhaust(QueuedRunCoordinatorDaemon(interval_seconds=1).run_iteration(self.workspace))

    def states(self) -> dict[str, str]:
        """The state of every run in the history."""
        return {run.run_id: run.status.value for run in self.instance.get_runs()}

    def until(self, is_so: Callable[[], Any]) -> None:
        """Wait for something that other processes do."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, (self.states(), read_runs(self.home))
            time.sleep(0.2)

    def span(self, run_id: str) -> tuple[str, str]:
        """When a run began its first stage, and when it ended."""
        lines = [json.loads(line) for line in (self.home.logs / f"{run_id}.jsonl").read_text("utf-8").splitlines()]
        return next(line["time"] for line in lines if line["event"] == "stage_started"), lines[-1]["time"]

    def says(self, run_id: str, event: str, stage: str | None = None) -> bool:
        """Whether the log of a run holds an event."""
        path = self.home.logs / f"{run_id}.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return any(f'"event": "{event}"' in x and (not stage or f'"stage": "{stage}"' in x) for x in text.splitlines())


@contextmanager
def team_of(server: Server, home: Home, folder: Path) -> Iterator[Team]:
    """The team's instance and its code server. The environment says where the server and the home are."""
    folder.mkdir()
    (folder / "dagster.yaml").write_bytes(SETTINGS.read_bytes())
    target = ModuleTarget("tests.support.team_location", None, str(PROJECT_ROOT), "kyogikai")
    with (
        DagsterInstance.from_config(str(folder)) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):
        yield Team(server, home, instance, workspace, folder)


def program(module: str, *words: object) -> subprocess.Popen[str]:
    """A program of the product in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, words)],
        cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(processes: dict[str, subprocess.Popen[str]]) -> dict[str, tuple[int, str, str]]:
    """Exit code, output and errors of each process, once all have ended."""
    with ThreadPoolExecutor(len(processes)) as pool:
        told = pool.map(lambda process: process.communicate(timeout=PATIENCE), processes.values())
        return {name: (processes[name].returncode, *said) for name, said in zip(processes, told, strict=True)}


def _exhaust(steps: Iterator[Any]) -> None:
    faults = [str(step) for step in steps if step is not None and hasattr(step, "stack")]
    assert not faults
