"""The project's own reference data: who is surveyed, what the register holds, and the tile map."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from schemas.reference import Reference
from schemas.reference_files import load_reference

COMMITTED = Path(__file__).parents[2] / "data" / "reference"
FILES = {"municipalities", "groupings", "register", "register_members", "tile_grid"}
SURVEY_DAY = date(2024, 9, 30)


@pytest.fixture(scope="module")
def committed() -> Reference:
    """The project's own reference data."""
    return load_reference(COMMITTED)


def codes_of(reference: Reference, day: date) -> list[str]:
    return [m.code for m in reference.surveyed("11", day)]


def test_committed_roster_holds_every_municipality(committed: Reference) -> None:
    assert len(committed.municipalities) == 1741
    assert len({m.prefecture_code for m in committed.municipalities}) == 47
    kinds = Counter(m.kind for m in committed.municipalities)
    assert kinds == {"市": 792, "町": 743, "村": 183, "特別区": 23}


def test_committed_roster_of_the_first_survey(committed: Reference) -> None:
    surveyed = committed.surveyed("11", SURVEY_DAY)
    assert len(surveyed) == 63
    assert Counter(m.kind for m in surveyed) == {"市": 40, "町": 22, "村": 1}


def test_committed_groupings_hold_each_surveyed_municipality_once(committed: Reference) -> None:
    areas = [g for g in committed.groupings if g.grouping == "medical_area"]
    assert sorted(g.code for g in areas) == codes_of(committed, SURVEY_DAY)
    assert len({g.name for g in areas}) == 10


@pytest.mark.parametrize(
    ("kind", "single", "joint", "memberships", "kinds_without"),
    [
        ("council", 28, 9, 64, {}),
        ("core_center", 47, 9, 83, {"市": 3}),
        ("support_base", 35, 5, 53, {"市": 4, "町": 5, "村": 1}),
    ],
)
def test_committed_register_adds_up(
    committed: Reference, kind: str, single: int, joint: int, memberships: int, kinds_without: dict[str, int]
) -> None:
    entities = committed.entities(kind, SURVEY_DAY)
    assert Counter(e.kind for e in entities) == {"single": single, "joint": joint}
    assert sum(len(committed.members(e.entity_id, SURVEY_DAY)) for e in entities) == memberships
    surveyed = committed.surveyed("11", SURVEY_DAY)
    without = [m.kind for m in surveyed if not committed.entities_of(m.code, kind, SURVEY_DAY)]
    assert Counter(without) == kinds_without


def test_committed_tile_map_has_a_tile_for_each_surveyed_municipality(committed: Reference) -> None:
    assert set(committed.tiles(codes_of(committed, SURVEY_DAY), SURVEY_DAY)) == set(codes_of(committed, SURVEY_DAY))


def test_committed_files_are_plain_utf8_with_line_feeds() -> None:
    assert {f.stem for f in COMMITTED.glob("*.csv")} == FILES
    for file in COMMITTED.glob("*.csv"):
        data = file.read_bytes()
        assert b"\r" not in data
        assert not data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\n")
