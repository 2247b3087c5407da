"""Both surveys with a warehouse without any return: enough to know every model's columns and their types."""

from __future__ import annotations

import pytest

from docs.dbt_site import build_without_returns
from pipeline.home import PROJECT_ROOT, Home
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR, SECOND_YEAR


@pytest.fixture(scope="session")
def own_survey() -> Survey:
    """The survey that the product is made for."""
    return Survey(PROJECT_ROOT)


@pytest.fixture(scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory, own_survey: Survey) -> Home:
    """A home of the product's own survey. Tests must not change its tables."""
    return build_without_returns(Home(tmp_path_factory.mktemp("own")), own_survey, DEMO_YEAR)


@pytest.fixture(scope="session")
def second_home(tmp_path_factory: pytest.TempPathFactory, second_survey: Survey) -> Home:
    """A home of the second survey. Tests must not change its tables."""
    return build_without_returns(Home(tmp_path_factory.mktemp("second")), second_survey, SECOND_YEAR)
