"""What the product rests on: every departure from the lock and every other licence is told, and silence is no all-clear."""

from __future__ import annotations

import pytest

from tests.dependencies import (
    Advised,
    Package,
    conclude,
    is_permissive,
    locked_versions,
    offline_faults,
    read_advice,
)

LOCK = "one==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nTwo_More[extra]==2.1 \\\n    --hash=sha256:cc\n"
ONE, TWO = Package("one", "1.0", "MIT"), Package("two-more", "2.1", "BSD License")


def faults(*packages: Package, lock: str = LOCK, exceptions: dict[str, str] | None = None) -> list[str]:
    return list(offline_faults(lock, packages, exceptions or {}))


def test_a_lock_is_read_as_the_index_writes_names() -> None:
    assert locked_versions(LOCK) == {"one": "1.0", "two-more": "2.1"}


def test_what_is_as_it_is_locked_has_no_fault() -> None:
    assert faults(ONE, TWO) == []


@pytest.mark.parametrize(
    ("packages", "told"),
    [
        ((ONE,), "two-more: in the lock and not installed"),
        ((ONE, TWO, Package("three", "3", "MIT")), "three 3: installed and not in the lock"),
        ((Package("one", "1.1", "MIT"), TWO), "one 1.1: the lock has 1.0"),
        ((Package("one", "1.0", "GPL-3.0-only"), TWO), "one: its licence is 「GPL-3.0-only」"),
        ((Package("one", "1.0", ""), TWO), "one: its licence is 「not told」"),
    ],
)
def test_a_departure_is_told(packages: tuple[Package, ...], told: str) -> None:
    (fault,) = faults(*packages)
    assert fault.startswith(told)


def test_a_package_without_hashes_is_told() -> None:
    (fault,) = faults(ONE, TWO, lock=LOCK.replace("\\\n    --hash=sha256:cc", ""))
    assert fault.startswith("Two_More: the lock has no hash")


def test_an_exception_holds_for_what_is_installed_and_is_told_otherwise() -> None:
    other = Package("one", "1.0", "MPL-2.0")
    assert faults(other, TWO, exceptions={"one": "why"}) == []
    assert faults(ONE, TWO, exceptions={"gone": "why"}) == ["gone: an exception for what is not installed; remove it"]


@pytest.mark.parametrize(
    ("licence", "is_so"),
    [
        ("MIT", True), ("GPL-3.0-only OR MIT", True), ("MIT AND Zlib", True), ("MIT AND GPL-3.0-only", False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False), ("", False),
    ],
)  # fmt: skip
def test_of_choices_one_is_enough_and_of_parts_all_count(licence: str, is_so: bool) -> None:
    assert is_permissive(licence) == is_so


def test_a_known_vulnerability_is_told_and_silence_is_no_all_clear() -> None:
    advisory = {"id": "CVE-0000-1", "fix_versions": ["1.2"]}
    known = {"name": "one", "version": "1.0", "vulns": [advisory]}
    clean, skipped = {"name": "two", "version": "2", "vulns": []}, {"name": "three", "skip_reason": "not found"}
    assert conclude([], read_advice({"dependencies": [clean]})) == ([], 0)
    assert conclude([], read_advice({"dependencies": [known]})) == (["one 1.0: CVE-0000-1, mended in 1.2"], 1)
    for advised, word in ((read_advice({"dependencies": [clean, skipped]}), "1 packages"), (None, "did not answer")):
        (line,), code = conclude([], advised)
        assert (code, word in line, "not verified" in line) == (3, True, True)
    lines, code = conclude(["a fault"], Advised((), ("three",)))
    assert (lines[0], code) == ("a fault", 1)
