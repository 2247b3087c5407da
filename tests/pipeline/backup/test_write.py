"""What a backup holds, and which homes are refused."""

from __future__ import annotations

import tarfile
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.backup import write
from pipeline.backup.restore import check_backup
from pipeline.backup.write import write_backup
from pipeline.home import Home
from schemas.errors import InputError, UsageError
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai


def names(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_what_cannot_be_made_again_is_in_it_and_nothing_else(revised: Home, tmp_path: Path) -> None:
    (revised.inbox(YEAR) / "まだ.xlsx").write_bytes("受け付けていない".encode())
    (revised.inbox(YEAR) / "よそ.xlsx").symlink_to(revised.ledger)
    (revised.archived("ab" * 32)).parent.mkdir(exist_ok=True)
    (revised.archived("ab" * 32)).with_name(".half.abcdefgh.tmp").write_bytes(b"half")
    revised.passwords.write_text("passwords: {}\n", encoding="utf-8")
    listed = write_backup(revised, tmp_path / "b.tar.gz")
    found = names(tmp_path / "b.tar.gz")
    assert found == [*(file.name for file in listed.files), "backup.json"]
    assert found[:-1] == sorted(found[:-1])
    kept = ("archive", "releases")
    expected = {
        p.relative_to(revised.root).as_posix() for name in kept for p in (revised.root / name).rglob("*") if p.is_file()
    }
    expected = {name for name in expected if not name.endswith(".tmp")}
    others = {"home.json", "ledger.jsonl", "releases.jsonl", f"corrections/{YEAR}.yaml", f"inbox/{YEAR}/まだ.xlsx"}
    assert set(found[:-1]) == expected | others
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0


def test_passwords_are_in_it_where_they_are_asked_for(ready: Home, tmp_path: Path) -> None:
    ready.passwords.write_text("passwords: {}\n", encoding="utf-8")
    for words, is_in in ((("backup", tmp_path / "1"), False), (("backup", tmp_path / "2", "--with-passwords"), True)):
        called = kyogikai(*words, home=ready.root)
        assert (called.code, "not in it: passwords.yaml" in called.err) == (0, not is_in)
        assert ("passwords.yaml" in names(Path(str(words[1])))) == is_in


def test_the_same_home_gives_the_same_bytes(ready: Home, tmp_path: Path) -> None:
    for name in ("1", "2"):
        write_backup(ready, tmp_path / name)
    write_backup(ready, tmp_path / "later", clock=lambda: datetime.fromisoformat("2031-01-01T00:00:00+09:00"))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert check_backup(tmp_path / "1").made_at == FIXED_NOW
    assert check_backup(tmp_path / "later").files == check_backup(tmp_path / "1").files


def test_a_home_in_which_anything_was_damaged_is_refused_with_its_place(revised: Home, tmp_path: Path) -> None:
    archived = next(path for path in (revised.root / "archive").rglob("*") if path.is_file())
    places = {
        archived: "broken-archive", revised.ledger: "broken-ledger", revised.issued: "damaged-list-of-releases",
        revised.releases(YEAR) / "r1" / "manifest.json": "release-changed",
        revised.releases(YEAR) / "r2" / "public" / "report.txt": "release-changed",
    }  # fmt: skip
    for path, reference in places.items():
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + b"?\n")
        with pytest.raises(InputError, match=reference) as raised:
            write_backup(revised, tmp_path / "b.tar.gz")
        assert str(path) in raised.value.where
        path.write_bytes(whole)
    archived.unlink()
    with pytest.raises(InputError, match="broken-archive"):
        write_backup(revised, tmp_path / "b.tar.gz")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_no_file_is_written_over_and_no_folder_without_a_home_is_backed_up(ready: Home, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(b"of yesterday")
    with pytest.raises(UsageError, match="file-exists"):
        write_backup(ready, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_bytes() == b"of yesterday"
    with pytest.raises(InputError, match="no-home"):
        write_backup(Home(tmp_path / "nowhere"), tmp_path / "c.tar.gz")


def test_a_run_under_way_is_waited_for_and_one_without_end_is_told(
    ready: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "WAIT_SECONDS", 0.1)
    told: list[str] = []
    with ready.writer(), pytest.raises(InputError, match="home-is-busy"):
        write_backup(ready, tmp_path / "b.tar.gz", waiting=lambda: told.append("waits"))
    assert told == ["waits"]
    assert not (tmp_path / "b.tar.gz").exists()
