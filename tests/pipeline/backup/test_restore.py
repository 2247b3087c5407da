"""A backup put back: everything works as before it, and what is not as it was backed up makes no home."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.audit.verify import verify_release
from pipeline.backup.contents import BackedUp, BackupList
from pipeline.backup.restore import check_backup, restore_backup
from pipeline.backup.write import write_backup
from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.home_format import read_format
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.issued import issued_releases
from pipeline.warehouse.released import read_manifest
from schemas.errors import InputError, UsageError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.two_years import send


@pytest.fixture(scope="module")
def backup(finished_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the finished home. Tests must not write to it."""
    folder = tmp_path_factory.mktemp("backup")
    shutil.copytree(finished_home.root, folder / "home")
    write_backup(Home(folder / "home"), folder / "b.tar.gz")
    return folder / "b.tar.gz"


def below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_restored_home_runs_verifies_traces_and_releases_on(
    revised: Home, second_survey: Survey, tmp_path: Path
) -> None:
    traced = kyogikai("trace", YEAR, "plans.total", "--json", home=revised.root, survey=second_survey.root).json
    path, home = tmp_path / "backups" / "2025-06-20.tar.gz", Home(tmp_path / "new" / "home")
    assert kyogikai("backup", path, home=revised.root).code == 0
    shutil.rmtree(revised.root)
    assert kyogikai("restore", path, "--check", home=home.root).out.startswith("whole: ")
    assert not home.root.exists()
    called = kyogikai("restore", path, home=home.root)
    assert (called.code, called.out.startswith(f"restored: {home.root}, ")) == (0, True)
    assert run_year(open_run(home, second_survey, YEAR))["verdict"] == "passed"
    for name in ("r1", "r2"):
        assert verify_release(home, home.releases(YEAR) / name).faults == []
    assert kyogikai("trace", YEAR, "plans.total", "--json", home=home.root, survey=second_survey.root).json == traced
    assert release_year(home, second_survey, YEAR, by="甲").name == "r2"
    send(home, second_survey, YEAR, {"331007": {("plan_count", 1, None): 13}})
    run_year(open_run(home, second_survey, YEAR))
    third = release_year(home, second_survey, YEAR, by="甲")
    assert [line.release for line in issued_releases(home)] == ["r1", "r2", "r3"]
    assert read_manifest(third)["previous_release"] == sha256_file(home.releases(YEAR) / "r2" / "manifest.json")


def test_a_folder_with_anything_in_it_is_left_alone(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "notes.txt").write_bytes(b"mine")
    with pytest.raises(UsageError, match="folder-not-empty"):
        restore_backup(backup, tmp_path / "home")
    assert below(tmp_path / "home") == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    restore_backup(backup, tmp_path / "empty")
    assert "ledger.jsonl" in below(tmp_path / "empty")
    assert below(tmp_path) == ["empty", "home"]


def test_what_a_killed_restore_has_left_gets_into_no_home(backup: Path, tmp_path: Path) -> None:
    left = tmp_path / ".home.restoring" / "archive" / "00" / "half"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    (tmp_path / ".home.restoring" / "passwords.yaml").write_bytes(b"old")
    restore_backup(backup, tmp_path / "home")
    assert below(tmp_path) == ["home"]
    assert not (tmp_path / "home" / "passwords.yaml").exists()
    assert not (tmp_path / "home" / "archive" / "00" / "half").exists()


