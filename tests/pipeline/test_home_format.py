"""Which format a folder has, and who may read it and write to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline import __version__
from pipeline.collect.collect import collect
from pipeline.home import Home
from pipeline.home_format import CURRENT, read_format
from schemas.errors import InputError
from schemas.survey import YearDeclarations
from tests.conftest import fill_inbox
from tests.support.command import kyogikai

LATER = {"format": CURRENT + 1, "made_with": "9.1.0", "more": ["what this version does not know"]}


def say(home: Home, content: Any) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    home.format_file.write_text(json.dumps(content), encoding="utf-8")


def test_a_new_home_says_its_format_from_the_first_receipt_on(
    home: Home, second_declarations: YearDeclarations
) -> None:
    with home.writer():
        assert collect(home, second_declarations) == []
    assert read_format(home.root) is None
    fill_inbox(home, second_declarations)
    with home.writer():
        collect(home, second_declarations)
    assert read_format(home.root) == CURRENT
    assert json.loads(home.format_file.read_bytes())["made_with"] == __version__


@pytest.mark.parametrize("name", ["ledger.jsonl", "releases.jsonl"])
def test_a_home_in_use_that_says_no_format_has_the_first(home: Home, name: str) -> None:
    home.root.mkdir()
    (home.root / name).touch()
    assert read_format(home.root) == 1
    with pytest.raises(InputError, match="home-of-earlier-format"), home.writer():
        pass
    with home.locked():
        pass


def test_the_current_format_is_written_to_whatever_else_is_said(home: Home) -> None:
    say(home, {**LATER, "format": CURRENT})
    with home.writer():
        assert read_format(home.root) == CURRENT


def test_a_later_format_is_neither_read_nor_written_to(home: Home) -> None:
    say(home, LATER)
    for words in (("status", 2024), ("run", 2024), ("upgrade",)):
        called = kyogikai(*words, home=home.root)
        assert called.code == 11
        assert "home-of-later-format" in called.err
        assert f"format {CURRENT + 1}, written by Kyogikai 9.1.0" in called.err
        assert "install Kyogikai 9.1.0 or later" in called.err
    with pytest.raises(InputError, match="home-of-later-format"), home.writer():
        pass


@pytest.mark.parametrize(
    "content", [[], {}, {"format": "2", "made_with": "0.2.0"}, {"format": 0, "made_with": "0.2.0"}]
)
def test_what_says_no_format_is_told(home: Home, content: Any) -> None:
    say(home, content)
    with pytest.raises(InputError, match="damaged-home-format"):
        read_format(home.root)
