"""A release verified: any changed byte of it, of the archive or of the ledger is found and named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.audit.verify import Verification, find_release, verify_release
from pipeline.home import Home
from schemas.errors import InputError, UsageError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai


def verified(home: Home, name: str = str(YEAR)) -> Verification:
    return verify_release(home, find_release(home, name))


def flipped(path: Path, share: float) -> Iterator[None]:
    """One bit of the file changed, at a place between its first byte (0) and its last (1); put back afterwards."""
    before = path.read_bytes()
    content = bytearray(before)
    content[round(share * (len(content) - 1))] ^= 1
    path.write_bytes(bytes(content))
    yield
    path.write_bytes(before)


def test_an_untouched_release_has_no_fault_and_says_what_was_looked_at(released: Home) -> None:
    found = verified(released)
    assert found.faults == []
    assert found.release.endswith(f"{YEAR}/r2")
    assert found.checked["returns in the archive"] == 27
    assert found.checked["manifests of earlier releases"] == 1
    manifest = json.loads((find_release(released, str(YEAR)) / "manifest.json").read_text(encoding="utf-8"))
    assert found.checked["files of the release"] == len(manifest["outputs"])


def test_any_changed_byte_of_a_release_is_found_and_its_file_named(released: Home) -> None:
    folder = find_release(released, str(YEAR))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    # Of the many pages of the site, the first of each kind.
    pages = {(path.parent, path.suffix): path for path in reversed(files) if "site" in path.parts}
    files = sorted({*(path for path in files if "site" not in path.parts), *pages.values()})
    assert len(files) > 40
    for number, path in enumerate(files):
        for _ in flipped(path, number / len(files)):
            try:
                named = {fault.where for fault in verified(released).faults}
            except InputError as error:
                named = {error.where}
            assert named == {str(path)}


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9, 1])
def test_any_changed_byte_of_the_duckdb_file_is_found(released: Home, share: float) -> None:
    (database,) = find_release(released, str(YEAR)).glob("public/*.duckdb")
    for _ in flipped(database, share):
        assert {fault.where for fault in verified(released).faults} == {str(database)}


def test_any_changed_byte_of_a_return_or_of_the_ledger_is_found(released: Home) -> None:
    manifest = json.loads((find_release(released, str(YEAR)) / "manifest.json").read_text(encoding="utf-8"))
    for number, sha256 in enumerate(sorted(manifest["inputs"]["returns"].values())[:6]):
        for _ in flipped(released.archived(sha256), number / 5):
            assert [fault.where for fault in verified(released).faults] == [str(released.archived(sha256))]
    files = [path for path in (released.root / "archive").rglob("*") if path.is_file()]
    others = [path for path in files if path.name not in manifest["inputs"]["returns"].values()]
    assert others
    for path in others:
        for _ in flipped(path, 0.5):
            assert [fault.where for fault in verified(released).faults] == [str(path)]
    for share in (0.1, 0.5, 0.98):
        for _ in flipped(released.ledger, share):
            (fault,) = verified(released).faults
            assert fault.where.startswith(str(released.ledger))


def test_what_was_added_to_a_release_or_taken_from_it_is_found(released: Home) -> None:
    folder = find_release(released, str(YEAR))
    (folder / "public" / "more.csv").write_text("1\n", encoding="utf-8")
    assert [fault.where for fault in verified(released).faults] == [str(folder / "public" / "more.csv")]
    (folder / "public" / "more.csv").unlink()
    (folder / "public" / "more").mkdir()
    assert [fault.where for fault in verified(released).faults] == [str(folder / "public" / "more")]
    (folder / "public" / "more").rmdir()
    (folder / "more.csv").symlink_to("nowhere")
    assert [fault.where for fault in verified(released).faults] == [str(folder / "more.csv")]
    (folder / "more.csv").unlink()
    taken = (folder / "seal.json").rename(released.root / "seal.json")
    (fault,) = verified(released).faults
    assert (fault.where, fault.found) == (str(folder / "seal.json"), "gone")
    taken.rename(folder / "seal.json")


def test_a_chain_with_a_missing_or_changed_link_is_found(released: Home) -> None:
    first = find_release(released, f"{YEAR}/r1")
    for _ in flipped(first / "manifest.json", 0.5):
        assert [fault.where for fault in verified(released).faults] == [str(first / "manifest.json")]
    away = first.rename(released.root / "away")
    (fault,) = verified(released).faults
    assert (fault.where, fault.found) == (str(first / "manifest.json"), "gone")
    away.rename(first)


def test_a_damaged_manifest_is_a_clear_error(released: Home) -> None:
    manifest = find_release(released, str(YEAR)) / "manifest.json"
    before = manifest.read_bytes()
    for content in (b"", b"{}", b"[]", b"\xff\xfe", before[:100]):
        manifest.write_bytes(content)
        with pytest.raises(InputError, match="release-damaged"):
            verified(released)
    manifest.write_bytes(before)


@pytest.mark.parametrize("name", ["2031", f"{YEAR}/r9", "nowhere", f"{YEAR}/"])
def test_a_release_that_is_not_there_is_said_with_those_that_are(released: Home, name: str) -> None:
    if name == f"{YEAR}/":
        assert find_release(released, name).name == "r2"
        return
    with pytest.raises(UsageError, match=f"{YEAR}/r1, {YEAR}/r2"):
        find_release(released, name)


def test_the_command_ends_with_an_exit_code_for_scripts(released: Home, second_survey: Survey) -> None:
    good = kyogikai("verify", YEAR, "--json", home=released.root, survey=second_survey.root)
    assert (good.code, good.json["faults"]) == (0, [])
    folder = find_release(released, str(YEAR))
    for _ in flipped(folder / "public" / "figures.csv", 0.5):
        bad = kyogikai("verify", str(folder), home=released.root, survey=second_survey.root)
        assert bad.code == 11
        assert str(folder / "public" / "figures.csv") in bad.out
