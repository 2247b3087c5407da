"""The changelog and the page of the home's formats keep up with the code."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise

import pytest

from docs.generate import PAGES, ROOT
from pipeline import __version__
from pipeline.home_format import CURRENT

HEAD = re.compile(r"^## (\d+)\.(\d+)\.(\d+) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
FORMAT = re.compile(r"^\| (\d+) \| (\d+\.\d+\.\d+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def versions() -> dict[str, str]:
    """The day of each version of the changelog, the newest first."""
    text = (PAGES / "changelog.md").read_text(encoding="utf-8")
    return {".".join(numbers): day for *numbers, day in HEAD.findall(text)}


def test_the_newest_version_of_the_changelog_is_that_of_the_product(versions: dict[str, str]) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert next(iter(versions)) == declared == __version__


def test_versions_and_their_days_descend(versions: dict[str, str]) -> None:
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert len(numbers) > 1
    assert all(newer > older for newer, older in pairwise(numbers))
    assert all(newer >= older for newer, older in pairwise(versions.values()))


def test_every_format_of_a_home_is_described_with_the_version_that_brought_it(versions: dict[str, str]) -> None:
    page = (PAGES / "reference" / "home.md").read_text(encoding="utf-8")
    formats = FORMAT.findall(page)
    assert [int(number) for number, _ in formats] == list(range(1, CURRENT + 1))
    assert {since for _, since in formats} <= set(versions)
