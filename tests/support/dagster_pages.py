"""Dagster's pages in a process of their own, as `make ui` starts them, and requests as pages and programs send them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from dagster._utils import find_free_port

from pipeline.home import PROJECT_ROOT, Home

PATIENCE = 120
LAUNCH = (
    'mutation { launchRun(executionParams: {selector: {repositoryName: "__repository__", repositoryLocationName: "cheap",'
    ' jobName: "cheap"}, runConfigData: {}}) { __typename } }'
)


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    text: str

    @property
    def data(self) -> Any:
        """The data of an answer to a query."""
        return json.loads(self.text)["data"]


@dataclass
class Pages:
    """Pages that are being served, and the process that does."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        """Where a browser finds them."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: str | None = None, **headers: str) -> Answer:
        """What is answered to a request with these headers, whose names are written with `_`; none is added but the host."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request("POST" if body else "GET", path, body, named)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())

    def query(self, query: str, **headers: str) -> Answer:
        """What is answered to a query or an order, sent as the pages themselves do."""
        return self.ask("/graphql", json.dumps({"query": query}), content_type="application/json", **headers)

    def run_states(self) -> list[str]:
        """The states of all runs in the history."""
        runs = self.query("{ runsOrError { ... on Runs { results { status } } } }").data["runsOrError"]["results"]
        return [run["status"] for run in runs]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Pages]:
    """The pages of an empty home with one cheap job, until the end of the block or of the process."""
    workspace = folder / "workspace.yaml"
    workspace.write_text(
        "load_from:\n  - python_module: {module_name: tests.support.cheap_location, location_name: cheap}\n", "utf-8"
    )
    home, port = Home(folder / "home"), find_free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    command = [sys.executable, "-m", "pipeline.orchestration.ui", "-p", str(port), "-w", str(workspace), *words]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=environment | {"KYOGIKAI_HOME": str(home.root)}, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        pages = Pages(port, process)

        def answers() -> bool:
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            try:
                return pages.ask("/server_info").status == 200
            except OSError:
                return False

        try:
            until(answers)
            yield pages
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
