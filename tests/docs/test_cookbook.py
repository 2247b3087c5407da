"""The SQL cookbook: every query runs where it says, and its result is the one shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from docs.examples import PAGES
from pipeline.home import Home
from pipeline.warehouse.sql import Answered, SqlSession
from tests.conftest import DEMO_YEAR

QUERY = re.compile(r"^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^\*\*(Warehouse|Warehouse, release)\.\*\* \S", re.MULTILINE)
LESS_IN_A_RELEASE = {"What changed in the questionnaire?"}
"""What counts over all questions gives less where only public ones are."""
IN_A_RELEASE = {"fct_figures": "figures", "fct_rankings": "rankings"}


@dataclass(frozen=True)
class Recipe:
    """A query of the page, where it says that it runs, and the result that it shows."""

    title: str
    mark: str
    query: str
    shown: str

    @property
    def query_of_release(self) -> str:
        """The query with the names that tables have in a release."""
        return re.sub("|".join(IN_A_RELEASE), lambda found: IN_A_RELEASE[found.group()], self.query)


def read_recipes(text: str) -> list[Recipe]:
    recipes = []
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title = part.partition("\n")[0]
        for query, shown in QUERY.findall(part):
            marks = MARK.findall(part)
            assert len(marks) == 1, f"{title}: say once where it runs"
            recipes.append(Recipe(title, marks[0], query, shown))
    return recipes


TEXT = (PAGES / "how-to" / "sql-cookbook.md").read_text(encoding="utf-8")
RECIPES = read_recipes(TEXT)
PUBLIC = [recipe for recipe in RECIPES if recipe.mark == "Warehouse, release"]


def title(recipe: Recipe) -> str:
    return recipe.title


def shown_cells(shown: str) -> list[list[str]]:
    """Column names and rows of a table as DuckDB prints it; the line of types below the names is left out."""
    lines = [line for line in shown.splitlines() if line.startswith("│")]
    names, _, *rows = ([cell.strip() for cell in line.strip("│").split("│")] for line in lines)
    return [names, *rows]


def printed(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def answer(database: Path, query: str) -> Answered:
    with SqlSession(database, DEMO_YEAR) as session:
        (answered,) = session.answer(query)
    assert answered.rows
    return answered


def cells_of(answered: Answered) -> list[Sequence[str]]:
    return [list(answered.columns), *([printed(value) for value in row] for row in answered.rows)]


def test_every_query_of_the_page_is_looked_at() -> None:
    assert len(RECIPES) == TEXT.count("```sql") >= 18
    assert [recipe.title for recipe in RECIPES if not recipe.shown] == []


@pytest.mark.parametrize("recipe", RECIPES, ids=title)
def test_a_query_gives_on_the_warehouse_what_the_page_shows(recipe: Recipe, demo_home: Home) -> None:
    assert cells_of(answer(demo_home.warehouse, recipe.query)) == shown_cells(recipe.shown)


@pytest.mark.parametrize("recipe", PUBLIC, ids=title)
def test_a_query_marked_so_runs_on_a_release_alone(recipe: Recipe, demo_release: Path) -> None:
    released = cells_of(answer(demo_release / "public" / f"kyogikai_{DEMO_YEAR}.duckdb", recipe.query_of_release))
    shown = shown_cells(recipe.shown)
    assert released[0] == shown[0]
    if recipe.title not in LESS_IN_A_RELEASE:
        assert released == shown


def test_what_is_marked_for_the_warehouse_alone_has_no_table_in_a_release(demo_release: Path) -> None:
    with SqlSession(demo_release / "public" / f"kyogikai_{DEMO_YEAR}.duckdb", DEMO_YEAR) as session:
        tables = set(session.tables())
    for recipe in set(RECIPES) - set(PUBLIC):
        used = set(re.findall(r"\b(?:from|join) (\w+)", recipe.query_of_release))
        assert used - tables, f"{recipe.title}: runs on a release too"


def test_a_query_without_a_mark_is_told() -> None:
    with pytest.raises(AssertionError, match="How many: say once where it runs"):
        read_recipes("### How many\n\nAll of them.\n\n```sql\nselect 1\n```\n")
