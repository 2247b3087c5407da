"""The code location of a team that runs the second survey, in the home that the environment names."""

from __future__ import annotations

from pipeline.definitions import build_definitions
from pipeline.home import PROJECT_ROOT
from schemas.survey import Survey

defs = build_definitions(survey=Survey(PROJECT_ROOT / "tests" / "second_survey"))
