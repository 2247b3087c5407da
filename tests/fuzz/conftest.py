"""A form of the second survey with a few answers, and what reads it."""

from __future__ import annotations

import pytest

from schemas.survey import YearDeclarations
from tests.fuzz.examine import Examiner
from tests.fuzz.seeds import EMPTY, Seed
from tests.support.workbooks import evacuation_answers, write_workbook

CODE = "331007"


@pytest.fixture(scope="session")
def form(second_declarations: YearDeclarations) -> Seed:
    """A filled form of the second survey, by which the tests of the changes go."""
    municipality = next(m for m in second_declarations.municipalities if m.code == CODE)
    answers = evacuation_answers(second_declarations, municipality)
    return Seed(EMPTY, "岡山市.xlsx", write_workbook(second_declarations, CODE, answers))


@pytest.fixture(scope="session")
def examine(second_declarations: YearDeclarations, tmp_path_factory: pytest.TempPathFactory) -> Examiner:
    """Reads a file in an empty home."""
    homes = tmp_path_factory.mktemp("homes")
    (homes / EMPTY).mkdir()
    return Examiner(second_declarations, homes)
