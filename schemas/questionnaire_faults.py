"""What is wrong within a questionnaire: references that lead nowhere, names used twice, conditions that go in circles."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from schemas.questionnaire import Block, Condition, DeclaredChange, Option, Question, Questionnaire, block_questions
from schemas.reference import EntityKind

COLUMNS = ("year", "municipality_code", "name", "kind", "area", "row_no", "entity_id", "is_counted")
"""What every wide mart says of a row, whatever is asked."""
KINDS = set(get_args(EntityKind))


def questionnaire_faults(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (path of ids, complaint) for every reference inside the questionnaire that leads nowhere."""
    yield from _names_used_twice(questionnaire)
    yield from _circular_routing(questionnaire)
    yield from _change_faults(questionnaire)
    yield from _column_faults(questionnaire)
    grains = {grain.id for grain in questionnaire.grains}
    periods = {f"period:{period.id}" for period in questionnaire.periods}
    tables = [block for block in questionnaire.blocks if block.is_table]
    for number, block in enumerate(tables):
        if block.grain in {earlier.grain for earlier in tables[:number]}:
            yield (block.id,), f"two tables have rows of grain '{block.grain}', whose rows could not be told apart"
    for block in questionnaire.blocks:
        if block.grain not in grains:
            yield (block.id,), f"unknown grain '{block.grain}'"
        if block.pair_grain and block.pair_grain not in grains:
            yield (block.id,), f"unknown grain '{block.pair_grain}'"
        yield from _condition_faults(questionnaire, block, block.asked_if, block.id)
        yield from _register_faults(questionnaire, block)
        for question in block.questions:
            if shared := _shared_wordings(question.options):
                yield (question.id,), f"two options are read from the same code, label or alias: {', '.join(shared)}"
            if question.reference.startswith("period:") and question.reference not in periods:
                yield (question.id,), f"unknown {question.reference}"
            yield from _condition_faults(questionnaire, block, question.asked_if, question.id)
            yield from _telling_conditions(questionnaire, block, question)


def _telling_conditions(
    questionnaire: Questionnaire, block: Block, question: Question
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Whether a public question was asked tells the answer that it depends on."""
    for condition in (*block.asked_if, *question.asked_if):
        asked = questionnaire.questions.get(condition.question)
        if question.disclosure == "public" and asked is not None and asked.disclosure != "public":
            yield (
                (question.id,),
                f"is public, and asked_if '{condition.question}', which is {asked.disclosure}: it would tell that answer",
            )


def _change_faults(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str]]:
    """Declared changes of this year: of questions and options that it has, told once for each question.

    Those of other years stand here because one is based on the other, and say nothing of this one.
    """
    seen: set[str] = set()
    for change in (change for change in questionnaire.changes if change.since == questionnaire.year):
        path = (change.question,)
        question = questionnaire.questions.get(change.question)
        if question is None:
            yield path, f"changes: unknown question '{change.question}'"
            continue
        codes = {option.code for option in question.options}
        if unknown := sorted(set(change.merges) - codes):
            yield path, f"changes: unknown options {unknown} of '{change.question}'"
        yield from ((path, f"changes: {fault}") for fault in _merge_faults(change, codes))
        if change.question in seen:
            yield path, f"changes: the change of {change.since} is told twice"
        seen.add(change.question)


def _merge_faults(change: DeclaredChange, codes: set[str]) -> Iterator[str]:
    """What would count an earlier answer twice, or not at all."""
    used = Counter(source for sources in change.merges.values() for source in sources)
    for target, sources in change.merges.items():
        if not sources:
            yield f"'{target}' merges nothing"
        for source in sources:
            if used[source] > 1:
                yield f"'{source}' is merged twice: an option that was split cannot be compared, declare a break instead"
            elif source != target and source in codes and source not in change.merges:
                yield f"'{source}' is merged into '{target}', and still offered"


def _column_faults(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str]]:
    """Ids of questions become columns of the wide marts, beside columns that every such mart has."""
    for question_id in questionnaire.questions:
        if question_id in COLUMNS or "." in question_id or "__" in question_id:
            yield (
                (question_id,),
                "a question's id is a column: no dot, no two underscores together, and none of " + ", ".join(COLUMNS),
            )


def _register_faults(questionnaire: Questionnaire, block: Block) -> Iterator[tuple[tuple[str, ...], str]]:
    """What rows are compared with has to be known: the register's entity, and the table that lists it."""
    for question in block.questions:
        codes = {option.code for option in question.options}
        if question.registered_as and not (block.identity and question.type == "single" and codes == KINDS):
            yield (question.id,), "registered_as is for a choice of single and joint, in a table with an identity"
    listed = {q.register_kind for b in questionnaire.blocks for q in b.questions if q.id == b.identity}
    pointing = [q for q in block.questions if q.type == "register" and q.id != block.identity and block.is_table]
    if block.only_secretariat and not any(question.register_kind in listed for question in pointing):
        yield (block.id,), "only_secretariat is for a table whose rows belong to what another table lists"


def _names_used_twice(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str]]:
    for what, names in (
        ("question", [q.id for block in questionnaire.blocks for q in block_questions(block)]),
        ("block", [block.id for block in questionnaire.blocks]),
    ):
        for duplicate in (name for name, count in Counter(names).items() if count > 1):
            yield (duplicate,), f"{what} id is used twice"
    owners: dict[str, str] = {}
    for section in questionnaire.sections:
        if section.sheet in owners:
            yield (section.id,), f"the sheet '{section.sheet}' belongs to the section '{owners[section.sheet]}' already"
        owners.setdefault(section.sheet, section.id)


def _plain_wording(text: str) -> str:
    """A wording as it is compared: NFKC, without surrounding blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def _shared_wordings(options: Sequence[Option]) -> list[str]:
    readings = Counter(
        reading
        for option in options
        for reading in {_plain_wording(text) for text in (option.code, option.label.ja, *option.aliases)}
    )
    return [reading for reading, count in readings.items() if count > 1]


def _circular_routing(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str]]:
    """Questions that are asked only if an answer says so that is itself given only if they are asked."""
    deciding = {
        question.id: {c.question for c in (*questionnaire.block_of[question.id].asked_if, *question.asked_if)}
        for question in questionnaire.questions.values()
    }
    for name, first in deciding.items():
        reached: set[str] = set()
        front = set(first)
        while front:
            reached |= front
            front = {further for question in front for further in deciding.get(question, ())} - reached
        if name in reached:
            yield (name,), "asked_if leads back to this question"


def _condition_faults(
    questionnaire: Questionnaire, block: Block, conditions: tuple[Condition, ...], owner: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    for condition in conditions:
        target = questionnaire.questions.get(condition.question)
        if target is None or target.type != "single":
            yield (owner,), f"asked_if names '{condition.question}', which is no single-choice question"
            continue
        home = questionnaire.block_of[condition.question]
        if home.is_table and home.id != block.id:
            yield (owner,), f"asked_if names '{condition.question}' of another table"
        unknown = set(condition.in_) - {option.code for option in target.options}
        if unknown:
            yield (owner,), f"asked_if names unknown options of '{condition.question}': {sorted(unknown)}"
