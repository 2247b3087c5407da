"""The published warehouse is the years' files put together, whichever of them have changed since."""

from __future__ import annotations

import json
import shutil
from typing import Any

import duckdb
import pytest

from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.warehouse.compose import publish_warehouse, put_together
from tests.conftest import SECOND_YEAR as YEAR

EARLIER = YEAR - 1


@pytest.fixture
def two_years(ready: Home) -> Home:
    """A home with a file of the year before as well: the same rows under that year."""
    shutil.copytree(ready.year_build(YEAR), ready.year_build(EARLIER))
    change(ready, EARLIER, *(f"update {table} set year = {EARLIER}" for table in tables(ready)))
    publish_warehouse(ready, put_together(ready, [EARLIER, YEAR]))
    return ready


def tables(home: Home) -> list[str]:
    with duckdb.connect(str(home.year_warehouse(YEAR)), read_only=True) as connection:
        return [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]


def change(home: Home, year: int, *sql: str) -> None:
    """Change a year's file as a build would, which says what it has built."""
    with duckdb.connect(str(home.year_warehouse(year))) as connection:
        for statement in sql:
            connection.execute(statement)
    built = json.loads(home.built_from(year).read_bytes())
    home.built_from(year).write_text(json.dumps(built | {"file": sha256_file(home.year_warehouse(year))}))


def content(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table and view of the published warehouse, in a total order."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()]
        return {name: connection.execute(f'select * from "{name}" order by all').fetchall() for name in sorted(names)}


def years_of(home: Home, table: str = "stg_answers") -> set[int]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return {year for (year,) in connection.execute(f"select distinct year from {table}").fetchall()}


def composed_anew(home: Home, years: list[int]) -> dict[str, list[tuple[Any, ...]]]:
    home.warehouse.with_suffix(".composed.json").unlink()
    publish_warehouse(home, put_together(home, years))
    return content(home)


def test_every_table_has_the_rows_of_all_years_and_its_comment(two_years: Home) -> None:
    assert years_of(two_years) == {EARLIER, YEAR}
    with duckdb.connect(str(two_years.warehouse), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from duckdb_views() where starts_with(view_name, 'raw_')"
        ).fetchone() == (0,)
        uncommented = "select table_name from duckdb_tables() where comment is null and table_name not like 'quality_%'"
        assert connection.execute(uncommented).fetchall() == []


def test_a_year_that_changed_takes_the_place_of_what_it_was(two_years: Home) -> None:
    before = content(two_years)
    change(two_years, EARLIER, "update fct_figures set display = 'X' where figure_id = 'plans.total'")
    publish_warehouse(two_years, put_together(two_years, [EARLIER, YEAR]))
    after = content(two_years)
    assert {name for name in after if after[name] != before[name]} == {"fct_figures"}
    assert set(before["fct_figures"]) - set(after["fct_figures"]) != set()
    assert after == composed_anew(two_years, [EARLIER, YEAR])


def test_the_same_year_changed_again_and_again_leaves_nothing_behind(two_years: Home) -> None:
    for turn in range(3):
        change(two_years, YEAR, f"update fct_figures set display = '{turn}'")
        publish_warehouse(two_years, put_together(two_years, [EARLIER, YEAR]))
    assert content(two_years) == composed_anew(two_years, [EARLIER, YEAR])


def test_a_year_that_is_no_longer_at_hand_goes(two_years: Home) -> None:
    publish_warehouse(two_years, put_together(two_years, [YEAR]))
    assert years_of(two_years) == {YEAR}
    assert content(two_years) == composed_anew(two_years, [YEAR])


@pytest.mark.parametrize("damage", ["file", "note"])
def test_a_published_file_that_is_not_what_was_published_is_not_built_upon(two_years: Home, damage: str) -> None:
    before = content(two_years)
    if damage == "file":
        with duckdb.connect(str(two_years.warehouse)) as connection:
            connection.execute("delete from stg_answers")
    else:
        two_years.warehouse.with_suffix(".composed.json").write_text("{")
    publish_warehouse(two_years, put_together(two_years, [EARLIER, YEAR]))
    assert content(two_years) == before


def test_years_of_different_models_are_not_put_together(two_years: Home) -> None:
    built = json.loads(two_years.built_from(EARLIER).read_bytes())
    two_years.built_from(EARLIER).write_text(json.dumps(built | {"models": "others"}))
    with pytest.raises(ValueError, match="same models"):
        publish_warehouse(two_years, put_together(two_years, [EARLIER, YEAR]))


def test_without_a_year_there_is_nothing_to_publish(ready: Home) -> None:
    with pytest.raises(ValueError, match="no year"):
        publish_warehouse(ready, put_together(ready, []))
