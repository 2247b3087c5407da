"""What the crosswalk says of a question that changed, and of one that only moved on with its year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from pipeline.home import PROJECT_ROOT
from schemas import crosswalk
from schemas.crosswalk import Crosswalk, CrosswalkError, QuestionLink, compare_questionnaires, compose
from schemas.labels import Label
from schemas.next_year import move_day
from schemas.questionnaire import Block, DeclaredChange, Option, Questionnaire
from schemas.survey import Survey

Model = TypeVar("Model", bound=BaseModel)
BEFORE, AFTER = (Survey(PROJECT_ROOT).load_year(year).questionnaire for year in (2023, 2024))
SINGLE, MULTIPLE, MATRIX, COUNT = "operation", "role", "wider_area_issue", "plenary_meeting_count"


def remade(model: Model, **values: Any) -> Model:
    """The model with other values, and nothing of what it had worked out before."""
    return type(model).model_construct(**{name: getattr(model, name) for name in type(model).model_fields} | values)


def blocks_with(questionnaire: Questionnaire, change: Callable[[Block], Block]) -> Questionnaire:
    sections = tuple(
        remade(section, blocks=tuple(change(block) for block in section.blocks)) for section in questionnaire.sections
    )
    return remade(questionnaire, sections=sections)


def altered(question_id: str, *, declared: DeclaredChange | None = None, **values: Any) -> Questionnaire:
    """The later questionnaire with other values of one question."""

    def change(block: Block) -> Block:
        questions = tuple(remade(q, **values) if q.id == question_id else q for q in block.questions)
        return remade(block, questions=questions)

    return remade(blocks_with(AFTER, change), changes=(declared,) if declared else ())


def link(after: Questionnaire, question_id: str, before: Questionnaire = BEFORE) -> QuestionLink:
    return compare_questionnaires(before, after).questions[question_id]


def option(code: str, label: str = "新しい選択肢") -> Option:
    return Option(code=code, label=Label(ja=label))


def merged(question_id: str, **merges: tuple[str, ...]) -> DeclaredChange:
    return DeclaredChange(since=2024, question=question_id, merges=merges)


def test_days_that_move_on_with_the_year_change_nothing() -> None:
    links = compare_questionnaires(BEFORE, AFTER).questions.values()
    assert {link.change for link in links} == {"same"}
    assert all(link.is_comparable for link in links)


@pytest.mark.parametrize("values", [{"label": Label(ja="別の文言")}, {"note": "別の注"}])
def test_another_wording_compares(values: dict[str, Any]) -> None:
    found = link(altered(SINGLE, **values), SINGLE)
    assert (found.change, found.is_comparable) == ("reworded", True)


def test_another_wording_of_an_option_compares() -> None:
    options = tuple(remade(o, label=Label(ja=f"{o.label.ja}で")) for o in AFTER.questions[SINGLE].options)
    found = link(altered(SINGLE, options=options), SINGLE)
    assert found.change == "reworded"
    assert {(o.change, o.reason) for o in found.options} == {("reworded", "")}


@dataclass(frozen=True)
class Redefinition:
    question: str
    values: dict[str, Any]
    reason: str


def exchanged(declared: DeclaredChange | None = None) -> QuestionLink:
    """The question after its first two options took each other's labels."""
    first, second, *others = AFTER.questions[SINGLE].options
    options = (remade(first, label=second.label), remade(second, label=first.label), *others)
    return link(altered(SINGLE, declared=declared, options=options), SINGLE)


def test_options_that_exchange_their_labels_do_not_compare() -> None:
    found = exchanged()
    assert found.change == "options_changed"
    reasons = [option.reason for option in found.options]
    assert reasons[:2] == [crosswalk.CODES_EXCHANGED] * 2
    assert not any(reasons[2:])


def test_what_an_option_with_another_ones_label_stands_for_can_be_declared() -> None:
    first, second, *_ = (option.code for option in AFTER.questions[SINGLE].options)
    found = exchanged(merged(SINGLE, **{first: (second,), second: (first,)}))
    assert [(o.sources, o.reason) for o in found.options[:2]] == [((second,), ""), ((first,), "")]


