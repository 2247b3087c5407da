"""No cell changes a figure that does not list it: single answers are changed, and every figure is calculated again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, product

import duckdb
import pytest

from pipeline.audit.reverse import figures_of_municipality
from pipeline.home import PROJECT_ROOT, Home
from schemas.form_layout import Slot
from schemas.survey import Survey, YearDeclarations
from tests.conftest import DEMO_YEAR
from tests.support.mutation import Change, Returns

STRIDE = 4
"""Of the form of 2024, every so many-th answer cell is changed here; all of them would take a minute more."""


def listing(home: Home) -> dict[str, set[str]]:
    """The figures that list a cell in their trace, by cell."""
    listed: dict[str, set[str]] = defaultdict(set)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        for cell, figure in connection.execute(
            "select cells.cell_id, uses.figure_id from int_figure_cells as cells inner join int_figure_uses as uses"
            " on cells.year = uses.year and cells.figure_id = uses.used_id"
        ).fetchall():
            listed[cell].add(figure)
    return listed


@dataclass(frozen=True)
class Outcome:
    """What changing answer cells one by one showed: figures that changed without listing the cell, and all that changed."""

    unlisted: list[str]
    changed: set[str]
    tries: int


def mutate(
    home: Home, declarations: YearDeclarations, places: Callable[[list[str]], Iterable[tuple[Slot, str]]]
) -> Outcome:
    """Change the given cells, (slot, municipality) one after the other, each time with all others as they were."""
    returns, listed = Returns(home, declarations), listing(home)
    outcome = Outcome([], set(), 0)
    for slot, code in places(returns.codes):
        for change in returns.changes(code, slot):
            after = returns.figures_after({code: change})
            changed = {name for name, figure in returns.figures.items() if figure != after[name]}
            told = set().union(*(listed[cell] for cell in returns.changed_cells(code, change)))
            unlisted = [f"{code} {slot.sheet}!{slot.address} changes {name}" for name in sorted(changed - told)]
            outcome = Outcome(outcome.unlisted + unlisted, outcome.changed | changed, outcome.tries + 1)
    return outcome


def test_every_cell_that_changes_a_figure_is_listed_and_every_figure_is_changed_by_some_cell(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    slots = second_declarations.layout.slots
    outcome = mutate(finished_home, second_declarations, lambda codes: product(slots, codes))
    assert outcome.unlisted == []
    assert outcome.tries > len(slots) * len(second_declarations.municipalities)
    assert set(second_declarations.figures) - outcome.changed == {"roster.municipalities", "measure_ranking"}


def test_the_same_holds_of_the_form_of_2024(demo_home: Home) -> None:
    declarations = Survey(PROJECT_ROOT).load_year(DEMO_YEAR)
    slots = declarations.layout.slots[::STRIDE]
    outcome = mutate(demo_home, declarations, lambda codes: zip(slots, cycle(codes), strict=False))
    assert outcome.unlisted == []
    assert outcome.tries >= len(slots)
    assert {declarations.figures[name].operation for name in outcome.changed} >= {"count", "sum", "ratio"}


def test_a_ranking_changes_with_its_candidates_and_nothing_else_does(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    returns = Returns(finished_home, second_declarations)
    last = second_declarations.figures[second_declarations.figures["measure_ranking"].candidates[-1]]
    (tick,) = [
        s for s in second_declarations.layout.slots if (s.question_id, s.choice) == (last.question, last.options[0])
    ]
    after = returns.figures_after({code: Change(tick, "○") for code in returns.codes})
    changed = {name for name, figure in returns.figures.items() if figure != after[name]}
    assert changed == {last.id, "measure_ranking"}


@pytest.mark.parametrize("code", ["331007", "336068"])
def test_a_figure_that_lists_a_municipalitys_cell_is_among_those_of_the_municipality(
    finished_home: Home, second_declarations: YearDeclarations, code: str
) -> None:
    touched = figures_of_municipality(finished_home.warehouse, second_declarations, code)
    with duckdb.connect(str(finished_home.warehouse), read_only=True) as connection:
        listed = connection.execute(
            "select distinct uses.figure_id from int_figure_cells as cells inner join int_figure_uses as uses"
            " on cells.year = uses.year and cells.figure_id = uses.used_id where cells.municipality_code = ?",
            [code],
        ).fetchall()
    assert {name for (name,) in listed} <= {figure.figure_id for figure in touched.figures}
