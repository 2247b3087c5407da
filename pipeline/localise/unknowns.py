"""A field as unknowns of the program: what it may be, whether it is answered, and whether that is a change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.localise.fields import Field, FieldKey
from pipeline.localise.observed import ObservedProgram
from pipeline.program import Sum, total

ONE = Sum(constant=1)


@dataclass(frozen=True, slots=True)
class FieldUnknowns:
    """A field in the program. All sums but `number` are 0 or 1.

    `options` are what a single answer or a register answer may be; `chosen` is a tick; `number` a count or a day, which says
    something where `answered` is 1. `change` is 1 where the field is not what was observed, but for one that went with its row.
    `companions` are what goes with it: of a row that is dropped, its answers. One that `is_forced` cannot stay as it was
    observed. `blank` are the values of its unknowns where it is not answered.
    """

    field: Field
    owner: int
    answered: Sum
    change: Sum
    options: Mapping[str, Sum] = dataclasses.field(default_factory=dict)
    number: Sum = dataclasses.field(default_factory=Sum)
    companions: tuple[FieldUnknowns, ...] = ()
    is_forced: bool = False

    @property
    def cost(self) -> Sum:
        """What changing the field costs: of added rows, each."""
        return (self.number if self.field.kind == "added_rows" else self.change) * self.field.weight

    @property
    def key(self) -> FieldKey:
        """Whose answer to what."""
        return self.field.key

    @property
    def blank(self) -> dict[int, int]:
        """The values of the unknowns where the field is not answered."""
        ((unknown, times),) = self.answered.terms.items()
        return {u: 0 for option in self.options.values() for u in option.terms} | {unknown: 0 if times > 0 else 1}

    def chosen(self, option_code: str) -> Sum:
        """1 where a single or register answer is this option."""
        return self.options.get(option_code, Sum())


def add_field(program: ObservedProgram, one: Field, domain: Sequence[str], reach: tuple[int, int]) -> FieldUnknowns:
    """Add a field. `domain` are the options it may have, `reach` the lowest and highest number.

    What cannot be read is an answer, whatever it is: where nothing was asked, it is one too many.
    """
    with program.owner() as owner:
        if one.question.is_multiple:
            chosen = program.seen(0, 1, int(bool(one.observed) or not one.is_readable))
            change = ONE - chosen if one.observed else chosen
            return FieldUnknowns(one, owner, chosen, change if one.is_readable else ONE, is_forced=not one.is_readable)
        if one.question.type in ("count", "date"):
            return _add_number(program, one, owner, reach)
        if one.question.type == "text":
            answered = program.seen(0, 1, int(one.observed is not None or not one.is_readable))
            change = ONE - answered if one.observed is not None else answered
            return FieldUnknowns(
                one, owner, answered, change if one.is_readable else ONE, is_forced=not one.is_readable
            )
        return _add_choice(program, one, owner, domain)


def _add_choice(program: ObservedProgram, one: Field, owner: int, domain: Sequence[str]) -> FieldUnknowns:
    options = {code: program.seen(0, 1, int(code == one.observed)) for code in domain}
    is_known = one.observed is None or one.observed in options
    blank = program.seen(0, 1, int(one.observed is None and one.is_readable))
    program.require(total(options.values()) + blank, 1, 1, "one answer or none")
    same = options.get(one.observed, blank)
    is_forced = not (one.is_readable and is_known)
    return FieldUnknowns(one, owner, ONE - blank, ONE if is_forced else ONE - same, options, is_forced=is_forced)


def _add_number(program: ObservedProgram, one: Field, owner: int, reach: tuple[int, int]) -> FieldUnknowns:
    low, high = reach
    is_told = one.observed is not None and low <= one.observed <= high
    answered = program.seen(0, 1, int(one.observed is not None or not one.is_readable))
    number = program.seen(low, high, low if one.observed is None else one.observed)
    if not one.is_readable or (one.observed is not None and not is_told):
        return FieldUnknowns(one, owner, answered, ONE, number=number, is_forced=True)
    if one.observed is None:
        return FieldUnknowns(one, owner, answered, answered, number=number)
    change = program.seen(0, 1, 0)
    program.require(change + answered, 1, None, "no answer is a change")
    program.require(number - change * (high - one.observed), None, one.observed, "another number is a change")
    program.require(number + change * (one.observed - low), one.observed, None, "another number is a change")
    return FieldUnknowns(one, owner, answered, change, number=number)


def drop_with(program: ObservedProgram, one: FieldUnknowns, dropped: Sum) -> FieldUnknowns:
    """The field in a row that may be dropped: without an answer then, at no cost of its own."""
    with program.owner(one.owner):
        change = program.seen(0, 1, program.value(one.change, {}))
        program.require(change - one.change + dropped, 0, None, "a change that does not go with its row")
        program.require(change + dropped, None, 1, "a row that is dropped")
        program.require(one.answered + dropped, None, 1, "a row that is dropped has no answers")
    return replace(one, change=change)
