"""Rows beside the register and one another: of which kind, of what is listed, and listed by whom."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.tables import TABLES
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.places import CellPlaces
from pipeline.validate.register_rows import judge_register_rows
from schemas.questionnaire import NOT_LISTED
from schemas.questionnaire_faults import questionnaire_faults
from schemas.survey import Survey, YearDeclarations

YEAR = 2024
KIND, POINTED, SECRETARIAT = (
    "registered.council_kind",
    "pointed.subcommittee_council",
    "secretariat.subcommittee_council",
)
Answer = tuple[str, str, int, str | None]
"""Municipality, question, row, and the answer; None where it is unreadable."""


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(YEAR)


@pytest.fixture(scope="module")
def joint(declarations: YearDeclarations) -> tuple[str, str, str]:
    """A shared council, its secretariat, and another member."""
    on = declarations.questionnaire.reference_date
    entity = next(e for e in declarations.reference.entities("council", on) if e.kind == "joint")
    members = [member.code for member in declarations.reference.members(entity.entity_id, on)]
    return entity.entity_id, entity.secretariat_code, next(code for code in members if code != entity.secretariat_code)


@pytest.fixture(scope="module")
def own(declarations: YearDeclarations) -> tuple[str, str]:
    """A council of one municipality, and that."""
    on = declarations.questionnaire.reference_date
    entity = next(e for e in declarations.reference.entities("council", on) if e.kind == "single")
    return entity.entity_id, entity.secretariat_code


def judged(declarations: YearDeclarations, *answers: Answer) -> tuple[list[tuple[str, str]], dict[str, dict[str, Any]]]:
    rows = []
    for number, (code, question, row_no, value) in enumerate(answers):
        is_read = value is not None
        rows.append({
            "year": YEAR, "answer_id": str(number), "municipality_code": code, "question_id": question,
            "row_no": row_no, "option_code": "", "status": "answered" if is_read else "unreadable", "value_code": value,
        })  # fmt: skip
    empty = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    frame = pl.DataFrame(rows, schema=TABLES["answers"])
    tables = YearTables(
        empty["returns"], empty["cells"], frame, empty["answer_cells"], empty["blocks"], empty["corrections"],
        empty["answers"],
    )  # fmt: skip
    into = Judgements(YEAR, "pandera")
    judge_register_rows(tables, declarations, CellPlaces(tables), into)
    findings = [(row["finding_id"], row["message"]) for row in into.findings().iter_rows(named=True)]
    return findings, {row["rule_id"]: row for row in into.outcomes().iter_rows(named=True)}


def counts(outcome: dict[str, Any]) -> tuple[int, int, int]:
    return outcome["pass_count"], outcome["fail_count"], outcome["unverifiable_count"]


def test_a_kind_as_registered_passes(
    declarations: YearDeclarations, joint: tuple[str, str, str], own: tuple[str, str]
) -> None:
    council, _, member = joint
    answers = [
        (member, "council", 1, council), (member, "council_kind", 1, "joint"),
        (own[1], "council", 1, own[0]), (own[1], "council_kind", 1, "single"),
    ]  # fmt: skip
    findings, outcomes = judged(declarations, *answers)
    assert findings == []
    assert counts(outcomes[KIND]) == (2, 0, 0)


def test_a_kind_other_than_registered_fails_and_names_both(
    declarations: YearDeclarations, own: tuple[str, str]
) -> None:
    council, code = own
    ((finding_id, message),), outcomes = judged(
        declarations, (code, "council", 1, council), (code, "council_kind", 1, "joint")
    )
    assert finding_id == f"{KIND}:{code}:1"
    assert "「単独」" in message
    assert counts(outcomes[KIND]) == (0, 1, 0)


@pytest.mark.parametrize("value", [None, NOT_LISTED, "council-of-nobody"])
def test_a_row_of_what_is_not_known_is_not_judged(declarations: YearDeclarations, value: str | None) -> None:
    rows = [("112011", "council", 1, value), ("112011", "council_kind", 1, "joint")]
    findings, outcomes = judged(declarations, *rows, ("112011", "subcommittee_council", 1, None))
    assert findings == []
    assert [counts(outcomes[rule]) for rule in (KIND, POINTED, SECRETARIAT)] == [(0, 0, 0)] * 3


def test_rows_are_compared_one_by_one(declarations: YearDeclarations, joint: tuple[str, str, str]) -> None:
    """The kind of the second row belongs to the second row's council, whatever the first says."""
    council, code, _ = joint
    findings, outcomes = judged(
        declarations, (code, "council", 1, None), (code, "council_kind", 1, "single"),
        (code, "council", 2, council), (code, "council_kind", 2, "joint"),
    )  # fmt: skip
    assert findings == []
    assert counts(outcomes[KIND]) == (1, 0, 0)


