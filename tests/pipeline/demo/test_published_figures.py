"""The demo of 2024 gives every published figure, counted here straight from the answers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.demo.fills import Fills, codes_of
from pipeline.demo.years import DemoYears
from pipeline.home import PROJECT_ROOT
from schemas.survey import Survey, YearDeclarations
from tests.pipeline.demo.counting import figure_value, ranking, unit_word

YEAR = 2024
PUBLISHED = Path(__file__).parents[2] / "data" / "published_figures_2024.csv"
# The printed means do not follow from the printed terms; ours do.
MEANS = {"A12": ("A11", "4.9"), "A14": ("A13", "7.2")}
TOP = {
    "agenda_topic_ranking": ["B01", "B02", "B03", "B04", "B05"],
    "role_ranking": ["B06", "B07", "B08", "B09"],
    "identification_method_ranking": ["B12", "B13", "B14", "B15"],
    "hard_case_review_ranking": ["B16", "B17", "B18"],
    "effort_ranking": ["B19", "B20", "B21", "B22"],
}
VILLAGE = "113697"


def published() -> list[dict[str, str]]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def demo() -> DemoYears:
    return DemoYears(Survey(PROJECT_ROOT))


@pytest.fixture(scope="module")
def declarations(demo: DemoYears) -> YearDeclarations:
    return demo.declarations(YEAR)


@pytest.fixture(scope="module")
def fills(demo: DemoYears) -> Fills:
    return demo.fills(YEAR)


@pytest.mark.parametrize("row", published(), ids=lambda row: row["published_id"])
def test_every_published_figure_comes_out_with_its_word(
    row: dict[str, str], declarations: YearDeclarations, fills: Fills
) -> None:
    figure = declarations.figure(row["published_id"])
    assert figure is not None
    if row["published_id"] in MEANS:
        total, mean = MEANS[row["published_id"]]
        terms = [declarations.figure(total), declarations.figure("A05")]
        top, bottom = (figure_value(declarations, fills, term) for term in terms if term)
        assert f"{int(top * 10 / bottom + 0.5) / 10}" == mean
        return
    assert str(figure_value(declarations, fills, figure)) == row["figure"]
    if declarations.units[figure.unit].is_kind_word:
        assert unit_word(declarations, fills, figure) == row["unit"]


@pytest.mark.parametrize("name", sorted(TOP))
def test_rankings_print_the_published_options_in_the_published_order(
    name: str, declarations: YearDeclarations, fills: Fills
) -> None:
    printed = ranking(declarations, fills, declarations.figures[name])
    assert [declarations.figures[candidate].published_id for candidate in printed] == TOP[name]


def test_wider_area_issues_are_ranked_by_their_sums(declarations: YearDeclarations, fills: Fills) -> None:
    printed = ranking(declarations, fills, declarations.figures["wider_area_ranking"])
    assert [name.split(".")[-1] for name in printed] == [
        "workforce", "social_resources", "medical_care", "consultation",
    ]  # fmt: skip
    values = [figure_value(declarations, fills, declarations.figures[name]) for name in printed]
    assert values == [54, 47, 42, 39]


def test_the_village_takes_up_surveyed_cases_without_naming_surveys_as_a_method(fills: Fills) -> None:
    assert "from_survey" in codes_of(fills[VILLAGE].answer("activity_answers", "hard_case_review"))
    assert "survey" not in codes_of(fills[VILLAGE].answer("activity_answers", "identification_method"))


def test_states_are_those_of_the_register(declarations: YearDeclarations, fills: Fills) -> None:
    on = declarations.questionnaire.reference_date
    for code, fill in fills.items():
        for block, question, kind in (
            ("core_center_status", "core_center_state", "core_center"),
            ("support_base", "support_base_state", "support_base"),
        ):
            is_member = bool(declarations.reference.entities_of(code, kind, on))
            assert (fill.answer(block, question) == "in_place") == is_member


@pytest.mark.parametrize(("earlier", "later"), [(2022, 2023), (2023, 2024)])
def test_years_lie_near_one_another_and_yet_change(demo: DemoYears, earlier: int, later: int) -> None:
    before, after = demo.fills(earlier), demo.fills(later)
    declarations = demo.declarations(later)
    questions = [q for q in declarations.questionnaire.questions.values() if q.type == "single"]
    pairs = [
        (before[code].answer(block.id, q.id), after[code].answer(block.id, q.id))
        for q in questions
        for block in [declarations.questionnaire.block_of[q.id]]
        if not block.is_table
        for code in after
    ]
    same = sum(left == right for left, right in pairs) / len(pairs)
    assert 0.85 < same < 0.99
    for name in ("core_center.all", "support_base_state.in_place", "offices.plan", "offices.children"):
        values = [
            figure_value(demo.declarations(year), demo.fills(year), declarations.figures[name])
            for year in (earlier, later)
        ]
        assert values[0] < values[1]


def test_a_council_was_not_established_yet_in_the_first_year(demo: DemoYears) -> None:
    figure = demo.declarations(2022).figures["establishment.not_established"]
    assert [figure_value(demo.declarations(y), demo.fills(y), figure) for y in (2022, 2023, 2024)] == [1, 0, 0]


def test_contacts_are_clearly_invented(declarations: YearDeclarations, fills: Fills) -> None:
    for fill in fills.values():
        row = fill.rows["respondent"][0].answers
        assert "example.jp" in str(row["respondent_email"])
        assert set("123456789") & set(str(row["respondent_phone"])) == set()
        assert str(row["respondent_name"]).startswith(("見本", "例示", "記入例"))
        councils = [r for r in fill.rows["councils"] if "operator" in r.answers]
        assert all("架空" in str(council.answers["operator"]) for council in councils)
    assert set(fills) == {m.code for m in declarations.municipalities}
