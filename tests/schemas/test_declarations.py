"""The committed declarations of this survey: what they ask, count and compare, against what was published."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from schemas.figures import Figure
from schemas.labels import Examples
from schemas.questionnaire import Question
from schemas.survey import Survey, YearDeclarations

SURVEY = Survey(PROJECT_ROOT)
YEARS = {year: SURVEY.load_year(year) for year in SURVEY.years}
LAST = YEARS[2024]
EVERY_YEAR = pytest.mark.parametrize("declared", YEARS.values(), ids=map(str, YEARS))
PUBLISHED_FILE = Path(__file__).parents[1] / "data" / "published_figures_2024.csv"

COUNCIL_GRAIN = {f"A{number:02}" for number in (5, 6, 7, 8, 9, 10, 11, 13)}
CENTER_GRAIN = {f"E{number:02}" for number in range(2, 9)}
SUMS = {"A11", "A13", "D01", "D02", "D03", "D04", "D05"}
RATIOS = {"A12", "A14"}
OFFICES = {"D01", "D02", "D03", "D04", "D05"}

# Relations found in the published report that compare figures of one report.
JUDGED = {
    *(f"R{number:02}" for number in range(1, 9)),
    "R10", "R11", "R13", "R14", "R15", "R16", "R17", "R19", "R20", "R21", "R22", "R30", "R31", "R32", "R35",
    "R40", "R41", "R50", "R51", "R52", "R53", "R54",
}  # fmt: skip
# Look like rules and are none: figures that happen to be equal or ordered, and totals that nobody may form.
NO_RULES = {"R55", "R56", "R57", "R58", "R59", "R60", "R61"}


def published() -> dict[str, tuple[int | float, str]]:
    """The printed value and unit word of each published id."""
    with PUBLISHED_FILE.open(encoding="utf-8", newline="") as file:
        return {row["published_id"]: (float(row["figure"]), row["unit"]) for row in csv.DictReader(file)}


PUBLISHED = published()


def figure_of(published_id: str) -> Figure:
    figure = LAST.figure(published_id)
    assert figure is not None, published_id
    return figure


def grain_of(published_id: str) -> str:
    """What the published figure counts or sums over."""
    if published_id in COUNCIL_GRAIN:
        return "council"
    return "core_center" if published_id in CENTER_GRAIN else "municipality"


# Figures


def test_all_published_numbers_are_listed() -> None:
    series = Counter(published_id[0] for published_id in PUBLISHED)
    assert series == {"A": 14, "B": 30, "C": 10, "D": 17, "E": 9, "G": 3}


def test_each_published_figure_is_declared_exactly_once() -> None:
    declared = Counter(figure.published_id for figure in LAST.figures.values() if figure.published_id)
    assert declared == Counter(list(PUBLISHED))


@pytest.mark.parametrize("published_id", sorted(set(PUBLISHED) - RATIOS))
def test_a_published_figure_has_the_grain_and_operation_that_its_number_implies(published_id: str) -> None:
    figure = figure_of(published_id)
    assert figure.grain == grain_of(published_id)
    assert figure.operation == ("sum" if published_id in SUMS else "count")


@pytest.mark.parametrize("published_id", sorted(RATIOS))
def test_an_average_is_over_councils_rounded_half_up_to_one_digit(published_id: str) -> None:
    figure = figure_of(published_id)
    assert figure.operation == "ratio"
    assert figure.denominator == figure_of("A05").id
    assert figure.numerator == figure_of({"A12": "A11", "A14": "A13"}[published_id]).id
    assert (figure.rounding.mode, figure.rounding.digits) == ("half_up", 1)


@pytest.mark.parametrize("published_id", sorted(PUBLISHED))
def test_the_unit_is_a_word_of_kinds_exactly_where_municipalities_are_counted(published_id: str) -> None:
    _, word = PUBLISHED[published_id]
    unit = LAST.units[figure_of(published_id).unit]
    counts_municipalities = set(word) <= set("市町村") and word != ""
    assert unit.is_kind_word is counts_municipalities
    if not counts_municipalities:
        assert unit.label.ja == (word or unit.label.ja)


def test_published_figures_stand_in_the_order_of_the_report() -> None:
    families: dict[str, list[str]] = {}
    for figure in LAST.figures.values():
        if figure.published_id:
            families.setdefault(figure.family, []).append(figure.published_id)
    firsts = [members[0] for members in families.values()]
    assert firsts == sorted(firsts)
    assert all(members == sorted(members) for members in families.values())


@pytest.mark.parametrize("published_id", sorted(PUBLISHED))
def test_a_published_figure_has_the_reference_that_the_report_names(published_id: str) -> None:
    expected = "2024-09-30"
    if published_id in ("A11", "A12"):
        expected = "2023-04-01/2024-09-30"
    elif published_id in OFFICES:
        expected = "2024-04-01"
    assert figure_of(published_id).reference == expected


def test_each_list_of_frequent_answers_has_as_many_places_as_were_printed() -> None:
    tops = {figure.id: figure.top for figure in LAST.figures.values() if figure.operation == "ranking"}
    assert tops == {
        "agenda_topic_ranking": 5, "role_ranking": 4, "identification_method_ranking": 4,
        "hard_case_review_ranking": 3, "effort_ranking": 4, "wider_area_ranking": 4, "core_center_function_ranking": 7,
    }  # fmt: skip


@pytest.mark.parametrize("ranking", [f for f in LAST.figures.values() if f.operation == "ranking"], ids=lambda f: f.id)
def test_a_ranking_names_neither_other_nor_none_and_ties_fall_to_the_printed_order(ranking: Figure) -> None:
    candidates = [LAST.figures[name] for name in ranking.candidates]
    assert not any(candidate.is_other for candidate in candidates)
    printed = [n for n, candidate in enumerate(candidates) if candidate.published_id]
    assert printed == list(range(len(printed)))


@EVERY_YEAR
def test_every_year_declares_the_same_figures(declared: YearDeclarations) -> None:
    assert list(declared.figures) == list(LAST.figures)


# The questionnaire


def asked(declared: YearDeclarations) -> list[Question]:
    return list(declared.questionnaire.questions.values())


@EVERY_YEAR
def test_contact_data_and_free_text_are_internal(declared: YearDeclarations) -> None:
    texts = [question for question in asked(declared) if question.type == "text"]
    assert {"respondent_department", "respondent_name", "respondent_phone", "respondent_email"} <= {q.id for q in texts}
    assert {question.disclosure for question in texts} == {"internal"}


@EVERY_YEAR
def test_every_multiple_answer_question_ends_with_none(declared: YearDeclarations) -> None:
    for question in asked(declared):
        if question.is_multiple:
            assert [option.is_none for option in question.options] == [False] * (len(question.options) - 1) + [True]


@EVERY_YEAR
def test_no_wording_stands_for_two_options(declared: YearDeclarations) -> None:
    for question in asked(declared):
        wordings = Counter(word for option in question.options for word in (option.label.ja, *option.aliases))
        assert max(wordings.values(), default=1) == 1, question.id


def test_the_printed_typing_error_is_an_alias_and_no_label() -> None:
    method = LAST.questionnaire.questions["identification_method"]
    (meetings,) = (option for option in method.options if option.code == "meetings")
    assert meetings.label.ja == "全体会・専門部会・各種連絡会等"
    assert meetings.aliases == ("全体会・専門部会・各種連絡会等各種連絡会等",)


@EVERY_YEAR
def test_tables_hold_more_rows_than_any_municipality_needs(declared: YearDeclarations) -> None:
    capacity = {block.id: block.capacity for block in declared.questionnaire.blocks if block.is_table}
    assert capacity["core_centers"] >= 12
    assert capacity["subcommittees"] >= 30
    assert all(block.continuation > 0 for block in declared.questionnaire.blocks if block.is_table)


@EVERY_YEAR
def test_entities_are_identified_by_the_register_of_their_grain(declared: YearDeclarations) -> None:
    kinds = {grain.id: grain.register_kind for grain in declared.questionnaire.grains}
    for block in declared.questionnaire.blocks:
        if block.identity:
            assert declared.questionnaire.questions[block.identity].register_kind == kinds[block.grain]


@EVERY_YEAR
def test_dates_follow_the_year(declared: YearDeclarations) -> None:
    questionnaire = declared.questionnaire
    day = questionnaire.reference_date
    assert (day.year, day.month, day.day) == (declared.year, 9, 30)
    assert questionnaire.calendar.forms_out > day
    (period,) = questionnaire.periods
    assert (period.start, period.end) == (day.replace(year=declared.year - 1, month=4, day=1), day)
    offices = {q.reference for q in asked(declared) if q.id.startswith("office_")}
    assert offices == {f"{declared.year}-04-01"}
    era = str.maketrans("0123456789", "０１２３４５６７８９")
    assert questionnaire.baseline.ja == f"令和{declared.year - 2020}年度".translate(era)
    assert questionnaire.version.startswith(str(declared.year))


def test_years_differ_in_wording_only_where_dates_stand() -> None:
    labels = [{question.id: question.label.ja for question in asked(declared)} for declared in YEARS.values()]
    assert all(one == labels[0] for one in labels)


# Rules and relations


@EVERY_YEAR
def test_every_rule_and_relation_shows_four_cases_that_differ(declared: YearDeclarations) -> None:
    for owner in (*declared.rules, *declared.relations):
        cases = [values for values, _ in owner.examples.cases().values()]
        assert all(cases), owner.id
        assert len({str(sorted(values.items(), key=str)) for values in cases}) == 4, owner.id
        assert has_unknown(owner.examples), owner.id


def has_unknown(examples: Examples) -> bool:
    """The unverifiable case, and it alone, misses a value."""
    others = (examples.pass_, examples.fail, examples.boundary)
    return None in examples.unverifiable.values() and not any(None in case.values() for case in others)


@EVERY_YEAR
def test_no_two_rules_or_relations_tell_the_reader_the_same(declared: YearDeclarations) -> None:
    for owners in (declared.rules, declared.relations):
        assert max(Counter(owner.id for owner in owners).values()) == 1
        assert max(Counter(owner.statement.ja for owner in owners).values()) == 1


@pytest.mark.parametrize("rule", LAST.rules, ids=lambda rule: rule.id)
def test_a_rules_message_names_only_what_the_rule_knows(rule) -> None:  # type: ignore[no-untyped-def]
    assert set(re.findall(r"\{(\w+)\}", rule.message)) <= set(rule.examples.pass_)
    assert rule.message.endswith("。")


def test_the_relations_of_the_published_report_are_declared() -> None:
    declared = {name for relation in LAST.relations for name in relation.published}
    assert declared == JUDGED
    assert not declared & NO_RULES


def test_every_partition_of_the_municipalities_is_judged_for_each_kind() -> None:
    partitions = {relation.id for relation in LAST.relations if "R07" in relation.published}
    assert len(partitions) == 6
    kinds = {m.kind for m in LAST.municipalities}
    rows = Counter(row.relation_id for row in LAST.relation_rows if row.relation_id in partitions)
    assert set(rows.values()) == {1 + len(kinds)}


def test_the_unit_word_of_every_published_count_of_municipalities_is_judged() -> None:
    (words,) = (relation for relation in LAST.relations if relation.kind == "unit_word")
    counts = [f.id for f in LAST.figures.values() if f.published_id and LAST.units[f.unit].is_kind_word]
    assert list(words.figures) == counts


def test_office_counts_overlap_and_are_never_added() -> None:
    offices = {figure_of(published_id).id for published_id in OFFICES}
    for row in LAST.relation_rows:
        assert len(offices & {term.figure for term in (*row.left, *row.right)}) <= 1


def test_kinds_of_establishment_add_up_to_the_roster_at_both_levels() -> None:
    (rule,) = (rule for rule in LAST.rules if rule.kind == "set_total")
    question = LAST.questionnaire.questions[rule.question or ""]
    assert set(rule.options) == {option.code for option in question.options}
    (relation,) = (relation for relation in LAST.relations if relation.id == "establishment-partition")
    assert {term.figure for term in relation.left} == {f"establishment.{option}" for option in rule.options}


def test_members_of_a_shared_entity_must_agree_on_what_is_published_of_it() -> None:
    agreed = {rule.question for rule in LAST.rules if rule.kind == "agreement"}
    for block in LAST.questionnaire.blocks:
        if block.identity:
            counted = {f.question for f in LAST.figures.values() if f.grain == block.grain and f.published_id}
            assert counted - {block.identity} <= agreed


def test_change_against_the_last_release_only_warns() -> None:
    yearly = [owner for owner in (*LAST.relations, *LAST.rules) if owner.kind in ("change", "previous")]
    assert yearly
    assert {owner.severity for owner in yearly} == {"warning"}
