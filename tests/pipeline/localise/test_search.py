"""The solutions of small surveys, against every return that can be thought of and the product's own judges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.localise.brute import Sent, Units, changes_of, explain_sent, units_of
from tests.pipeline.localise.checking import Case, check
from tests.pipeline.localise.small import Place, Space, matrix_space, plain_space

EXAMPLES = settings(max_examples=12)
RULES = st.integers(1, 4)


@st.composite
def clauses(draw: st.DrawFn, ticks: str, options: Sequence[str]) -> dict[str, Any]:
    """A statement about one answer of the small surveys."""
    return draw(st.one_of(
        st.sets(st.sampled_from(["alone", "never"]), min_size=1).map(lambda c: {"question": "state", "in": sorted(c)}),
        st.builds(lambda has, code: {"question": ticks, has: code}, st.sampled_from(["has", "has_not"]), st.sampled_from(options)),
        st.builds(
            lambda question, told: {"question": question, "is_answered": told},
            st.sampled_from([ticks, "state", "seats", "shows", "opened"]), st.booleans(),
        ),
    ))  # fmt: skip


@st.composite
def rules(draw: st.DrawFn, ticks: str, options: Sequence[str], severity: str = "error") -> dict[str, Any]:
    """A rule between answers of the small surveys."""
    own = clauses(ticks, options)
    when = draw(st.lists(own, max_size=2))
    if draw(st.booleans()):
        return {
            "kind": "implies", "severity": severity, "when": when or [draw(own)],
            "then": draw(st.lists(own, min_size=1, max_size=1 if severity == "warning" else 2)),
        }  # fmt: skip
    left, right = draw(st.one_of(
        st.tuples(st.just("opened"), st.just({"reference_date": True})),
        st.tuples(st.sampled_from(["seats", "shows"]), st.builds(lambda n: {"constant": n}, st.integers(0, 2))),
        st.just(("seats", "shows")),
    ))  # fmt: skip
    operator = draw(st.sampled_from(["=", "<=", ">="]))
    return {"kind": "compare", "severity": severity, "when": when, "left": left, "operator": operator, "right": right}


@st.composite
def cases(draw: st.DrawFn, space: Space, severities: Sequence[str], odd: dict[Place, str]) -> Case:
    """`odd` are what may stand in places that cannot stay."""
    ticks = next(place for place in space.places if place.option)
    options = [place.option for place in space.places if place.question == ticks.question]
    drawn = [
        draw(rules(ticks.question, options, severity)) for severity in severities for _ in range(draw(RULES))
    ]  # fmt: skip
    questions = sorted({place.question for place in space.places if not place.question.endswith("_text")})
    reliability = {question: draw(st.integers(1, 9)) for question in questions}
    texts = {place: text for place, values in space.values.items() if (text := draw(st.sampled_from(values)))}
    unreadable = draw(st.sets(st.sampled_from(sorted(odd)), max_size=1)) if odd else set()
    return Case(drawn, reliability, Sent(texts | {place: odd[place] for place in unreadable}, frozenset(unreadable)))


ODD = {
    Place("state"): "不明", Place("genre", 1, "music"): "？", Place("genre", 1, "none"): "×？", Place("seats"): "多数",
    Place("shows"): "999999999", Place("opened"): "春ごろ",
}  # fmt: skip


@EXAMPLES
@given(cases(plain_space(), ["error"], ODD))
def test_what_is_found_is_what_trying_every_return_finds(case: Case) -> None:
    check(case, plain_space())


@EXAMPLES
@given(
    cases(
        matrix_space(), ["error"], {Place("wish", 1, "none"): "？", Place("seats"): "多数", Place("opened"): "春ごろ"}
    )
)
def test_so_it_is_with_a_matrix_and_numbers_without_ends(case: Case) -> None:
    check(case, matrix_space())


@EXAMPLES
@given(cases(plain_space(is_lenient=True), ["error", "warning"], {}))
def test_warnings_are_broken_at_their_price(case: Case) -> None:
    space = plain_space(is_lenient=True)
    declarations, sent = case.declarations(space), case.sent
    changes = changes_of(space, declarations, sent)
    contradictions, _ = explain_sent(space, declarations, sent)
    if not len(changes.lines) or not contradictions:
        return
    found: Units = frozenset().union(*(units_of(contradiction.solutions[0]) for contradiction in contradictions))
    costs = changes.weights + changes.warnings
    of_found = [cost for cost, units in zip(costs.tolist(), changes.sets, strict=True) if units == found]
    assert min(of_found) == min(costs)
