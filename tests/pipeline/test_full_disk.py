"""A disk that is full, at every stage at which it can become so; and folders that may not be written to."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from pipeline.audit.verify import verify_release
from pipeline.backup.restore import check_backup
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.publish.release import release_year
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
        assert home.ledger.read_bytes() == finished_home.ledger.read_bytes()
        for table in sorted(path.name for path in finished_home.work(YEAR).glob("*.parquet")):
            assert (home.work(YEAR) / table).read_bytes() == (finished_home.work(YEAR) / table).read_bytes()


@pytest.mark.parametrize("room", [0, 2 * MIB])
def test_a_release_on_a_full_disk_is_not_made_and_is_made_when_there_is_room(
    finished_home: Home, second_survey: Survey, tmp_path: Path, room: int
) -> None:
    used = sum(path.stat().st_size + 4 * KIB for path in finished_home.root.rglob("*"))
    with small_disk(tmp_path / "disk", used + room) as enlarge:
        home = Home(copied(finished_home.root, tmp_path / "disk" / "home"))
        if enlarge is None:
            done = command(home.root, second_survey.root, *RELEASE, largest_file=room // 4)
            code, said = done.returncode, done.stderr
        else:
            called = kyogikai(*RELEASE, home=home.root, survey=second_survey.root)
            code, said = called.code, called.err
        assert code in (0, 11)
        if code:
            assert "error: cannot-write" in said
        expect_whole(home)
        if enlarge:
            enlarge()
        assert release_year(home, second_survey, YEAR, by="試験").name == "r1"
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
