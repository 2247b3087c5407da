"""The second survey in two years, clean, as mutants are made from it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest

from pipeline.collect.collect import collect
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.tables import save
from schemas.survey import Survey, YearDeclarations
from tests.mutation.operators import Year
from tests.mutation.run import judged, sharing, year_of
from tests.support.judging import put_returns
from tests.support.two_years import FIRST, SECOND


@dataclass(frozen=True)
class Clean:
    """A home with two clean years, what the rules say of the second one, and who shares an entity with whom."""

    home: Home
    declarations: YearDeclarations
    year: Year
    found: tuple[pl.DataFrame, pl.DataFrame]
    groups: dict[str, frozenset[str]]


@pytest.fixture(scope="package")
def clean(two_years: Survey, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Tests may judge mutants in it: every batch is read from the archive anew."""
    home = Home(tmp_path_factory.mktemp("mutation") / "home")
    for number in (FIRST, SECOND):
        declarations = two_years.load_year(number)
        put_returns(home, declarations, {})
        collect(home, declarations)
        save(home, number, read_returns(home, declarations))
    year = year_of(home, declarations, two_years.load_year(FIRST))
    return Clean(home, declarations, year, judged(home, declarations), sharing(declarations))
