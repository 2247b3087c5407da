"""What a writer that was killed has left is cleared away by the next one, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.home import Home, replacing, write_atomically, write_format
from pipeline.leftovers import sweep

LEFT = (
    ".ledger.jsonl.k3j_x9ab.tmp", ".ledger.jsonl.t1sr0we_", "archive/02/.0227.abcdefgh.tmp", "work/2025/.cells.parquet.tmp",
    "drafts/2025/.errata.txt.l5i9ii88", "warehouse/.next/kyogikai.duckdb", "releases/2025/.r2.next/public/report.txt",
    "corrections/.2025.yaml.abcdefgh.tmp",
)  # fmt: skip
STAYS = (
    "ledger.jsonl", ".gitignore", "inbox/2025/.回答.xlsx.abcdefgh.tmp", "inbox/2025/回答.tmp", "archive/02/0227", "drafts/2025/.inputs",
    "releases/2025/r1/.tmp", "releases/2025/r1/public/.report.txt.abcdefgh.tmp", "releases/2025/r1.stale.json", "notes/.mine.tmp",
    "corrections/2025.yaml", "dagster/.settings.abcdefgh.tmp",
)  # fmt: skip


def test_what_was_begun_goes_and_all_else_stays(tmp_path: Path) -> None:
    for name in (*LEFT, *STAYS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    write_format(Home(tmp_path))
    with Home(tmp_path).writer():
        pass
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files - {".writer.lock", "home.json"} == set(STAYS)


def test_a_new_folder_and_a_link_to_another_place_are_nothing_to_sweep(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".mine.tmp").write_bytes(b"x")
    (tmp_path / "home" / "work").mkdir(parents=True)
    (tmp_path / "home" / "work" / "2025").symlink_to(tmp_path / "elsewhere")
    sweep(tmp_path / "home")
    sweep(tmp_path / "absent")
    assert (tmp_path / "elsewhere" / ".mine.tmp").exists()


def test_what_write_atomically_begins_is_known_again(tmp_path: Path) -> None:
    with replacing(tmp_path / "work" / "cells.parquet") as file:
        file.write(b"half")
        (begun,) = (tmp_path / "work").iterdir()
        sweep(tmp_path)
        assert not begun.exists()
        begun.touch()


def test_where_writing_fails_the_file_stays_as_it_was(tmp_path: Path) -> None:
    write_atomically(tmp_path / "gate.json", b"old")
    with pytest.raises(TypeError), replacing(tmp_path / "gate.json") as file:
        file.write("no bytes")  # type: ignore[arg-type]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("gate.json", b"old")]


def test_a_file_that_is_replaced_is_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "gate.json"
    write_atomically(path, b"old")
    with replacing(path, mode=0o600) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
