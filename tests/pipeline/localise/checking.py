"""A drawn return of a small survey, and whether what explains it is what trying every return finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.localise.fields import EPOCH
from pipeline.localise.possible import Possible
from pipeline.localise.search import CAP, Contradiction
from pipeline.localise.unknowns import FieldUnknowns
from schemas.survey import YearDeclarations
from tests.pipeline.localise.brute import Changes, Sent, Units, changes_of, explain_sent, is_far, unit_of, units_of
from tests.pipeline.localise.small import DAYS, HIGHEST, Space, with_reliability


@dataclass(frozen=True)
class Case:
    """Rules, the reliability of each question, and a return."""

    rules: Sequence[dict[str, Any]]
    reliability: dict[str, int]
    sent: Sent

    def declarations(self, space: Space) -> YearDeclarations:
        rules = [{"id": f"rule-{number}", **rule} for number, rule in enumerate(self.rules)]
        return with_reliability(space.with_rules(rules), self.reliability)


def check(case: Case, space: Space) -> None:
    """The solutions are those that trying everything finds."""
    declarations, sent = case.declarations(space), case.sent
    changes = changes_of(space, declarations, sent)
    contradictions, _ = explain_sent(space, declarations, sent)
    if not len(changes.lines):
        return
    everything = [units_of(contradiction.solutions[0]) for contradiction in contradictions]
    weights = [contradiction.solutions[0].weight for contradiction in contradictions]
    assert sum(weights) == int(min(changes.weights)), everything
    for number, contradiction in enumerate(contradictions):
        others: Units = frozenset().union(*everything[:number], *everything[number + 1 :])
        _check_solutions(contradiction, changes, others)
        if not others:
            for solution in contradiction.solutions:
                for one, possible in zip(solution.fields, solution.possible, strict=True):
                    _check_possible(one, possible, changes, units_of(solution))


def _check_solutions(contradiction: Contradiction, changes: Changes, others: Units) -> None:
    least = changes.least(others)
    if frozenset() in least:
        return
    first = contradiction.solutions[0].weight
    near = {units: weight for units, weight in least.items() if not is_far(weight, first)}
    listed = [units_of(solution) for solution in contradiction.solutions]
    weights = [solution.weight for solution in contradiction.solutions]
    assert len(set(listed)) == len(listed)
    assert [near.get(units) for units in listed] == weights
    assert weights == sorted(near.values())[:CAP]
    assert contradiction.has_more == (len(near) > CAP)


def _check_possible(one: FieldUnknowns, possible: Possible, changes: Changes, units: Units) -> None:
    unit = unit_of(one)
    if unit.kind == "dropped_row":
        assert possible.is_blank
        return
    if unit.kind == "added_rows":
        return
    values = changes.values(units, unit.place)
    assert possible.is_blank == ("" in values)
    told = values - {""}
    if one.field.question.is_multiple:
        assert possible.options == (("ticked",) if told else ())
    elif one.field.question.type == "text":
        assert possible.is_text == bool(told)
    elif one.options:
        assert set(possible.options) == told
    else:
        numbers = [_as_number(value, one) for value in told]
        assert possible.numbers == ((_low(numbers, one), _high(numbers, one)) if numbers else None)


def _as_number(value: str, one: FieldUnknowns) -> int:
    return (date.fromisoformat(value) - EPOCH).days if one.field.question.type == "date" else int(value)


def _low(numbers: Sequence[int], one: FieldUnknowns) -> int | None:
    is_open = one.field.question.type == "date" and min(numbers) == _as_number(DAYS[1], one)
    return None if is_open else min(numbers)


def _high(numbers: Sequence[int], one: FieldUnknowns) -> int | None:
    end = _as_number(DAYS[-2], one) if one.field.question.type == "date" else HIGHEST + 1
    return None if one.field.question.maximum is None and max(numbers) == end else max(numbers)
