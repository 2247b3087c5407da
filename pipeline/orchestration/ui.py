"""`python -m pipeline.orchestration.ui`: Dagster's pages on this machine, closed to pages of others; with the daemon, `make ui`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import click
import uvicorn
from dagster import DagsterInstance, __version__
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.cli import DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_MAX_OVERFLOW, DEFAULT_POOL_RECYCLE
from starlette.applications import Starlette

from pipeline.home import default_home
from pipeline.orchestration.own_origin import OwnOrigin
from pipeline.orchestration.settings import prepare
from pipeline.process import settle
from schemas.bundle import PROJECT_ROOT

ADDRESS = "127.0.0.1"
WORKSPACE = PROJECT_ROOT / "workspace.yaml"
REFRESH_MILLISECONDS = 2000
"""How often an open page looks for what is new."""
LAST_SECONDS = 5
"""How long an open request may go on after Ctrl-C."""


def check_origins(_context: click.Context, _parameter: click.Parameter, origins: tuple[str, ...]) -> tuple[str, ...]:
    """Take `scheme://host[:port]` as a browser writes it, and nothing else."""
    for origin in origins:
        parts = urlsplit(origin)
        if (
            parts.scheme not in ("http", "https")
            or origin != f"{parts.scheme}://{parts.netloc.lower()}"
            or not parts.netloc
        ):
            raise click.BadParameter(f"{origin}: say scheme and host, as https://kyogikai.example.lg.jp")
    return origins


@click.command()
@click.option("--port", "-p", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--with-daemon", is_flag=True, help="Start the daemon too, which evaluates schedules and sensors.")
@click.option("--read-only", is_flag=True, help="Show everything, start nothing.")
@click.option("--path-prefix", default="", help="Where a proxy has these pages, as /view.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    callback=check_origins,
    help="Where a proxy or tunnel has these pages; repeatable.",
)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(exists=True, dir_okay=False),
    default=WORKSPACE,
    help="Code locations; usually our own.",
)
def serve(
    port: int, *, with_daemon: bool, read_only: bool, path_prefix: str, origins: tuple[str, ...], workspace: str | Path
) -> None:
    """Serve Dagster's pages until Ctrl-C, to browsers on this machine and at the origins that are named.

    The history lies where DAGSTER_HOME says, else in the home.

    Example: python -m pipeline.orchestration.ui --with-daemon
    """
    settle()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ.setdefault("DAGSTER_HOME", str(prepare(default_home())))
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW
        )  # fmt: skip
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(
            instance, target, version=__version__, read_only=read_only, code_server_log_level="WARNING"
        ) as context:
            app = create_app_from_workspace_process_context(context, path_prefix, REFRESH_MILLISECONDS)
            run_pages(app, port, origins, workspace if with_daemon else None)


def run_pages(app: Starlette, port: int, origins: tuple[str, ...], workspace: str | Path | None) -> None:
    """Serve, and where a workspace is given run its daemon: where one of the two ends, so does the other."""
    app.add_middleware(OwnOrigin, origins=[f"http://{ADDRESS}:{port}", f"http://localhost:{port}", *origins])
    server = uvicorn.Server(
        uvicorn.Config(app, host=ADDRESS, port=port, log_level="warning", timeout_graceful_shutdown=LAST_SECONDS)
    )
    click.echo(f"Dagster's pages: http://{ADDRESS}:{port}; Ctrl-C ends them")
    with daemon_of(server, workspace) if workspace else nullcontext(), suppress(KeyboardInterrupt):
        server.run()


@contextmanager
def daemon_of(server: uvicorn.Server, workspace: str | Path) -> Iterator[None]:
    """Dagster's daemon, as long as the pages are served; raises ClickException where it ends before them, and ends them."""
    process = subprocess.Popen([sys.executable, "-m", "dagster._daemon", "run", "-w", str(workspace)])
    has_died = Event()

    def watch() -> None:
        process.wait()
        if not server.should_exit:
            has_died.set()
        server.should_exit = True

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        server.should_exit = True
        process.terminate()
        process.wait()
    if has_died.is_set():
        raise click.ClickException(f"Dagster's daemon ended with {process.returncode}, and the pages with it")


if __name__ == "__main__":
    serve()
