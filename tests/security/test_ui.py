"""Dagster's pages: on this machine alone unless somebody says otherwise, and for viewers without a way to start anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT

LOOPBACK = "0100007F"
LAUNCH = (
    'mutation { launchRun(executionParams: {selector: {repositoryName: "a", repositoryLocationName: "b", pipelineName: "release"},'
    " runConfigData: {}}) { __typename } }"
)


def test_make_ui_says_where_it_listens() -> None:
    done = subprocess.run(["make", "--dry-run", "ui"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    assert re.findall(r"dagster dev .* -h (\S+) -p \d+", done.stdout) == ["127.0.0.1"]


@pytest.fixture(scope="module")
def viewers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A read-only webserver, which was told no address to listen on."""
    home: Path = tmp_path_factory.mktemp("dagster")
    settings = PROJECT_ROOT / "pipeline" / "orchestration" / "dagster.yaml"
    (home / "dagster.yaml").write_bytes(settings.read_bytes())
    words = ["--read-only", "--empty-workspace", "--port", "0"]
    with (home / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_webserver", *words],
            env={**os.environ, "DAGSTER_HOME": str(home)},
            stderr=log,
            stdout=log,
        )
        try:
            until = time.monotonic() + 120
            found = None
            while found is None and time.monotonic() < until and process.poll() is None:
                found = re.search(r"http://[^ :]+:(\d+)", (home / "log").read_text())
                time.sleep(0.1)
            assert found, (home / "log").read_text()
            yield found.group(1)
        finally:
            process.terminate()
            process.wait()


def asked(port: str, query: str) -> str:
    """The answer to a query, as a form of any page could send it."""
    address = f"http://127.0.0.1:{port}/graphql?{urllib.parse.urlencode({'query': query})}"
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, data=b"")) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_viewer_starts_nothing_and_sees_all(viewers: str) -> None:
    assert json.loads(asked(viewers, LAUNCH)) == {"data": {"launchRun": {"__typename": "UnauthorizedError"}}}
    assert json.loads(asked(viewers, "{ version }"))["data"]["version"]


def test_without_an_address_it_listens_on_this_machine_alone(viewers: str) -> None:
    asked(viewers, "{ version }")
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    listening = [line[1].split(":") for line in lines if line[3] == "0A"]
    assert [address for address, port in listening if int(port, 16) == int(viewers)] == [LOOPBACK]
