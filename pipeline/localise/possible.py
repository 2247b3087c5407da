"""What a field in doubt could be, so that all demands are met while the rest is as in its solution. Nothing is written by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.localise.observed import Demand, ObservedProgram
from pipeline.localise.unknowns import FieldUnknowns
from pipeline.program import Sum


class Possible(NamedTuple):
    """The values that a field could have: options, or numbers from lowest to highest; and whether it could be no answer.

    An end of the numbers that nothing declares is None.
    """

    options: tuple[str, ...] = ()
    numbers: tuple[int | None, int | None] | None = None
    is_blank: bool = False
    is_text: bool = False


Solve = Callable[[Mapping[int, tuple[int, int]], Collection[int], Sum | None], Mapping[int, int] | None]
"""Solves with ranges of unknowns, the owners that may change, and an aim: the values, or None where there are none."""


def possible_of(
    program: ObservedProgram, one: FieldUnknowns, fields: Sequence[FieldUnknowns], values: Mapping[int, int],
    demands: Iterable[Demand], solve: Solve,
) -> Possible:  # fmt: skip
    """What a field of a solution could be.

    `values` are the solution's, `demands` those on the field. Where the field is alone in its solution, the demands tell;
    where others change with it, the solver does.
    """
    question = one.field.question
    if one.field.kind == "dropped_row":
        return Possible(is_blank=True)
    if one.field.kind == "added_rows":
        return Possible(numbers=(program.value(one.number, values),) * 2)
    hard = [demand for demand in demands if demand.penalty is None]
    allows = _Alone(program, one, values, hard) if len(fields) == 1 else _Among(program, one, fields, values, solve)
    if question.is_multiple or question.type == "text":
        is_written = program.value(one.answered, values) == 1
        may_be_written, may_be_blank = is_written, not is_written
        if not one.field.is_readable:
            may_be_written, may_be_blank = allows.written(), allows.blank()
        options = ("ticked",) if may_be_written and question.is_multiple else ()
        return Possible(options, is_blank=may_be_blank, is_text=may_be_written and question.type == "text")
    is_blank = (one.field.observed is not None or not one.field.is_readable) and allows.blank()
    if one.options:
        return Possible(
            tuple(o for o in one.options if o != one.field.observed and allows.option(o)), is_blank=is_blank
        )
    return Possible((), _declared(program, one, allows.numbers()), is_blank)


def _declared(
    program: ObservedProgram, one: FieldUnknowns, numbers: tuple[int, int] | None
) -> tuple[int | None, int | None] | None:
    """The numbers without an end that is the program's own and not the questionnaire's."""
    if numbers is None:
        return None
    (unknown,) = one.number.terms
    low, high = program.ranges[unknown]
    is_open = (
        numbers[0] == low and one.field.question.minimum is None and one.field.question.type != "count",
        numbers[1] == high and one.field.question.maximum is None,
    )
    return (None if is_open[0] else numbers[0], None if is_open[1] else numbers[1])


class _Alone:
    """Where nothing else changes: the demands on the field, one by one."""

    def __init__(
        self, program: ObservedProgram, one: FieldUnknowns, values: Mapping[int, int], demands: Sequence[Demand]
    ) -> None:
        self._program, self._one, self._values, self._demands = program, one, values, demands

    def _are_met(self, own: Mapping[int, int]) -> bool:
        values = {**self._values, **own}
        return all(demand.is_met(self._program.value(demand.subject, values)) for demand in self._demands)

    def _choice(self, chosen: Sum | None) -> dict[int, int]:
        unknowns = dict.fromkeys(self._program.owned_by(self._one.owner), 0)
        unknown = next(iter(chosen.terms)) if chosen else next(iter(self._one.answered.terms))
        return unknowns | {unknown: 1}

    def option(self, code: str) -> bool:
        """Whether it could be this option."""
        return self._are_met(self._choice(self._one.options[code]))

    def written(self) -> bool:
        """Whether it could be a tick or a text."""
        (answered,) = self._one.answered.terms
        return self._are_met({answered: 1})

    def blank(self) -> bool:
        """Whether it could be no answer."""
        if self._one.options:
            return self._are_met(self._choice(None))
        (answered,) = self._one.answered.terms
        return self._are_met({answered: 0})

    def numbers(self) -> tuple[int, int] | None:
        """The lowest and highest number it could be."""
        (number,) = self._one.number.terms
        (answered,) = self._one.answered.terms
        low, high = self._program.ranges[number]
        values = {**self._values, answered: 1, number: 0}
        for demand in self._demands:
            times = demand.subject.terms.get(number, 0)
            rest = self._program.value(demand.subject, values)
            if times == 0 and not demand.is_met(rest):
                return None
            for limit, is_low in ((demand.low, True), (demand.high, False)):
                if times and limit is not None:
                    if is_low == (times > 0):
                        low = max(low, -((rest - limit) // times))
                    else:
                        high = min(high, (limit - rest) // times)
        return (low, high) if low <= high else None


class _Among:
    """Where other fields change too: what the solver finds while these may, and no others."""

    def __init__(
        self, program: ObservedProgram, one: FieldUnknowns, fields: Sequence[FieldUnknowns], values: Mapping[int, int],
        solve: Solve,
    ) -> None:  # fmt: skip
        self._program, self._one, self._solve = program, one, solve
        self._may_change = {o.owner for other in fields for o in (other, *other.companions)}
        self._values = values

    def option(self, code: str) -> bool:
        """Whether it could be this option."""
        (unknown,) = self._one.options[code].terms
        return self._could_be(unknown, 1)

    def written(self) -> bool:
        """Whether it could be a tick or a text."""
        (unknown,) = self._one.answered.terms
        return self._could_be(unknown, 1)

    def blank(self) -> bool:
        """Whether it could be no answer."""
        (unknown,) = self._one.answered.terms
        return self._could_be(unknown, 1 if self._one.options else 0)

    def _could_be(self, unknown: int, value: int) -> bool:
        if self._values.get(unknown) == value:
            return True
        return self._solve({unknown: (value, value)}, self._may_change, None) is not None

    def numbers(self) -> tuple[int, int] | None:
        """The lowest and highest number it could be."""
        ends = [self._end(is_low=True), self._end(is_low=False)]
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    def _end(self, *, is_low: bool) -> int | None:
        """The lowest or the highest number but the one that was observed, which would be no change."""
        (answered,) = self._one.answered.terms
        (number,) = self._one.number.terms
        low, high = self._program.ranges[number]
        aim = self._one.number * (1 if is_low else -1)
        while low <= high:
            values = self._solve({answered: (1, 1), number: (low, high)}, self._may_change, aim)
            found = None if values is None else self._program.value(self._one.number, values)
            if found is None or found != self._one.field.observed:
                return found
            low, high = (found + 1, high) if is_low else (low, found - 1)
        return None
