"""The paths of a home: the folder that holds all state of the product."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout
from pydantic import BaseModel

from pipeline.home_format import CURRENT, FORMAT_FILE, expect_current, format_content, read_format
from pipeline.leftovers import ENDING, sweep
from schemas.bundle import IS_INSTALLED, PROJECT_ROOT
from schemas.errors import InputError

DEFAULT_ROOT = Path("kyogikai") if IS_INSTALLED else PROJECT_ROOT / "data"


@dataclass(frozen=True)
class Home:
    """All state under one folder; nothing here reads or judges anything."""

    root: Path

    def inbox(self, year: int) -> Path:
        """Folder into which a year's returns are put."""
        return self.root / "inbox" / str(year)

    def forms(self, year: int) -> Path:
        """Folder of the blank forms of a year."""
        return self.root / "forms" / str(year)

    @property
    def format_file(self) -> Path:
        """What says the home's format."""
        return self.root / FORMAT_FILE

    @property
    def ledger(self) -> Path:
        """The append-only list of everything received."""
        return self.root / "ledger.jsonl"

    def archived(self, sha256: str) -> Path:
        """Where the bytes with this SHA-256 are kept."""
        return self.root / "archive" / sha256[:2] / sha256

    def work(self, year: int) -> Path:
        """Folder of a year's tables between stages, as Parquet."""
        return self.root / "work" / str(year)

    def table(self, year: int, name: str) -> Path:
        """File of one table of a year."""
        return self.work(year) / f"{name}.parquet"

    @property
    def warehouse(self) -> Path:
        """The published DuckDB file; readers open this one, no run ever writes to it."""
        return self.root / "warehouse" / "kyogikai.duckdb"

    def year_build(self, year: int) -> Path:
        """Folder in which a year's part of the warehouse is built aside."""
        return self.root / "warehouse" / "years" / str(year)

    def year_warehouse(self, year: int) -> Path:
        """The DuckDB file of a year alone; the published one is put together from those of all years."""
        return self.year_build(year) / self.warehouse.name

    def built_from(self, year: int) -> Path:
        """What a year's part of the warehouse was built from and what became of each model, written last."""
        return self.year_build(year) / "built.json"

    def gate(self, year: int) -> Path:
        """Folder of a year's gate manifest and Data Docs."""
        return self.root / "gate" / str(year)

    def drafts(self, year: int) -> Path:
        """Folder of the watermarked drafts of a year."""
        return self.root / "drafts" / str(year)

    def draft_inputs(self, year: int) -> Path:
        """What a year's drafts were made from: the fingerprint of the gate's inputs, written last."""
        return self.drafts(year) / ".inputs"

    def releases(self, year: int) -> Path:
        """Folder of the immutable releases of a year."""
        return self.root / "releases" / str(year)

    @property
    def issued(self) -> Path:
        """The append-only list of everything released."""
        return self.root / "releases.jsonl"

    def waivers(self, year: int) -> Path:
        """File of the reviewed waivers of a year."""
        return self.root / "waivers" / f"{year}.yaml"

    def corrections(self, year: int) -> Path:
        """File of the reviewed corrections of a year's returns."""
        return self.root / "corrections" / f"{year}.yaml"

    def queries(self, year: int) -> Path:
        """Folder of a year's open query sheets and their letters."""
        return self.root / "queries" / str(year)

    def query_history(self, year: int) -> Path:
        """The append-only history of a year's queries."""
        return self.root / "queries" / f"{year}.jsonl"

    def reminders(self, year: int) -> Path:
        """Folder of a year's reminder list and letters."""
        return self.root / "reminders" / str(year)

    def feedback(self, year: int) -> Path:
        """Folder of the pages that are sent back to the municipalities, by release of a year."""
        return self.root / "feedback" / str(year)

    @property
    def passwords(self) -> Path:
        """File of the passwords of municipalities' files: secret, and copied nowhere."""
        return self.root / "passwords.yaml"

    @property
    def dagster(self) -> Path:
        """Folder of Dagster's history, what its web pages show."""
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        """Folder of what runs have said, one file of JSON Lines for each."""
        return self.root / "logs"

    @contextmanager
    def writer(self, *, wait_seconds: float = 0, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Admit one writer to this home at a time, whichever program it is, and none that writes another format.

        Where another one writes, `waiting` is called before waiting for it. What a writer that was killed had begun is cleared
        away first. Raises InputError when another still holds the lock after that, when the home cannot be written to, and when
        its format is not the one that this version writes.
        """
        with self.locked(wait_seconds=wait_seconds, waiting=waiting):
            expect_current(self.root)
            sweep(self.root)
            yield

    @contextmanager
    def locked(self, *, wait_seconds: float = 0, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Admit one writer, whatever the home's format.

        Where another one writes, `waiting` is called before waiting for it. Raises InputError when it still holds the lock
        after that, or when the home cannot be written to.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / ".writer.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                if not wait_seconds:
                    raise
                waiting()
                lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            waited = f", for longer than {wait_seconds:g} s" if wait_seconds else ""
            raise InputError(
                reference="home-is-busy", where=str(self.root), found=f"another run is writing to this home{waited}",
                fix="wait until it has ended, then run the command again",
            ) from error  # fmt: skip
        except OSError as error:
            raise InputError(
                reference="home-not-writable", where=str(self.root), found=error.strerror or str(error),
                expected="a folder that can be written to", fix="name another one with --home or KYOGIKAI_HOME",
            ) from error  # fmt: skip
        try:
            yield
        finally:
            lock.release()


FOLDERS = ("inbox", "forms", "archive", "work", "warehouse", "gate", "drafts", "releases", "corrections", "waivers", "queries",
           "reminders", "feedback")  # fmt: skip
OF_YEARS = ("inbox", "forms", "work", "gate", "drafts", "releases", "queries", "reminders", "feedback")


def expect_home(home: Home) -> None:
    """Raise InputError where a home cannot be read.

    That is where a file stands in the place of one of its folders, or a folder in that of a file, and where its format is one of
    a later version.
    """
    folders = [home.root, *(home.root / name for name in FOLDERS)]
    folders += [path for name in OF_YEARS for path in (home.root / name).glob("[0-9][0-9][0-9][0-9]")]
    files = [
        home.format_file,
        home.ledger,
        home.issued,
        home.warehouse,
        home.passwords,
        *(home.root / "gate").glob("*/gate.json"),
        *home.root.glob("*/*.yaml"),
    ]
    for paths, is_right, word in ((folders, Path.is_dir, "folder"), (files, Path.is_file, "file")):
        for path in paths:
            if path.exists() and not is_right(path):
                raise InputError(
                    reference=f"no-{word}", where=str(path), found="a file" if word == "folder" else "a folder",
                    expected=f"a {word}", fix=f"move it away; what belongs there is a {word} of the product's own",
                )  # fmt: skip
    read_format(home.root)


def write_format(home: Home, number: int = CURRENT) -> None:
    """Write down the format of a home, and the version that brought it there."""
    write_atomically(home.format_file, format_content(number))


def default_home() -> Home:
    """The home that `KYOGIKAI_HOME` names, else the repository's `data/`, or of an installed product `kyogikai/` where it is called."""
    return Home(Path(os.environ.get("KYOGIKAI_HOME") or DEFAULT_ROOT).resolve())


def read_kept(path: Path, shape: type[BaseModel]) -> dict[str, Any] | None:
    """What the product left in a JSON file, keys that `shape` does not name included.

    None where the file is absent, or damaged so that it no longer has that shape.
    """
    try:
        content = path.read_bytes()
        shape.model_validate_json(content)
    except (FileNotFoundError, ValueError):
        return None
    return json.loads(content)  # type: ignore[no-any-return]


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target and move into place, so that a reader sees the old or the new file and no third."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Give a file beside the target, which takes its place at the end of the block and outlasts a loss of power then.

    Where the block raises, the target stays as it was.
    """
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=ENDING)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Let the names in a folder outlast a loss of power, as the bytes of its files do that were written so."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
