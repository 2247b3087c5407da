"""What doubted answers mean for the figures, beside figures that are calculated again."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.check.recalculate import calculate_figures
from pipeline.macro.effect import Effects
from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Doubted, Suspect
from pipeline.tables import TABLES
from schemas.survey import YearDeclarations
from tests.support.together import TYPES, Answers, invent, keys_of, pairs_of, questions_of, tables_of

MEETINGS = "plenary_meeting_count"


def suspect(pairs: Pairs, code: str, expected: dict[tuple[str, int, str], str | None]) -> Suspect:
    ids = [
        Doubted(f"{pairs.declarations.year}:{code}:{q}:{row}:{option}", to) for (q, row, option), to in expected.items()
    ]
    return Suspect("macro.any", code, "", "", None, None, ids)


def recalculated(pairs: Pairs, after: pl.DataFrame) -> tuple[set[str], float]:
    """The figures that change most from one table of answers to the other, and by which share."""
    declared = pairs.declarations
    old, new = (calculate_figures(declared, answers) for answers in (pairs.tables.answers, after))
    shares = {
        figure.id: abs((new[figure.id].value or 0) - (old[figure.id].value or 0)) / max(1, old[figure.id].value or 0)
        for figure in declared.figures.values() if figure.operation in ("count", "sum") and figure.question
    }  # fmt: skip
    most = max(shares.values())
    return {name for name, share in shares.items() if share == most and most}, most


@settings(max_examples=25)
@given(data=st.data())
def test_the_effect_of_one_answer_is_what_calculating_the_figures_again_gives(
    declared: YearDeclarations, codes: list[str], data: st.DataObject
) -> None:
    year = invent(declared, codes, seed=data.draw(st.integers(0, 3)))
    code = data.draw(st.sampled_from(codes))
    question = data.draw(st.sampled_from(questions_of(declared, *TYPES)))
    key = data.draw(st.sampled_from(keys_of(declared, question)))
    to: Any
    if question.type == "count":
        to = data.draw(st.integers(0, 500) | st.none())
    else:
        to = data.draw(st.booleans() if key[2] else st.sampled_from([*(o.code for o in question.options), None]))
    year[code][key] = data.draw(st.sampled_from([year[code][key], None, False if key[2] else None]))
    pairs = pairs_of(declared, year)
    after = tables_of(declared, {**year, code: {**year[code], key: to}}).answers
    expected = "1" if to is True else "0" if to is False else None if to is None else str(to)
    names, share = recalculated(pairs, after)
    figure, effect = effect_of(pairs, suspect(pairs, code, {key: expected}))
    assert effect == pytest.approx(share)
    assert figure in names if names else figure is None


def effect_of(pairs: Pairs, one: Suspect) -> tuple[str | None, float]:
    return Effects(pairs, [one]).of(one)


def council_of_several(declared: YearDeclarations) -> tuple[str, str, str]:
    """A council that several share: its id, its secretariat, another member."""
    on = declared.questionnaire.reference_date
    for council in declared.reference.entities("council", on):
        others = [
            m.code for m in declared.reference.members(council.entity_id, on) if m.code != council.secretariat_code
        ]
        if council.kind == "joint" and others:
            return council.entity_id, council.secretariat_code, others[0]
    raise AssertionError("the register has no joint council")


def test_a_shared_council_counts_once_by_its_secretariats_answer(declared: YearDeclarations) -> None:
    council, secretariat, member = council_of_several(declared)
    now = {code: {(MEETINGS, 1, ""): 40} for code in (secretariat, member)}
    rows = {code: {"councils": [council]} for code in now}
    pairs = pairs_of(declared, now, rows=rows)
    expected = {(MEETINGS, 1, ""): "4"}
    figure, effect = effect_of(pairs, suspect(pairs, secretariat, expected))
    after = tables_of(declared, {**now, secretariat: {(MEETINGS, 1, ""): 4}}, rows=rows).answers
    assert ({figure}, effect) == recalculated(pairs, after)
    assert effect_of(pairs, suspect(pairs, member, expected)) == (None, 0.0)


def test_a_pair_of_municipality_and_council_is_each_municipalitys_own(declared: YearDeclarations) -> None:
    council, secretariat, member = council_of_several(declared)
    now = {code: Answers() for code in (secretariat, member)}
    pairs = pairs_of(declared, now, rows={code: {"councils": [council]} for code in now})
    assert effect_of(pairs, suspect(pairs, member, {("council", 1, ""): None})) == ("membership.all", 0.5)


def test_an_entity_in_two_rows_counts_by_the_first(declared: YearDeclarations) -> None:
    council, secretariat, _ = council_of_several(declared)
    now: dict[str, Answers] = {secretariat: {(MEETINGS, 1, ""): 4, (MEETINGS, 2, ""): 400}}
    pairs = pairs_of(declared, now, rows={secretariat: {"councils": [council, council]}})
    assert effect_of(pairs, suspect(pairs, secretariat, {(MEETINGS, 2, ""): "4"})) == (None, 0.0)
    assert effect_of(pairs, suspect(pairs, secretariat, {(MEETINGS, 1, ""): "2"}))[1] == 0.5


def test_doubts_that_outweigh_each_other_have_no_effect(declared: YearDeclarations, codes: list[str]) -> None:
    key = ("office_commissioned", 1, "")
    pairs = pairs_of(declared, {codes[0]: {key: 10}, codes[1]: {key: 20}})
    ids = [Doubted(f"2024:{code}:office_commissioned:1:", to) for code, to in ((codes[0], "20"), (codes[1], "10"))]
    assert effect_of(pairs, Suspect("macro.any", codes[0], "", "", None, None, ids)) == (None, 0.0)


def test_a_year_without_answers_has_no_effects(declared: YearDeclarations) -> None:
    pairs = pairs_of(declared, {})
    assert effect_of(pairs, suspect(pairs, "111007", {("office_plan", 1, ""): "3"})) == (None, 0.0)
    assert pairs.tables.answers.schema == TABLES["answers"]