@pytest.mark.parametrize("case", [
    Redefinition(SINGLE, {"type": "multiple"}, crosswalk.TYPE_CHANGED),
    Redefinition(COUNT, {"unit": "時間"}, crosswalk.UNIT_CHANGED),
    Redefinition("council", {"register_kind": "core_center"}, crosswalk.REGISTER_CHANGED),
    Redefinition(SINGLE, {"asked_if": AFTER.questions["operator"].asked_if}, crosswalk.ASKED_CHANGED),
    Redefinition(COUNT, {"reference": "survey"}, crosswalk.REFERENCE_CHANGED),
    Redefinition("office_plan", {"reference": "2024-10-01"}, crosswalk.REFERENCE_CHANGED),
], ids=lambda case: case.reason)  # fmt: skip
def test_another_definition_breaks(case: Redefinition) -> None:
    found = link(altered(case.question, **case.values), case.question)
    assert (found.change, found.reasons, found.is_comparable) == ("redefined", (case.reason,), False)


def test_another_grain_or_another_one_who_answers_breaks() -> None:
    other = blocks_with(AFTER, lambda b: remade(b, grain="subcommittee") if b.id == "councils" else b)
    assert link(other, SINGLE).reasons == (crosswalk.GRAIN_CHANGED,)
    other = blocks_with(AFTER, lambda b: remade(b, only_secretariat=True) if b.id == "councils" else b)
    assert link(other, SINGLE).reasons == (crosswalk.SECRETARIAT_CHANGED,)


@given(days=st.integers(0, 60))
def test_a_day_may_move_by_a_month_and_no_more(days: int) -> None:
    moved = AFTER.questions["office_plan"].reference
    first = BEFORE.questions["office_plan"].reference
    assert (first[5:], moved[5:]) == ("04-01", "04-01")
    later = f"2024-{4 + (days + 1 > 30) + (days + 1 > 61):02}-{(days if days < 30 else days - 30 if days < 61 else 0) + 1:02}"
    is_break = bool(link(altered("office_plan", reference=later), "office_plan").reasons)
    # 2024 has the 29th of February, so that the first of April lies a day further from its new year.
    assert is_break == (days + 1 > crosswalk.TOLERATED_SHIFT)


def test_conditions_in_another_order_are_the_same() -> None:
    conditions = AFTER.questions["operator"].asked_if
    other = altered("operator", asked_if=tuple(remade(c, in_=c.in_[::-1]) for c in reversed(conditions)))
    assert link(other, "operator").change == "same"


def test_an_option_more_breaks_a_question_of_which_one_is_chosen() -> None:
    found = link(altered(SINGLE, options=(*AFTER.questions[SINGLE].options, option("new"))), SINGLE)
    assert (found.change, found.is_comparable) == ("options_changed", True)
    assert {o.code: o.reason for o in found.options} == {
        **dict.fromkeys(("direct", "outsourced", "direct_and_outsourced"), crosswalk.OPTIONS_CHANGED),
        "new": crosswalk.OPTION_ADDED,
    }


def test_an_option_more_leaves_the_others_of_many_but_what_remains() -> None:
    question = AFTER.questions[MULTIPLE]
    found = link(altered(MULTIPLE, options=(option("new"), *question.options[1:])), MULTIPLE)
    reasons = {o.code: (o.change, o.reason) for o in found.options}
    assert reasons.pop("new") == ("added", crosswalk.OPTION_ADDED)
    assert reasons.pop(question.options[0].code) == ("removed", crosswalk.OPTION_REMOVED)
    assert reasons.pop("other") == reasons.pop("none") == ("same", crosswalk.REMAINDER_CHANGED)
    assert set(reasons.values()) == {("same", "")}


def test_merged_options_stand_for_their_sum_where_one_is_chosen() -> None:
    options = (AFTER.questions[SINGLE].options[0], option("any_outsourced"))
    declared = merged(SINGLE, any_outsourced=("outsourced", "direct_and_outsourced"))
    found = link(altered(SINGLE, options=options, declared=declared), SINGLE)
    links = {o.code: o for o in found.options}
    assert set(links) == {"direct", "any_outsourced"}
    assert links["direct"].reason == links["any_outsourced"].reason == ""
    assert links["any_outsourced"].sources == ("outsourced", "direct_and_outsourced")
    assert links["any_outsourced"].before == "委託、直営・委託"


def test_a_sum_of_options_of_which_many_are_chosen_counts_twice() -> None:
    first, second, *rest = AFTER.questions[MULTIPLE].options
    several = link(
        altered(MULTIPLE, options=(option("both"), *rest), declared=merged(MULTIPLE, both=(first.code, second.code))),
        MULTIPLE,
    )
    assert {o.code: o.reason for o in several.options if o.code == "both"} == {"both": crosswalk.MERGED_MULTIPLE}
    one = link(
        altered(MULTIPLE, options=(option("renamed"), second, *rest), declared=merged(MULTIPLE, renamed=(first.code,))),
        MULTIPLE,
    )
    assert {o.reason for o in one.options} == {""}


