"""Tables between the stages: what another release of the product wrote in another shape counts as not written."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.audit.listing import list_findings
from pipeline.home import Home
from pipeline.run import open_run, run_year
from pipeline.tables import is_written, load
from pipeline.warehouse.build import years_at_hand
from schemas.errors import InputError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR


def reshape(home: Home, name: str) -> None:
    """Leave the table as an earlier release might have: with a column less."""
    path = home.work(YEAR) / f"{name}.parquet"
    table = pl.read_parquet(path)
    table.drop(table.columns[-1]).write_parquet(path)


def test_a_table_in_todays_shape_is_written(ready: Home, second_survey: Survey) -> None:
    assert is_written(ready, YEAR, "answers")
    assert years_at_hand(ready, second_survey) == [YEAR]
    assert not is_written(ready, YEAR + 1, "answers")


def test_a_year_in_another_shape_is_read_again_by_the_next_run(ready: Home, second_survey: Survey) -> None:
    before = load(ready, YEAR, "answers")
    reshape(ready, "answers")
    assert load(ready, YEAR, "answers").is_empty()
    assert years_at_hand(ready, second_survey) == []
    (ready.gate(YEAR) / "gate.json").unlink()
    assert run_year(open_run(ready, second_survey, YEAR))["verdict"] == "passed"
    assert load(ready, YEAR, "answers").equals(before)


def test_findings_in_another_shape_are_no_clean_year(ready: Home) -> None:
    reshape(ready, "findings")
    with pytest.raises(InputError, match="year-not-run"):
        list_findings(ready, YEAR)
