"""A disk that is full, at every stage at which it can become so; and folders that may not be written to."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from pipeline.audit.verify import verify_release
from pipeline.backup.restore import check_backup
from pipeline.check.gate import read_gate
from pipeline.check.inputs import warehouse_contents
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import is_current, open_run, run_year
from pipeline.storage import as_storage_error
from pipeline.warehouse.issued import issued_releases
from pipeline.warehouse.released import releases_of
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.disks import command, copied, read_only, small_disk

FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EFBIG))
KIB, MIB = 1024, 1024 * 1024
RELEASE = ("release", YEAR, "--by", "試験")


def expect_whole(home: Home) -> None:
    """Nothing was lost and nothing half made can be seen."""
    receipts = read_ledger(home.ledger)
    assert all(home.archived(receipt.sha256).exists() for receipt in receipts)
    assert len(issued_releases(home)) == len(releases_of(home, YEAR))
    for folder in releases_of(home, YEAR):
        assert verify_release(home, folder).faults == []
    assert list(home.root.glob("releases/*/.r*")) == []


@pytest.mark.parametrize("size", [64 * KIB, 300 * KIB, 10 * MIB, 20 * MIB])
def test_a_run_on_a_full_disk_says_so_loses_nothing_and_ends_when_there_is_room(
    finished_home: Home, second_survey: Survey, tmp_path: Path, size: int
) -> None:
    elsewhere = Home(tmp_path / "elsewhere")
    shutil.copytree(finished_home.root / "inbox", elsewhere.root / "inbox")
    with small_disk(tmp_path / "disk", size) as enlarge:
        home = Home(tmp_path / "disk" / "home")
        home.root.mkdir()
        (home.root / "inbox").symlink_to(elsewhere.root / "inbox")
        if enlarge is None:
            done = command(home.root, second_survey.root, "run", YEAR, largest_file=size // 4)
            code, said = done.returncode, done.stderr
        else:
            called = kyogikai("run", YEAR, home=home.root, survey=second_survey.root)
            code, said = called.code, called.err
        assert code in (0, 11)
        if code:
            assert "error: cannot-write" in said
            assert any(words in said for words in FULL)
        expect_whole(home)
        if enlarge:
            enlarge()
        assert kyogikai("run", YEAR, home=home.root, survey=second_survey.root).code == 0
        expect_same(home, finished_home)


@pytest.mark.parametrize("stage", ["gate", "draft"])
def test_a_gate_and_a_draft_on_a_full_disk_are_not_made_and_are_made_when_there_is_room(
    finished_home: Home, second_survey: Survey, tmp_path: Path, stage: str
) -> None:
    with small_disk(tmp_path / "disk", 64 * MIB) as enlarge:
        home = Home(copied(finished_home.root, tmp_path / "disk" / "home"))
        for room in (0, 40 * KIB, 400 * KIB):
            shutil.rmtree(home.gate(YEAR), ignore_errors=True)
            if enlarge is None:
                done = command(home.root, second_survey.root, "run", YEAR, largest_file=10 * KIB + room // 4)
                refused = done.stderr if done.returncode else ""
            else:
                refused = run_until_full(home, second_survey, stage, room)
            assert refused or room
            assert not refused or ("cannot-write" in refused and any(words in refused for words in FULL))
            assert not refused or not is_current(open_run(home, second_survey, YEAR))
            assert enlarge is None or (read_gate(home, YEAR) is None) == (bool(refused) and stage == "gate")
            assert warehouse_contents(home.warehouse, YEAR) == warehouse_contents(finished_home.warehouse, YEAR)
            expect_whole(home)
        (home.root.parent / FILLING).unlink(missing_ok=True)
        assert kyogikai("run", YEAR, home=home.root, survey=second_survey.root).code == 0
        expect_same(home, finished_home)


FILLING = "filling"


def fill(disk: Path, room: int) -> None:
    """Let a disk have so many bytes left."""
    filling = disk / FILLING
    filling.unlink(missing_ok=True)
    free = os.statvfs(disk)
    filling.write_bytes(bytes(max(free.f_bavail * free.f_frsize - room, 0)))


def run_until_full(home: Home, survey: Survey, full_at: str, room: int) -> str:
    """Run the year on a disk that becomes full when a stage begins; gives the error that the command would end with, or nothing."""
    (home.root.parent / FILLING).unlink(missing_ok=True)

    def begin(stage: str) -> None:
        if stage == full_at:
            fill(home.root.parent, room)

    try:
        with home.writer():
            run_year(open_run(home, survey, YEAR), progress=begin)
    except Exception as error:  # noqa: BLE001 - whatever a library raises, as the command takes it
        return str(as_storage_error(error, str(home.root)))
    return ""


def expect_same(home: Home, expected: Home) -> None:
    """What was run is to the last byte what it is in another home."""
    assert home.ledger.read_bytes() == expected.ledger.read_bytes()
    for folder in ("work", "drafts"):
        files = {path.relative_to(home.root): path for path in (home.root / folder).rglob("*") if path.is_file()}
        others = {path.relative_to(expected.root) for path in (expected.root / folder).rglob("*") if path.is_file()}
        assert files.keys() == others
        assert [name for name, path in files.items() if path.read_bytes() != (expected.root / name).read_bytes()] == []
    assert read_gate(home, YEAR) == read_gate(expected, YEAR)


def test_a_release_on_a_full_disk_is_not_made_and_is_made_when_there_is_room(
    finished_home: Home, ready: Home, second_survey: Survey, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 64 * MIB) as enlarge:
        home = Home(copied(finished_home.root, tmp_path / "disk" / "home"))
        for room in (0, 100 * KIB, 1 * MIB, 4 * MIB):
            if enlarge is None:
                done = command(home.root, second_survey.root, *RELEASE, largest_file=4 * KIB + room // 4)
                code, said = done.returncode, done.stderr
            else:
                fill(home.root.parent, room)
                called = kyogikai(*RELEASE, home=home.root, survey=second_survey.root)
                code, said = called.code, called.err
            assert code == 11 or (code == 0 and room)
            assert code == 0 or "error: cannot-write" in said
            expect_whole(home)
        (home.root.parent / FILLING).unlink(missing_ok=True)
        made = release_year(home, second_survey, YEAR, by="試験")
        expected = release_year(ready, second_survey, YEAR, by="試験")
        assert made.name == expected.name == "r1"
        assert json.loads((made / "manifest.json").read_bytes()) == json.loads(
            (expected / "manifest.json").read_bytes()
        )
        expect_whole(home)


def test_a_file_as_large_as_a_process_may_write_is_told_as_a_full_disk_is(
    finished_home: Home, second_survey: Survey, tmp_path: Path
) -> None:
    home = Home(copied(finished_home.root, tmp_path / "home"))
    shutil.rmtree(home.work(YEAR))
    done = command(home.root, second_survey.root, "run", YEAR, largest_file=100 * KIB)
    assert (done.returncode, "error: cannot-write" in done.stderr) == (11, True)
    assert os.strerror(errno.EFBIG) in done.stderr
    expect_whole(home)


def test_a_backup_on_a_full_disk_leaves_nothing(ready: Home, second_survey: Survey, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "b.tar.gz"
    done = command(ready.root, second_survey.root, "backup", target, largest_file=20 * KIB)
    assert (done.returncode, "error: cannot-write" in done.stderr) == (11, True)
    assert list(folder.iterdir()) == []
    assert command(ready.root, second_survey.root, "backup", target).returncode == 0
    done = command(folder / "home", second_survey.root, "restore", target, largest_file=4 * KIB)
    assert (done.returncode, "error: cannot-write" in done.stderr) == (11, True)
    assert [path.name for path in folder.iterdir()] == [target.name]
    assert check_backup(target).files


@pytest.mark.parametrize(
    ("folder", "words", "expected"),
    [
        (".", ("run", YEAR), "home-not-writable"), ("warehouse", ("run", YEAR), "cannot-write"),
        ("archive", ("run", YEAR), "cannot-write"), ("releases", RELEASE, "cannot-write"),
    ],
)  # fmt: skip
def test_a_folder_that_may_not_be_written_to_is_told_and_all_is_as_before(
    ready: Home, second_survey: Survey, folder: str, words: tuple[object, ...], expected: str
) -> None:
    shutil.rmtree(ready.work(YEAR))
    shutil.rmtree(ready.gate(YEAR))
    (ready.root / ".writer.lock").unlink(missing_ok=True)
    if words == RELEASE:
        kyogikai("run", YEAR, home=ready.root, survey=second_survey.root)
    elif folder == "archive":
        ready.ledger.unlink()
        shutil.rmtree(ready.root / "archive")
        (ready.root / "archive").mkdir()
    (ready.root / folder).mkdir(exist_ok=True)
    with read_only(ready.root / folder):
        done = command(ready.root, second_survey.root, *words, obeys=True)
    assert done.returncode == 11
    assert f"error: {expected}" in done.stderr
    assert os.strerror(errno.EACCES) in done.stderr
    expect_whole(ready)
    assert kyogikai(*words, home=ready.root, survey=second_survey.root).code == 0


def test_a_home_that_may_only_be_read_can_be_read(ready: Home, second_survey: Survey) -> None:
    release_year(ready, second_survey, YEAR, by="試験")
    with read_only(ready.root):
        for words in (("figures", YEAR), ("status", YEAR), ("verify", YEAR)):
            assert command(ready.root, second_survey.root, *words, obeys=True).returncode == 0
