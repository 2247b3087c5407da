"""Twenty municipalities of the product's own survey that answered all questions outside tables, in two years."""

from __future__ import annotations

import pytest

from pipeline.home import PROJECT_ROOT
from schemas.survey import Survey, YearDeclarations
from tests.support.together import Year, invent, later


@pytest.fixture(scope="session")
def declared() -> YearDeclarations:
    """The declarations of 2024; the year before asks the same in these tests."""
    return Survey(PROJECT_ROOT).load_year(2024)


@pytest.fixture(scope="session")
def codes(declared: YearDeclarations) -> list[str]:
    """The first twenty municipalities of the roster."""
    return [municipality.code for municipality in declared.municipalities][:20]


@pytest.fixture
def before(declared: YearDeclarations, codes: list[str]) -> Year:
    """What they answered last year."""
    return invent(declared, codes)


@pytest.fixture
def now(declared: YearDeclarations, before: Year) -> Year:
    """What they answer this year: something is another answer in every return."""
    return later(declared, before)