def test_two_restores_into_one_folder_do_not_mix(backup: Path, tmp_path: Path) -> None:
    with Home(tmp_path / ".home.restoring").locked(), pytest.raises(InputError, match="home-is-busy"):
        restore_backup(backup, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_any_damaged_byte_is_found_and_nothing_is_restored(backup: Path, tmp_path: Path) -> None:
    whole, listed = backup.read_bytes(), check_backup(backup)
    damaged = tmp_path / "b.tar.gz"
    for place in [*range(12), *range(12, len(whole), len(whole) // 25), len(whole) - 8, len(whole) - 1]:
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        if place in UNREAD_HEADER:
            assert check_backup(damaged) == listed
            continue
        with pytest.raises(InputError, match="damaged-backup"):
            check_backup(damaged)
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        damaged.write_bytes(whole[:size])
        with pytest.raises(InputError, match="damaged-backup"):
            restore_backup(damaged, tmp_path / "home")
    assert below(tmp_path) == ["b.tar.gz"]


UNREAD_HEADER = range(4, 10)
"""Bytes of a .gz file that say when, how well and on what it was packed, and nothing of what is in it."""
Edit = Callable[[tarfile.TarFile], None]


def packed(
    path: Path, files: dict[str, bytes], edit: Edit = lambda _: None, *, listed: dict[str, bytes] | None = None
) -> Path:
    """A backup with these files, and whatever else is put into it before its list."""
    told = tuple(
        BackedUp(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        for name, content in (files if listed is None else listed).items()
    )
    content = BackupList(made_at="2025-06-20", made_with="0.2.0", files=told).model_dump_json().encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, own in files.items():
            add(tar, name, own)
        edit(tar)
        add(tar, "backup.json", content)
    return path


def add(tar: tarfile.TarFile, name: str, content: bytes, kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, link
    tar.addfile(entry, io.BytesIO(content))


FILES = {"home.json": b'{"format": 2, "made_with": "0.2.0"}\n', "waivers/2025.yaml": b"year: 2025\n"}


def test_a_backup_that_is_whole_is_restored(tmp_path: Path) -> None:
    restore_backup(packed(tmp_path / "b", FILES), tmp_path / "home")
    assert (tmp_path / "home" / "waivers" / "2025.yaml").read_bytes() == b"year: 2025\n"


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "archive/../../x", "archive//x", "./ledger.jsonl", "archive\\x", "work/2025/x", ".writer.lock", "x", "archive",
     "archive/.x", "ledger.jsonl/x", "passwords.yaml/x", ""],
)  # fmt: skip
def test_a_name_that_has_no_place_in_a_home_is_refused(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "b", {**FILES, name: b"evil"})
    with pytest.raises(InputError, match="damaged-backup"):
        restore_backup(path, tmp_path / "home")
    assert below(tmp_path) == ["b"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = packed(tmp_path / "b", FILES, lambda tar: add(tar, "archive/x", b"", kind, "home.json"))
    with pytest.raises(InputError, match="which is no file"):
        restore_backup(path, tmp_path / "home")
    assert below(tmp_path) == ["b"]


@pytest.mark.parametrize(
    ("edit", "listed"),
    [
        (lambda tar: add(tar, "home.json", FILES["home.json"]), FILES),
        (lambda tar: add(tar, "inbox/2025/x.xlsx", b"x"), FILES),
        (lambda _: None, {**FILES, "ledger.jsonl": b""}),
        (lambda _: None, {**FILES, "waivers/2025.yaml": b"year: 2026\n"}),
        (lambda tar: add(tar, "backup.json", b"{}"), FILES),
        (lambda tar: add(tar, "waivers", b"a file"), {**FILES, "waivers": b"a file"}),
        (lambda tar: add(tar, "waivers/2025.yaml/x", b"x"), {**FILES, "waivers/2025.yaml/x": b"x"}),
    ],
    ids=["twice", "not-listed", "missing", "other-bytes", "other-list", "in-place-of-folder", "below-a-file"],
)
def test_other_files_than_are_listed_are_refused(tmp_path: Path, edit: Edit, listed: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match="damaged-backup"):
        restore_backup(packed(tmp_path / "b", FILES, edit, listed=listed), tmp_path / "home")
    assert below(tmp_path) == ["b"]


def test_what_is_no_backup_at_all_is_told(tmp_path: Path) -> None:
    for content in (b"no gzip", gzip.compress(b"no tar"), gzip.compress(b"")):
        (tmp_path / "b").write_bytes(content)
        with pytest.raises(InputError, match="damaged-backup"):
            check_backup(tmp_path / "b")
    with pytest.raises(InputError, match="no-such-file"):
        check_backup(tmp_path / "absent")


def test_a_home_of_a_later_format_is_not_restored(tmp_path: Path) -> None:
    later = json.dumps({"format": 99, "made_with": "9.0.0"}).encode()
    with pytest.raises(InputError, match=r"home-of-later-format(.|\n)*9\.0\.0"):
        restore_backup(packed(tmp_path / "b", {"home.json": later}), tmp_path / "home")
    assert below(tmp_path) == ["b"]


def test_files_of_the_inbox_are_taken_in_the_order_in_which_they_came(
    ready: Home, second_survey: Survey, tmp_path: Path
) -> None:
    send(ready, second_survey, YEAR, {"331007": {("plan_count", 1, None): 13}})
    send(ready, second_survey, YEAR, {"331007": {("plan_count", 1, None): 14}})
    paths = [path for path in ready.inbox(YEAR).iterdir() if "修正" in path.name]
    write_backup(ready, tmp_path / "b.tar.gz")
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "home")
    restored = {path.name: path.stat().st_mtime for path in (tmp_path / "home" / "inbox" / str(YEAR)).iterdir()}
    assert restored == pytest.approx({path.name: path.stat().st_mtime for path in paths}, rel=0, abs=1e-6)


def test_a_home_of_an_earlier_format_is_backed_up_before_its_upgrade(ready: Home, tmp_path: Path) -> None:
    ready.format_file.unlink()
    write_backup(ready, tmp_path / "b.tar.gz")
    restore_backup(tmp_path / "b.tar.gz", tmp_path / "home")
    assert read_format(tmp_path / "home") == 1
