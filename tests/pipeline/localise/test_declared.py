"""Rules between returns: the cheaper of a member's and the secretariat's answer, and totals over all who are asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import polars as pl
import pytest

from pipeline.localise.localise import explain
from pipeline.localise.search import Contradiction
from pipeline.validate.frames import YearTables
from schemas.reference import Reference, RegisterEntity, RegisterMember
from schemas.rules import Rule
from schemas.survey import Survey, YearDeclarations
from tests.conftest import PROJECT_ROOT, SECOND_YEAR
from tests.pipeline.demo.tiny import EXAMPLES, _question
from tests.pipeline.localise.bulk import at_fault, judge_all, only, read_bulk
from tests.pipeline.localise.small import HIGHEST, _declare, municipality_code
from tests.support.workbooks import evacuation_answers

SECOND = Survey(PROJECT_ROOT / "tests" / "second_survey").load_year(SECOND_YEAR)
MEMBERS = 3
ABSENT, BLANK = "absent", ""
ANSWERS = (ABSENT, BLANK, *(str(number) for number in range(HIGHEST + 1)))
WEIGHT, ROW = 10, 20
"""What changing a count costs, and what a row that is dropped or added does."""

World = tuple[str, ...]
"""What the secretariat and two members of one league answer: no row, a row without a count, or a count."""
WORLDS: list[World] = list(product(ANSWERS, repeat=MEMBERS))


def codes_of(world: World) -> list[str]:
    return [municipality_code(MEMBERS * WORLDS.index(world) + number) for number in range(MEMBERS)]


@cache
def worlds() -> tuple[YearDeclarations, YearTables, pl.DataFrame]:
    """Every world with a league of its own; all are read and judged together."""
    always = {"valid_from": "", "valid_to": "", "source": "試験"}
    entities, members, returns = [], [], {}
    for number, world in enumerate(WORLDS):
        league, codes = f"league-{number}", codes_of(world)
        entities.append(RegisterEntity.model_validate({
            "entity_id": league, "entity_kind": "league", "name": league, "kind": "joint", "secretariat_code": codes[0],
            "status": "confirmed", **always,
        }))  # fmt: skip
        for code, answer in zip(codes, world, strict=True):
            members.append(
                RegisterMember.model_validate({"entity_id": league, "code": code, "status": "assumed", **always})
            )
            row = {("league", 1, None): f"{league}〔{league}〕", ("show_count", 1, None): answer}
            returns[code] = {place: text for place, text in row.items() if text and answer != ABSENT}
    block = {
        "id": "leagues", "grain": "league", "label": "連盟", "identity": "league", "capacity": 1, "questions": [
            _question("league", "register", register_kind="league", is_required=True),
            _question("show_count", "count", minimum=0, maximum=HIGHEST, is_required=True),
        ],
    }  # fmt: skip
    rule = {"id": "shows-agree", "kind": "agreement", "grain": "league", "question": "show_count"}
    declared = _declare([block], Reference((), (), tuple(entities), tuple(members)))
    text = {"statement": "文", "message": "文", "examples": EXAMPLES}
    declarations = replace(declared, rules=(Rule.model_validate({**text, **rule}),))
    tables = read_bulk(declarations, returns)
    return declarations, tables, judge_all(tables, declarations)


def costs(world: World) -> Iterator[tuple[int, int]]:
    """What each sound world costs beside one, without and with its warnings."""
    _, _, findings = worlds()
    wrong = at_fault(findings)
    warned = findings.filter((pl.col("severity") == "warning") & (pl.col("verdict") == "fail"))["municipality_code"]
    warnings = dict(warned.value_counts().iter_rows())
    for other in WORLDS:
        if wrong.isdisjoint(codes_of(other)):
            weight = sum(
                0 if one == two else ROW if ABSENT in (one, two) else WEIGHT
                for one, two in zip(world, other, strict=True)
            )
            yield weight, weight + sum(warnings.get(code, 0) for code in codes_of(other))


def explained(tables: YearTables, declarations: YearDeclarations) -> list[Contradiction]:
    return explain(tables, judge_all(tables, declarations), declarations)


@pytest.mark.parametrize("world", WORLDS[:: len(ANSWERS) + 2])
def test_who_is_to_blame_is_whom_it_costs_least_to_doubt(world: World) -> None:
    declarations, tables, _ = worlds()
    found = explained(only(tables, codes_of(world)), declarations)
    least = min(cost for _, cost in costs(world))
    weights = {weight for weight, cost in costs(world) if cost == least}
    assert sum(contradiction.solutions[0].weight for contradiction in found) in weights


def test_two_members_who_agree_put_the_blame_on_the_secretariat() -> None:
    declarations, tables, _ = worlds()
    world: World = ("2", "1", "1")
    secretariat, *members = codes_of(world)
    (contradiction,) = explained(only(tables, codes_of(world)), declarations)
    first, second, *_ = contradiction.solutions
    assert [one.key.municipality_code for one in first.fields] == [secretariat]
    assert first.possible[0].numbers == (1, 1)
    assert [one.key.municipality_code for one in second.fields] == members
    assert len(contradiction.demands) == len(members)


def test_a_total_that_fails_is_explained_by_the_one_who_answered_otherwise() -> None:
    """The rule's options leave one out, which a single municipality chose."""
    (total,) = (rule for rule in SECOND.rules if rule.kind == "set_total")
    narrow = total.model_copy(update={"options": ("complete", "partial")})
    declarations = replace(SECOND, rules=(narrow,))
    returns = {}
    for municipality in SECOND.municipalities:
        cells = {place: str(text) for place, text in evacuation_answers(SECOND, municipality).items()}
        kept = {place: text for place, text in cells.items() if place[0] not in ("plan_state", "plan_count")}
        returns[municipality.code] = kept | {("plan_state", 1, "complete"): "○", ("plan_count", 1, None): "3"}
    other = SECOND.municipalities[4].code
    returns[other] = {p: t for p, t in returns[other].items() if p[0] not in ("plan_state", "plan_count")}
    returns[other]["plan_state", 1, "not_started"] = "○"
    (contradiction,) = explained(read_bulk(declarations, returns), declarations)
    (only_one,) = contradiction.solutions
    assert [(one.key.municipality_code, one.key.question_id) for one in only_one.fields] == [
        (other, "plan_state"), (other, "plan_count"),
    ]  # fmt: skip
    assert only_one.possible[0].options == ("complete", "partial")
    assert contradiction.demands[0].findings == (f"{total.id}:-",)
