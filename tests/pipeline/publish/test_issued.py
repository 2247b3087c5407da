"""The list of releases: one that is gone is missed, and not made a second time under its number."""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.audit.verify import find_release, verify_release
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.issued import issued_releases, record_release
from schemas.errors import InputError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.two_years import send


@pytest.fixture
def released_once(ready: Home, second_survey: Survey) -> Home:
    release_year(ready, second_survey, YEAR, by="甲")
    return ready


def test_a_release_is_listed_once_with_the_hash_of_its_manifest(released_once: Home, second_survey: Survey) -> None:
    folder = release_year(released_once, second_survey, YEAR, by="乙")
    ((year, release, by),) = [(line.year, line.release, line.released_by) for line in issued_releases(released_once)]
    assert (year, release, by) == (YEAR, "r1", "甲")
    found = verify_release(released_once, folder)
    assert (found.checked["list of releases"], found.faults) == (1, [])


def test_a_release_that_is_gone_is_missed_and_not_made_again(released_once: Home, second_survey: Survey) -> None:
    folder = find_release(released_once, str(YEAR))
    kept = folder.with_name("kept")
    shutil.move(folder, kept)
    with pytest.raises(InputError, match=r"release-gone(.|\n)*r1"):
        release_year(released_once, second_survey, YEAR, by="甲")
    called = kyogikai("verify", YEAR, home=released_once.root, survey=second_survey.root)
    assert called.code == 11
    assert "release-gone" in called.err
    shutil.move(kept, folder)
    assert release_year(released_once, second_survey, YEAR, by="甲") == folder


def test_a_home_without_a_list_gets_one_with_its_next_release(released_once: Home, second_survey: Survey) -> None:
    before = released_once.issued.read_bytes()
    released_once.issued.unlink()
    (fault,) = verify_release(released_once, find_release(released_once, str(YEAR))).faults
    assert (fault.where, fault.found) == (str(released_once.issued), f"no r1 of {YEAR}")
    release_year(released_once, second_survey, YEAR, by="甲")
    assert released_once.issued.read_bytes() == before


def test_a_manifest_other_than_listed_is_a_fault(released_once: Home) -> None:
    line = json.loads(released_once.issued.read_bytes())
    released_once.issued.write_text(json.dumps({**line, "manifest": "0" * 64}) + "\n", encoding="utf-8")
    folder = find_release(released_once, str(YEAR))
    (fault,) = verify_release(released_once, folder).faults
    assert (fault.where, fault.expected) == (str(folder / "manifest.json"), "0" * 64)


def test_any_changed_byte_of_the_list_is_a_fault(released_once: Home) -> None:
    before, folder = released_once.issued.read_bytes(), find_release(released_once, str(YEAR))
    for place in [*range(0, len(before), 17), len(before) - 1]:
        content = bytearray(before)
        content[place] ^= 1
        released_once.issued.write_bytes(bytes(content))
        try:
            where = verify_release(released_once, folder, printed=None).faults[0].where
        except InputError as error:
            where = error.where
        assert str(released_once.issued) in where or where.endswith("manifest.json")
    released_once.issued.write_bytes(before)
    assert verify_release(released_once, folder).faults == []


@pytest.mark.parametrize("content", [b"{", b"[]\n", b"\xff\n"])
def test_a_damaged_list_is_named_with_its_line(released_once: Home, content: bytes) -> None:
    folder = find_release(released_once, str(YEAR))
    released_once.issued.write_bytes(released_once.issued.read_bytes() + content)
    with pytest.raises(InputError, match=r"damaged-list-of-releases(.|\n)*releases\.jsonl:2"):
        issued_releases(released_once)
    assert [fault.where for fault in verify_release(released_once, folder).faults] == [f"{released_once.issued}:2"]


def test_a_release_whose_command_was_killed_before_it_was_listed_is_listed_by_the_next(
    released_once: Home, second_survey: Survey
) -> None:
    before = released_once.issued.read_bytes()
    released_once.issued.unlink()
    send(released_once, second_survey, YEAR, {"331007": {("plan_count", 1, None): 13}})
    run_year(open_run(released_once, second_survey, YEAR))
    folder = release_year(released_once, second_survey, YEAR, by="乙")
    assert [line.release for line in issued_releases(released_once)] == ["r1", "r2"]
    assert released_once.issued.read_bytes().startswith(before)
    for release in (folder, folder.with_name("r1")):
        assert verify_release(released_once, release).faults == []


def test_a_changed_release_that_is_not_listed_is_not_listed(released_once: Home, second_survey: Survey) -> None:
    released_once.issued.unlink()
    path = find_release(released_once, str(YEAR)) / "public" / "report.txt"
    path.write_bytes(path.read_bytes() + b" ")
    send(released_once, second_survey, YEAR, {"331007": {("plan_count", 1, None): 13}})
    run_year(open_run(released_once, second_survey, YEAR))
    with pytest.raises(InputError, match=r"release-changed(.|\n)*report.txt"):
        release_year(released_once, second_survey, YEAR, by="乙")
    assert issued_releases(released_once) == []


def test_a_list_that_lost_its_last_line_end_is_continued_all_the_same(released_once: Home) -> None:
    released_once.issued.write_bytes(released_once.issued.read_bytes().rstrip(b"\n"))
    record_release(released_once, find_release(released_once, str(YEAR)), as_of="2031-01-01", released_by="乙")
    assert [line.released_by for line in issued_releases(released_once)] == ["甲", "乙"]
