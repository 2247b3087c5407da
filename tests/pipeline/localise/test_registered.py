"""Rows too many and too few, and what the register knows of them, against every return that can be thought of."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.pipeline.localise.brute import Sent
from tests.pipeline.localise.checking import Case, check
from tests.pipeline.localise.small import Place, Space, counted_space, register_space

EXAMPLES = settings(max_examples=10)
OPERATORS = st.sampled_from(["=", "<=", ">="])
CONSTANTS = st.builds(lambda number: {"constant": number}, st.integers(0, 2))
SOME_STATE = st.lists(
    st.builds(lambda code: {"question": "state", "in": [code]}, st.sampled_from(["alone", "shared"])), max_size=1
)


def compare(left: Any, operator: str, right: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "compare", "left": left, "operator": operator, "right": right, **more}


LEAGUE_ROWS = st.sampled_from(["single", "joint"]).map(lambda kind: {"rows": "leagues", "where": {"league_kind": kind}})
REGISTER_RULES = st.one_of(
    st.builds(lambda *parts: compare(*parts[:3], when=parts[3]), LEAGUE_ROWS, OPERATORS, CONSTANTS, SOME_STATE),
    st.builds(lambda *parts: compare({"rows": "troupes"}, *parts[:2], when=parts[2]), OPERATORS, CONSTANTS, SOME_STATE),
    st.builds(lambda operator: compare({"rows": "troupes"}, operator, {"rows": "leagues"}), OPERATORS),
)  # fmt: skip
TROUPES = st.sampled_from(["dance", "music"]).map(lambda genre: {"rows": "troupes", "where": {"troupe_genre": genre}})
COUNTED_RULES = st.one_of(
    st.builds(
        lambda operator, rows: compare("show_count", operator, rows, grain="league"), OPERATORS,
        st.one_of(TROUPES, st.just({"rows": "troupes"})),
    ),
    st.builds(compare, TROUPES, OPERATORS, CONSTANTS),
    st.builds(lambda operator: compare({"rows": "troupes"}, operator, {"rows": "leagues"}), OPERATORS),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn, space: Space, rules: st.SearchStrategy[dict[str, Any]], most: int) -> Case:
    """A return whose rows are filled from the first on, and rules of which one at most is about the rows of a table."""
    drawn = draw(st.lists(rules, max_size=most, unique_by=lambda rule: rule.get("grain", str(rule))))
    questions = sorted({place.question for place in space.places})
    reliability = {question: draw(st.integers(1, 9)) for question in questions}
    filled = {block.id: draw(st.integers(0, 2)) for block in space.declarations.questionnaire.blocks}
    texts = {
        place: draw(st.sampled_from(values[1:] if place.question in ("league", "troupe_league") else values))
        for place, values in space.values.items()
        if place.row <= filled[block.id if (block := space.declarations.questionnaire.block_of[place.question]) else ""]
        or not block.is_table
    }
    return Case(drawn, reliability, Sent({place: text for place, text in texts.items() if text}))


@EXAMPLES
@given(cases(register_space(), REGISTER_RULES, 2))
def test_rows_and_the_register_are_explained_as_trying_every_return_does(case: Case) -> None:
    check(case, register_space())


A_COUNT_THAT_MAY_STAY = Case(
    [
        compare("show_count", "=", {"rows": "troupes"}, grain="league"),
        compare({"rows": "troupes"}, ">=", {"rows": "leagues"}),
    ],
    {"league": 4, "show_count": 5, "troupe_genre": 3, "troupe_league": 8},
    Sent({Place("league", 1): "league-own", Place("league", 2): "league-own", Place("show_count", 2): "2"}),
)
"""More troupes than are lacking would let a count stay that changes with them in a solution: it is no change then."""


@EXAMPLES
@example(A_COUNT_THAT_MAY_STAY)
@given(cases(counted_space(), COUNTED_RULES, 3))
def test_rows_that_are_counted_are_explained_as_trying_every_return_does(case: Case) -> None:
    check(case, counted_space())
