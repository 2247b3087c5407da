"""Steps are taken in order, once each, and again where they were interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import home_format
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home, write_format
from pipeline.upgrade.steps import STEPS, Step, leave_format_1
from pipeline.upgrade.upgrade import upgrade_home
from pipeline.warehouse.released import read_manifest
from schemas.errors import InputError


@pytest.fixture
def first(first_released: Home) -> Home:
    """A home with a ledger, a release and no word of its format."""
    first_released.format_file.unlink()
    return first_released


def said_format(home: Home) -> int:
    return int(json.loads(home.format_file.read_bytes())["format"])


def test_a_step_leads_from_each_format_to_the_next() -> None:
    assert len(STEPS) == home_format.CURRENT - 1


def test_an_interrupted_upgrade_goes_on_where_it_was(first: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_format, "CURRENT", 4)
    taken: list[str] = []
    is_cut = True

    def take(name: str) -> None:
        taken.append(name)
        if name == "second" and is_cut:
            raise KeyboardInterrupt

    steps = [Step(name, lambda _, name=name: take(name)) for name in ("first", "second", "third")]
    with pytest.raises(KeyboardInterrupt):
        upgrade_home(first, steps=steps)
    assert said_format(first) == 2
    is_cut = False
    assert upgrade_home(first, steps=steps) == 2
    assert taken == ["first", "second", "second", "third"]
    assert said_format(first) == 4
    assert upgrade_home(first, steps=steps) == 0


def test_a_step_that_is_stopped_before_its_format_is_written_is_taken_again(
    first: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upgrade_home(first)
    assert home_format.read_format(first.root) == 1
    assert list(first.root.glob(".home.json.*")) == []
    assert upgrade_home(first) == 1


@pytest.mark.parametrize("name", ["ledger.jsonl", "releases.jsonl", "queries/2025.jsonl"])
def test_a_home_with_a_damaged_list_is_not_upgraded(first: Home, name: str) -> None:
    (first.root / name).parent.mkdir(exist_ok=True)
    (first.root / name).write_text('{"seq": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}:1"):
        upgrade_home(first)
    assert not first.format_file.exists()


@pytest.mark.parametrize("name", ["ledger.jsonl", "releases.jsonl"])
def test_a_line_with_a_key_that_no_format_has_is_damaged(first: Home, name: str) -> None:
    path = first.root / name
    line, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(line), "more": 1}), *others]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}:1"):
        leave_format_1(first)


def test_a_key_that_a_later_version_adds_to_a_manifest_is_left_alone(first: Home) -> None:
    [manifest] = first.root.glob("releases/*/r1/manifest.json")
    said = {**json.loads(manifest.read_bytes()), "more": 1}
    manifest.write_text(json.dumps(said), encoding="utf-8")
    assert read_manifest(manifest.parent) == said


def test_no_one_writes_while_a_home_is_upgraded(first: Home) -> None:
    with first.locked(), pytest.raises(InputError, match="home-is-busy"):
        upgrade_home(first)


def test_a_folder_that_is_no_home_is_not_upgraded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-home"):
        upgrade_home(Home(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_a_home_of_a_later_format_is_refused_with_the_version_that_wrote_it(first: Home) -> None:
    write_format(first, home_format.CURRENT + 1)
    with pytest.raises(InputError, match="home-of-later-format"):
        upgrade_home(first)
    assert read_ledger(first.ledger)
