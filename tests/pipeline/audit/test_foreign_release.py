"""A release that somebody else made: what it names is looked at within its folder alone, and nothing in it is carried out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.audit.verify import find_release, verify_release
from pipeline.check.inputs import fingerprint
from pipeline.home import Home
from pipeline.publish.containers import content_hash
from pipeline.warehouse.sql import SqlSession
from schemas.errors import InputError, UsageError
from tests.conftest import SECOND_YEAR as YEAR

HIDDEN = "見せない文字"


@pytest.fixture
def foreign(released: Home, tmp_path: Path) -> Path:
    """A copy of a release, from which it was made known nowhere."""
    return Path(shutil.copytree(find_release(released, str(YEAR)), tmp_path / "r2"))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(HIDDEN, encoding="utf-8")
    return path


def told(home: Home, folder: Path) -> str:
    return "\n".join(f"{fault.where} {fault.found}" for fault in verify_release(home, folder).faults)


def sealed(files: Any) -> str:
    return json.dumps({"files": files, "check": fingerprint(files)})


@pytest.mark.parametrize(
    "seal",
    [
        sealed({"manifest.json": "x", "../secret.txt": "y"}), sealed({"manifest.json": "x", "/etc/hostname": "y"}),
        sealed({"manifest.json": "x", "a" * 5_000: "y"}), sealed({"manifest.json": 5}), sealed(["manifest.json"]),
        json.dumps({"files": {"manifest.json": "x"}, "check": "x", "more": 1}), "[" * 100_000, "",
    ],
)  # fmt: skip
def test_a_seal_that_is_none_is_told_and_names_no_file_elsewhere(
    released: Home, foreign: Path, secret: Path, seal: str
) -> None:
    (foreign / "seal.json").write_text(seal, encoding="utf-8")
    assert told(released, foreign) == f"{foreign / 'seal.json'} no seal as it was written"


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "public/../../secret.txt", "a\x1b[2J", ""])
def test_a_manifest_that_names_what_lies_elsewhere_is_none(released: Home, foreign: Path, name: str) -> None:
    manifest = json.loads((foreign / "manifest.json").read_bytes())
    manifest["outputs"][name] = {"sha256": "0" * 64, "size": 1}
    (foreign / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match="release-damaged"):
        verify_release(released, foreign)


def test_a_link_is_no_file_of_a_release_whatever_it_leads_to(released: Home, foreign: Path, tmp_path: Path) -> None:
    file = foreign / "public" / "figures.csv"
    (tmp_path / "elsewhere.csv").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere.csv")
    assert f"{file} a link" in told(released, foreign)


def hostile_database(path: Path, secret: Path) -> Path:
    """A file whose view, and whose macros in the names of the database's own functions, read another file."""
    with duckdb.connect(str(path)) as database:
        database.execute("create table figures as select 1 as value")
        database.execute(f"create view mine as select content from read_text('{secret}')")
        columns = "content as table_name, content as comment, current_catalog() as database_name, 'main' as schema_name"
        database.execute(f"create macro duckdb_tables() as table select {columns} from read_text('{secret}')")
    return path


def test_what_a_database_holds_is_told_without_reading_what_it_asks_for(tmp_path: Path, secret: Path) -> None:
    path = hostile_database(tmp_path / "release.duckdb", secret)
    with pytest.raises(duckdb.Error, match="disabled by configuration") as raised:
        content_hash(path)
    assert HIDDEN not in str(raised.value)


def test_a_query_of_such_a_database_reaches_no_other_file(tmp_path: Path, secret: Path) -> None:
    with SqlSession(hostile_database(tmp_path / "release.duckdb", secret), YEAR) as session:
        assert next(session.answer("from figures")).rows == [(1,)]
        for query in ("from mine", "from duckdb_tables()", "from query_table('mine')"):
            with pytest.raises(UsageError, match="disabled by configuration"):
                list(session.answer(query))