def test_a_subcommittee_of_a_council_that_is_listed_by_its_secretariat_passes(
    declarations: YearDeclarations, joint: tuple[str, str, str]
) -> None:
    council, secretariat, _ = joint
    findings, outcomes = judged(
        declarations, (secretariat, "council", 1, council), (secretariat, "subcommittee_council", 1, council)
    )
    assert findings == []
    assert (counts(outcomes[POINTED]), counts(outcomes[SECRETARIAT])) == ((1, 0, 0), (1, 0, 0))


def test_a_subcommittee_that_another_member_lists_too_fails(
    declarations: YearDeclarations, joint: tuple[str, str, str]
) -> None:
    council, _, member = joint
    ((finding_id, message),), outcomes = judged(
        declarations, (member, "council", 1, council), (member, "subcommittee_council", 4, council)
    )
    assert finding_id == f"{SECRETARIAT}:{member}:4"
    assert "事務局" in message
    assert (counts(outcomes[POINTED]), counts(outcomes[SECRETARIAT])) == ((1, 0, 0), (0, 1, 0))


def test_a_subcommittee_of_a_council_that_the_return_does_not_list_fails(
    declarations: YearDeclarations, joint: tuple[str, str, str], own: tuple[str, str]
) -> None:
    council, secretariat, _ = joint
    findings, _ = judged(
        declarations, (secretariat, "council", 1, council), (secretariat, "subcommittee_council", 2, own[0])
    )
    assert f"{POINTED}:{secretariat}:2" in dict(findings)


def test_what_may_belong_to_a_council_that_could_not_be_read_is_not_judged(
    declarations: YearDeclarations, joint: tuple[str, str, str], own: tuple[str, str]
) -> None:
    council, secretariat, _ = joint
    answers = [(secretariat, "council", 1, council), (secretariat, "council", 2, None)]
    known, unknown = (secretariat, "subcommittee_council", 1, council), (secretariat, "subcommittee_council", 2, own[0])
    _, outcomes = judged(declarations, *answers, known, unknown)
    assert counts(outcomes[POINTED]) == (1, 0, 0)


def test_a_subcommittee_of_an_unlisted_council_belongs_to_the_one_that_is_named(declarations: YearDeclarations) -> None:
    rows = [("112011", "council", 1, NOT_LISTED), ("112011", "subcommittee_council", 1, NOT_LISTED)]
    findings, outcomes = judged(declarations, *rows)
    assert findings == []
    assert (counts(outcomes[POINTED]), counts(outcomes[SECRETARIAT])) == ((1, 0, 0), (0, 0, 0))


@pytest.mark.parametrize(
    ("block", "question", "change"),
    [
        ("councils", "plenary_meeting_count", {"registered_as": "kind"}),
        ("councils", "operation", {"registered_as": "kind"}),
        ("offices", None, {"only_secretariat": True}),
        ("councils", None, {"only_secretariat": True}),
    ],
)
def test_what_cannot_be_compared_is_a_fault(
    declarations: YearDeclarations, block: str, question: str | None, change: dict[str, Any]
) -> None:
    questionnaire = declarations.questionnaire
    sections = []
    for section in questionnaire.sections:
        blocks = []
        for found in section.blocks:
            questions = tuple(q.model_copy(update=change) if q.id == question else q for q in found.questions)
            is_it = found.id == block and question is None
            blocks.append(found.model_copy(update={"questions": questions} | (change if is_it else {})))
        sections.append(section.model_copy(update={"blocks": tuple(blocks)}))
    changed = questionnaire.model_copy(update={"sections": tuple(sections)})
    # What the questionnaire looks up once is looked up anew in the changed one.
    for name in ("questions", "block_of", "section_of"):
        changed.__dict__.pop(name, None)
    ((path, complaint),) = questionnaire_faults(changed)
    assert path == (question or block,)
    assert next(iter(change)) in complaint
    assert list(questionnaire_faults(questionnaire)) == []
