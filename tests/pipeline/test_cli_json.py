"""The JSON that commands print is documented and stable: exactly these keys, and nothing beside the JSON on stdout."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR, SECOND_YEAR
from tests.support.command import kyogikai

FIGURE_KEYS = {
    "figure_id", "published_id", "value", "display", "unit", "section", "label", "numerator", "denominator",
    "rounding", "reference",
}  # fmt: skip
FINDING_KEYS = {
    "finding_id", "rule_id", "level", "severity", "verdict", "municipality_code", "question_id", "cells", "message",
    "figure_id", "effect", "follows_from", "waiver_id", "waiver_key",
}  # fmt: skip
STATUS_KEYS = {
    "municipality_code", "name", "state", "received_at", "file_name", "sha256", "evidence", "return_count", "days_late",
    "error_count", "warning_count", "open_query_count", "history",
}  # fmt: skip
TRACE_KEYS = {
    "year", "analysis", "method", "groups", "raw_value", "formatted_value", "unit", "recomputed_raw_value",
    "recomputed_formatted_value", "entities", "unused_cells", "terms",
}  # fmt: skip
ANSWER_KEY_KEYS = {"error_id", "kind", "municipality_code", "question_id", "cells", "rule_ids"}
DIFF_KEYS = {
    "": {"before", "after", "questions", "figures", "dropped_figures"},
    "questions": {"question_id", "change", "label_before", "label_after", "is_comparable", "reasons", "options"},
    "options": {"option_code", "change", "label_before", "label_after", "sources", "reason"},
    "figures": {"figure_id", "label", "sources", "reason"},
}
PUBLISHED = Path(__file__).parents[1] / "data" / "published_figures_2024.csv"


def test_figures_are_objects_with_the_documented_keys(demo_home: Home) -> None:
    rows = kyogikai("figures", DEMO_YEAR, "--json", home=demo_home.root).json
    assert all(set(row) == FIGURE_KEYS for row in rows)
    by_id = {row["figure_id"]: row for row in rows}
    assert len(by_id) == len(rows)
    council = by_id["council.all"]
    assert (council["published_id"], council["value"], council["display"]) == ("A05", 37, "37")
    ratio = next(row for row in rows if row["published_id"] == "A12")
    assert (ratio["numerator"], ratio["denominator"], ratio["display"], ratio["rounding"]) == (
        180,
        37,
        "4.9",
        "half_up:1",
    )
    assert ratio["reference"] == "2023-04-01/2024-09-30"
    assert all(isinstance(row["display"], str) and isinstance(row["label"], str) for row in rows)


def test_every_published_figure_has_its_published_id(demo_home: Home) -> None:
    published = {row["published_id"] for row in csv.DictReader(PUBLISHED.read_text(encoding="utf-8").splitlines())}
    rows = kyogikai("figures", DEMO_YEAR, "--json", home=demo_home.root).json
    assert {row["published_id"] for row in rows if row["published_id"]} == published


def test_either_id_is_traced(demo_home: Home) -> None:
    by_published = kyogikai("trace", DEMO_YEAR, "A05", "--json", home=demo_home.root).json
    by_word = kyogikai("trace", DEMO_YEAR, "council.all", "--json", home=demo_home.root).json
    assert by_published == by_word
    assert set(by_word) == TRACE_KEYS
    analysis, method = by_word["analysis"], by_word["method"]
    assert (analysis["figure_id"], analysis["published_id"], by_word["raw_value"]) == ("council.all", "A05", 37)
    assert (method["operation"], method["rounding"], by_word["formatted_value"]) == ("count", "half_up:0", "37")
    assert by_word["groups"] == [{"reason": "counted", "entity_count": 37, "value": 37}]


def test_the_table_shows_whole_ids_that_can_be_pasted_into_a_trace(demo_home: Home) -> None:
    rows = kyogikai("figures", DEMO_YEAR, "--json", home=demo_home.root).json
    table = kyogikai("figures", DEMO_YEAR, home=demo_home.root)
    lines = table.out.splitlines()[1:]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line.split("\t")[0] == row["figure_id"]
    assert table.err == f"{len(rows)} rows\n"


def test_status_is_one_object_a_municipality(demo_home: Home) -> None:
    rows = kyogikai("status", DEMO_YEAR, "--json", home=demo_home.root).json
    assert len({row["municipality_code"] for row in rows}) == len(rows) == 63
    assert all(set(row) == STATUS_KEYS for row in rows)
    assert {row["state"] for row in rows} == {"agreed", "received"}


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory, second_survey: Survey) -> Home:
    """A home with seeded errors, as far as the findings."""
    from pipeline.collect.collect import collect
    from pipeline.read.read import read_returns
    from pipeline.tables import save
    from pipeline.validate.validate import validate_returns

    home = Home(tmp_path_factory.mktemp("errors") / "home")
    called = kyogikai("demo", "--errors", "--year", SECOND_YEAR, home=home.root, survey=second_survey.root)
    assert called.code == 0
    declarations = second_survey.load_year(SECOND_YEAR)
    collect(home, declarations)
    save(home, SECOND_YEAR, read_returns(home, declarations))
    save(home, SECOND_YEAR, validate_returns(home, declarations))
    return home


def test_findings_are_objects_with_the_documented_keys(mistaken: Home, second_survey: Survey) -> None:
    called = kyogikai("findings", SECOND_YEAR, "--json", home=mistaken.root, survey=second_survey.root)
    rows = called.json
    assert called.code == 1
    assert all(set(row) == FINDING_KEYS for row in rows)
    assert len({row["finding_id"] for row in rows}) == len(rows)
    assert {row["severity"] for row in rows} <= {"error", "warning", "info"}
    assert {row["verdict"] for row in rows} <= {"fail", "unverifiable"}
    assert {row["level"] for row in rows} <= {0, 1, 2, 3}
    assert all(isinstance(row["cells"], list) for row in rows)
    severities = [row["severity"] for row in rows]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_no_finding_is_an_empty_list_and_no_reason_to_stop(finished_home: Home, second_survey: Survey) -> None:
    called = kyogikai("findings", SECOND_YEAR, "--json", home=finished_home.root, survey=second_survey.root)
    assert (called.code, called.json, called.err) == (0, [], "")


def test_the_answer_key_is_a_list_with_the_documented_keys(mistaken: Home, second_survey: Survey) -> None:
    (file,) = mistaken.root.glob("answer*.json")
    key = json.loads(file.read_text(encoding="utf-8"))
    assert key
    assert all(set(error) == ANSWER_KEY_KEYS for error in key)
    assert all(error["rule_ids"] and isinstance(error["cells"], list) for error in key)


@pytest.mark.parametrize("years", [(2023, 2024), (2024, 2023)])
def test_a_comparison_of_questionnaires_is_one_object_the_earlier_year_first(years: tuple[int, int]) -> None:
    found = kyogikai("questionnaire", "diff", *years, "--json").json
    assert (found["before"], found["after"]) == (2023, 2024)
    assert set(found) == DIFF_KEYS[""]
    options = [option for question in found["questions"] for option in question["options"]]
    for name, rows in {"questions": found["questions"], "options": options, "figures": found["figures"]}.items():
        assert rows
        assert all(set(row) == DIFF_KEYS[name] for row in rows)
