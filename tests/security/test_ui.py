"""Dagster's pages: on this machine alone, closed to pages of others, and for viewers without a way to start anything."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from click import ClickException
from click.testing import CliRunner
from dagster._utils import find_free_port
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from pipeline.home import PROJECT_ROOT, Home
from pipeline.orchestration.settings import prepare
from pipeline.orchestration.ui import daemon_of, serve
from tests.support.dagster_pages import LAUNCH, Pages, served, until

LOOPBACK = "0100007F"
FOREIGN = "http://evil.example"
TUNNEL = "http://localhost:8080"
ORDER = f"/graphql?query={quote(LAUNCH)}"
JSON = {"content_type": "application/json"}
CROSS = {"sec_fetch_site": "cross-site"}
LINK = {**CROSS, "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """What `make ui` starts, where a tunnel leads to it as well."""
    with served(tmp_path_factory.mktemp("ui"), "--with-daemon", "--origin", TUNNEL) as pages:
        yield pages


@pytest.fixture(scope="module")
def viewers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Pages for viewers."""
    with served(tmp_path_factory.mktemp("viewers"), "--read-only") as pages:
        yield pages


def test_make_ui_starts_these_pages() -> None:
    done = subprocess.run(["make", "--dry-run", "ui"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    assert done.stdout.split() == [".venv/bin/python", "-m", "pipeline.orchestration.ui", "--with-daemon"]


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (ORDER, None, {}),  # a picture's address, in a browser that says nothing
        (ORDER, None, {"accept": "image/*", **CROSS, "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}),
        (ORDER, None, LINK),
        (ORDER, "x", {"content_type": "text/plain"}),  # a form's
        (ORDER, "x", {"content_type": "text/plain; application/json"}),
        (ORDER, "x", {"content_type": "application/x-www-form-urlencoded", "origin": FOREIGN, **CROSS}),
        ("/graphql", LAUNCH, {"content_type": "application/graphql"}),
        ("/graphql", "{}", {**JSON, "origin": FOREIGN}),
        ("/graphql", "{}", {**JSON, "origin": "null"}),
        ("/graphql", "{}", {**JSON, **CROSS}),
        ("/graphql", "{}", {**JSON, "sec_fetch_site": "same-site"}),  # another port of this machine
        ("/report_asset_materialization/x", "x", {"content_type": "text/plain"}),
        ("/", None, {"host": "evil.example"}),  # a name that leads here, of somebody else
        ("/", None, {"host": "127.0.0.1"}),
        ("/", None, {**CROSS, "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}),
        ("/logs/x/out", None, {**CROSS, "sec_fetch_mode": "no-cors", "sec_fetch_dest": "script"}),
    ],
)  # fmt: skip
def test_what_a_page_of_somebody_else_can_send_is_refused(
    pages: Pages, path: str, body: str | None, headers: dict[str, str]
) -> None:
    answer = pages.ask(path, body, **headers)
    assert (answer.status, answer.text[:9]) == (403, "refused: ")


def test_a_websocket_of_a_page_of_somebody_else_is_refused_and_ours_is_not(pages: Pages) -> None:
    address, protocols = f"ws://127.0.0.1:{pages.port}/graphql", [Subprotocol("graphql-ws")]
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin=Origin(FOREIGN), subprotocols=protocols)
    assert refused.value.response.status_code == 403
    with connect(address, origin=Origin(pages.origin), subprotocols=protocols) as socket:
        socket.send('{"type": "connection_init"}')
        assert "connection_ack" in str(socket.recv())


def test_nothing_was_started_by_all_that_and_our_own_page_starts_a_run_that_the_daemon_launches(pages: Pages) -> None:
    assert pages.run_states() == []
    answer = pages.query(LAUNCH, origin=pages.origin, sec_fetch_site="same-origin")
    assert answer.data == {"launchRun": {"__typename": "LaunchRunSuccess"}}
    until(lambda: pages.run_states() == ["SUCCESS"])


def test_a_link_an_address_that_is_named_and_a_program_get_through(pages: Pages) -> None:
    assert pages.ask("/runs", **LINK).status == 200
    assert pages.ask("/runs", sec_fetch_site="none").status == 200
    assert pages.query("{ version }").data["version"]
    assert pages.query("{ version }", host="localhost:8080", origin=TUNNEL).data["version"]
    assert pages.ask("/graphql", accept="text/html").text.lstrip().startswith("<")


def test_the_pages_open_in_a_browser_and_a_foreign_page_in_it_can_neither_ask_nor_show_them(
    pages: Pages, tmp_path: Path
) -> None:
    foreign = tmp_path / "page.html"
    foreign.write_text(f'<iframe src="{pages.origin}/"></iframe><img src="{pages.origin}{ORDER}">', encoding="utf-8")
    known = len(pages.run_states())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        refused: list[int] = []
        page.goto(f"{pages.origin}/locations")
        page.get_by_text("cheap").first.wait_for()
        page.on("response", lambda response: refused.append(response.status))
        page.goto(foreign.as_uri())
        page.wait_for_load_state("networkidle")
        browser.close()
    assert [status for status in refused if status != 200] == [403, 403]
    assert len(pages.run_states()) == known


def test_a_viewer_starts_nothing_and_sees_all(viewers: Pages) -> None:
    assert viewers.query(LAUNCH).data == {"launchRun": {"__typename": "UnauthorizedError"}}
    assert viewers.query("{ version }").data["version"]


def test_it_listens_on_this_machine_alone(viewers: Pages) -> None:
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    listening = [line[1].split(":") for line in lines if line[3] == "0A"]
    assert [address for address, port in listening if int(port, 16) == viewers.port] == [LOOPBACK]


@pytest.mark.parametrize("origin", ["kyogikai.example", "https://", "ftp://a", "https://a/b", "https://A.example"])
def test_an_origin_that_no_browser_would_name_is_refused(origin: str) -> None:
    done = CliRunner().invoke(serve, ["--origin", origin])
    assert (done.exit_code, "say scheme and host" in done.output) == (2, True)


def test_pages_end_with_their_daemon_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(prepare(Home(tmp_path))))
    server = uvicorn.Server(uvicorn.Config(Starlette(), host="127.0.0.1", port=find_free_port()))
    with pytest.raises(ClickException, match="daemon ended with"), daemon_of(server, tmp_path / "missing.yaml"):
        server.run()


def test_the_keyboard_ends_pages_and_daemon(pages: Pages) -> None:  # the last of these pages
    os.killpg(pages.process.pid, signal.SIGINT)
    assert pages.process.wait(60) == 0
    until(lambda: not is_alive(pages.process.pid))


def is_alive(group: int) -> bool:
    """Whether a process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