def test_rows_of_a_matrix_are_merged_for_each_column() -> None:
    question = AFTER.questions[MATRIX]
    first, *rest = question.options
    declared = merged(MATRIX, renamed=(first.code,))
    found = link(altered(MATRIX, options=(option("renamed"), *rest), declared=declared), MATRIX)
    renamed = {o.code: o.sources for o in found.options if o.change == "merged"}
    assert renamed == {f"renamed.{c.code}": (f"{first.code}.{c.code}",) for c in question.columns}


def test_a_declared_break_holds_for_its_year_alone() -> None:
    def broken(since: int) -> QuestionLink:
        change = DeclaredChange(since=since, question=SINGLE, is_break=True, reason="設問の趣旨を改めたため")
        return link(altered(SINGLE, declared=change), SINGLE)

    assert broken(2024).reasons == ("設問の趣旨を改めたため",)
    assert broken(2023).change == "same"


def test_merges_of_what_was_never_there_are_refused() -> None:
    with pytest.raises(CrosswalkError, match="'never', which is no option of 2023"):
        link(altered(SINGLE, declared=merged(SINGLE, direct=("never",))), SINGLE)


MERGED = altered(
    SINGLE,
    options=(AFTER.questions[SINGLE].options[0], option("any_outsourced")),
    declared=merged(SINGLE, any_outsourced=("outsourced", "direct_and_outsourced")),
)


def after_that(like: Questionnaire, **values: Any) -> Questionnaire:
    """The questionnaire a year later, with its days moved on and no change declared."""
    moved = {"year": 2025, "reference_date": date(2025, 9, 30), "changes": ()}
    periods = tuple(remade(p, start=move_day(p.start, 1), end=move_day(p.end, 1)) for p in like.periods)
    later = remade(like, **moved, periods=periods, **values)

    def change(block: Block) -> Block:
        questions = tuple(remade(q, reference=q.reference.replace("2024-", "2025-")) for q in block.questions)
        return remade(block, questions=questions)

    return blocks_with(later, change)


def over_two(first: Questionnaire, second: Questionnaire) -> Crosswalk:
    return compose(compare_questionnaires(BEFORE, first), compare_questionnaires(first, second))


def test_nothing_that_changed_over_two_steps_is_the_same() -> None:
    assert {link.change for link in over_two(AFTER, after_that(AFTER)).questions.values()} == {"same"}


def test_a_break_of_a_step_is_a_break_over_both() -> None:
    change = DeclaredChange(since=2024, question=SINGLE, is_break=True, reason="設問の趣旨を改めたため")
    broken = altered(SINGLE, declared=change)
    assert over_two(broken, after_that(broken)).questions[SINGLE].reasons == ("設問の趣旨を改めたため",)


def test_options_are_followed_through_both_steps() -> None:
    found = over_two(MERGED, after_that(MERGED)).questions[SINGLE]
    links = {o.code: o for o in found.options}
    assert links["any_outsourced"].sources == ("outsourced", "direct_and_outsourced")
    assert (links["any_outsourced"].change, links["any_outsourced"].reason) == ("merged", "")
    assert links["direct"].change == "same"


def test_what_a_step_added_is_added_over_both() -> None:
    more = altered(MULTIPLE, options=(*AFTER.questions[MULTIPLE].options, option("new")))
    links = {o.code: o for o in over_two(more, after_that(more)).questions[MULTIPLE].options}
    assert (links["new"].change, links["new"].reason) == ("added", crosswalk.OPTION_ADDED)
    assert links["other"].reason == crosswalk.REMAINDER_CHANGED


def test_a_question_that_was_not_asked_in_between_does_not_compare() -> None:
    less = blocks_with(AFTER, lambda b: remade(b, questions=tuple(q for q in b.questions if q.id != SINGLE)))
    found = over_two(less, after_that(AFTER)).questions[SINGLE]
    assert (found.change, found.reasons) == ("redefined", (crosswalk.PAUSED,))
    assert over_two(less, after_that(less)).questions[SINGLE].change == "dropped"


def test_questions_come_and_go() -> None:
    less = blocks_with(AFTER, lambda b: remade(b, questions=tuple(q for q in b.questions if q.id != SINGLE)))
    assert link(less, SINGLE).change == "dropped"
    assert link(AFTER, SINGLE, before=less).change == "new"
    assert not link(less, SINGLE).is_comparable


@pytest.mark.parametrize("values", [{}, {"is_break": True}, {"is_break": True, "reason": "　"}])
def test_a_declared_change_says_something(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a change merges options|a break needs a reason"):
        DeclaredChange(since=2024, question=SINGLE, **values)
