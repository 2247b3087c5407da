"""Append-only lists: only what was added is checked again, and what was changed, shortened or torn is noticed all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import chained
from pipeline.chained import ChainedLine, append_lines, chain, read_chain
from schemas.errors import InputError


class Said(ChainedLine):
    """A line that says something."""

    text: str = ""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.jsonl"


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the lines whose hash was computed."""
    seen: list[str] = []
    really = Said.computed_hash

    def noticed(line: Said) -> str:
        seen.append(line.text)
        return really(line)

    monkeypatch.setattr(Said, "computed_hash", noticed)
    return seen


def say(path: Path, *texts: str) -> None:
    append_lines(path, chain(read_chain(path, Said), [{"text": text} for text in texts], Said))


def texts(path: Path) -> list[str]:
    return [line.text for line in read_chain(path, Said)]


def test_only_lines_that_were_added_are_checked_again(path: Path, checked: list[str]) -> None:
    say(path, "one", "two")
    assert texts(path) == ["one", "two"]
    say(path, "three")
    checked.clear()
    assert (texts(path), checked) == (["one", "two", "three"], ["three"])
    assert (texts(path), checked) == (["one", "two", "three"], ["three"])


def test_what_is_given_is_the_readers_own(path: Path) -> None:
    say(path, "one", "two")
    read_chain(path, Said).clear()
    assert texts(path) == ["one", "two"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda content: content.replace(b"two", b"TWO"), 2),
        (lambda content: content.replace(b"one", b"ONE"), 1),
        (lambda content: b"\n".join(content.split(b"\n")[1:]), 1),
        (lambda content: content[:-20], 2),
        (lambda _: b"", 1),
        (lambda _: b"\n", 1),
        (lambda content: content + b"\n", 3),
    ],
)
def test_a_list_that_was_read_before_and_changed_since_is_broken(
    path: Path, change: Callable[[bytes], bytes], line: int
) -> None:
    say(path, "one", "two")
    assert texts(path) == ["one", "two"]
    path.write_bytes(change(path.read_bytes()))
    for _ in range(2):
        with pytest.raises(InputError) as error:
            read_chain(path, Said)
        assert error.value.where == f"{path}:{line}"


def test_a_list_whose_last_line_is_not_ended_goes_on_all_the_same(path: Path) -> None:
    say(path, "one", "two")
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert texts(path) == ["one", "two"]
    say(path, "three")
    assert texts(path) == ["one", "two", "three"]


def test_a_list_that_is_shorter_by_whole_lines_is_read_anew(path: Path) -> None:
    say(path, "one", "two")
    content = path.read_bytes()
    assert texts(path) == ["one", "two"]
    path.write_bytes(content.split(b"\n")[0] + b"\n")
    assert texts(path) == ["one"]


def test_of_many_lists_the_last_ones_are_known(tmp_path: Path, checked: list[str]) -> None:
    paths = [tmp_path / f"{number}.jsonl" for number in range(chained.MOST_KNOWN + 1)]
    for path in paths:
        say(path, path.stem)
        texts(path)
    checked.clear()
    assert (texts(paths[-1]), checked) == ([paths[-1].stem], [])
    assert (texts(paths[0]), checked) == (["0"], ["0"])
