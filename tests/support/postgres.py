"""A real PostgreSQL server in a folder of its own, on a free port of this machine alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
OWNER = "postgres"
USER, PASSWORD, DATABASE = "kyogikai", "for tests: p@ss/word", "dagster"


@dataclass(frozen=True)
class Server:
    """A cluster in `folder`, and the programs that run it."""

    folder: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What `dagster_team.yaml` asks of the environment."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1", "DAGSTER_PG_PORT": str(self.port), "DAGSTER_PG_DB": DATABASE,
            "DAGSTER_PG_USERNAME": USER, "DAGSTER_PG_PASSWORD": PASSWORD,
        }  # fmt: skip

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        log = self.folder / "server.log"
        _run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", log, "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server: `immediate` as a crash does, whatever is connected."""
        _run("pg_ctl", "stop", "-w", "-D", self.folder / "data", "-m", mode)

    def ask(self, sql: str) -> list[list[str]]:
        """The rows of a query, as text."""
        words = ("psql", "-h", self.folder, "-p", self.port, "-U", USER, "-d", DATABASE, "-XAt", "-F", "\t", "-c", sql)
        return [line.split("\t") for line in _run(*words).splitlines()]


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A new cluster with one user, who needs a password to come over the network, and one database."""
    with TemporaryDirectory(prefix="kyogikai-postgres-") as name:
        yield from _serve(Path(name))


def _serve(folder: Path) -> Iterator[Server]:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.getuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, OWNER, OWNER)
    _run(
        "initdb", "-D", folder / "data", "-U", USER, f"--pwfile={secret}", "--auth-host=scram-sha-256", "--auth-local=trust",
        "--no-sync", "-E", "UTF8", "--locale=C",
    )  # fmt: skip
    server = Server(folder, _free_port())
    server.start()
    try:
        _run("createdb", "-h", folder, "-p", server.port, "-U", USER, DATABASE)
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.stop()


def _run(program: str, *words: object) -> str:
    """Run one of PostgreSQL's programs, which refuse to be root's."""
    if not INSTALLED:
        raise FileNotFoundError("no PostgreSQL server below /usr/lib/postgresql: `make test` installs it")
    as_owner = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups"] if os.getuid() == 0 else []
    # A server keeps what it inherits: it must not hold the pipe that its starter's output comes through.
    done = subprocess.run(
        [*as_owner, str(INSTALLED[0] / program), *map(str, words)],
        stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stdout}")
    return done.stdout or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
