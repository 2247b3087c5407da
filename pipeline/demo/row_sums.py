"""What the rows of open tables add up to, before the rows themselves are chosen.

The first program decides how many rows there are, the second what stands in them. A figure over rows must be within
reach of the number of rows, so the first program holds its sum: how many of a place's rows choose an option, are
asked a question, or what their numbers add up to. The bounds are those of one row, added up over all rows of a place.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.demo.taste import Taste
from pipeline.demo.unknowns import Unknowns
from pipeline.demo.world import Subject, World
from pipeline.program import Sum, total
from schemas.figures import Figure
from schemas.questionnaire import Block, Condition, Question

Place = tuple[str, str, str]
"""Open table, the municipality that lists the rows, and the entity they belong to (or nothing)."""


class RowSums:
    """Sums over rows that are not there yet; each is made when a figure first asks for it."""

    def __init__(self, world: World, unknowns: Unknowns, taste: Taste) -> None:
        self._world = world
        self._unknowns = unknowns
        self._program = unknowns.program
        self._taste = taste
        self._asked: dict[tuple[Place, str], Sum] = {}
        self._options: dict[tuple[Place, str], dict[str, Sum]] = {}
        self._numbers: dict[tuple[Place, str], Sum] = {}

    def contributions(self, figure: Figure, block: Block) -> list[tuple[str, Sum]] | None:
        """What the rows of every place add to a figure; None where nobody can list rows."""
        places = [place for place in self._unknowns.row_counts if place[0] == block.id]
        return [(place[1], self._adds(figure, place)) for place in places] or None

    def _adds(self, figure: Figure, place: Place) -> Sum:
        if figure.question is None:
            return self._unknowns.row_counts[place]
        question = self._world.questionnaire.questions[figure.question]
        if figure.operation == "sum":
            return self._number(place, question)
        if not figure.options:
            return self._told(place, question)
        if question.is_multiple:
            return self._any_of(place, question, figure.options)
        return total(self._option(place, question, option) for option in figure.options)

    def _unknown(self, place: Place) -> Sum:
        """Some of a place's rows."""
        rows = self._unknowns.row_counts[place]
        some = self._program.unknown(0, self._program.highest(rows))
        self._program.require(rows - some, 0, None, f"as many rows in {' '.join(place)}")
        return some

    def _told(self, place: Place, question: Question) -> Sum:
        """How many rows are asked a question."""
        found = self._asked.get((place, question.id))
        if found is None:
            found = self._all_of(place, [self._holds(place, condition) for condition in question.asked_if])
            self._asked[place, question.id] = found
        return found

    def _holds(self, place: Place, condition: Condition) -> Sum:
        """In how many rows a condition holds."""
        block_id, code, _ = place
        question = self._world.questionnaire.questions[condition.question]
        block = self._world.questionnaire.block_of[question.id]
        if block.id == block_id:
            return total(self._option(place, question, option) for option in condition.in_)
        subject = Subject(block, code, code, (code,))
        holds = total(self._unknowns.chosen(subject, question.id, option) for option in condition.in_)
        rows, some = self._unknowns.row_counts[place], self._unknown(place)
        highest = self._program.highest(rows)
        self._program.require(holds * highest - some, 0, None, "rows that are asked")
        self._program.require(some - rows - holds * highest, -highest, None, "rows that are asked")
        return some

    def _all_of(self, place: Place, counts: list[Sum]) -> Sum:
        """In how many rows all of several things are so, when each is so in as many."""
        rows = self._unknowns.row_counts[place]
        if len(counts) < 2:
            return counts[0] if counts else rows
        some = self._unknown(place)
        for count in counts:
            self._program.require(count - some, 0, None, "a conjunction in rows")
        self._program.require(some - total(counts) + rows * (len(counts) - 1), 0, None, "a conjunction in rows")
        return some

    def _any_of(self, place: Place, question: Question, options: Sequence[str]) -> Sum:
        """How many rows choose at least one of several options of a multiple-answer question."""
        counts = [self._option(place, question, option) for option in options]
        if len(counts) == 1:
            return counts[0]
        some, told = self._unknown(place), self._told(place, question)
        others = [choice for choice in question.choices if choice.code not in options]
        nones = total(self._option(place, question, choice.code) for choice in others if choice.is_none)
        where = f"a choice in the rows' {question.id}"
        for count in counts:
            self._program.require(some - count, 0, None, where)
        self._program.require(total(counts) - some, 0, None, where)
        self._program.require(told - nones - some, 0, None, where)
        if not self._may_be_blank(question):
            rest = total(self._option(place, question, choice.code) for choice in others)
            self._program.require(some + rest - told, 0, None, where)
        return some

    def _option(self, place: Place, question: Question, option: str) -> Sum:
        """How many rows choose an option."""
        found = self._options.get((place, question.id))
        if found is None:
            found = {choice.code: self._unknown(place) for choice in question.choices}
            self._options[place, question.id] = found
            self._bind(place, question, found)
        return found.get(option, Sum())

    def _bind(self, place: Place, question: Question, options: dict[str, Sum]) -> None:
        require, where = self._program.require, f"the rows' {question.id} in {' '.join(place)}"
        told, chosen = self._told(place, question), total(options.values())
        if not self._may_be_blank(question):
            require(chosen - told, 0, None, where)
        if not question.is_multiple:
            require(told - chosen, 0, None, where)
            return
        for option in question.choices:
            nones = total(options[o.code] for o in question.choices if o.is_none and o is not option)
            require(told - options[option.code] - nones, 0, None, where)
        for row in question.options if question.type == "matrix" else ():
            in_row = [count for code, count in options.items() if code.split(".")[0] == row.code]
            require(told - total(in_row), 0, None, where)

    def _may_be_blank(self, question: Question) -> bool:
        return question.is_optional or question.id in self._taste.targets.unanswered

    def _number(self, place: Place, question: Question) -> Sum:
        """What the rows' numbers add up to."""
        found = self._numbers.get((place, question.id))
        if found is None:
            low, high = self._taste.number_range(question, 0)
            told = self._told(place, question)
            found = self._program.unknown(0, high * self._program.highest(self._unknowns.row_counts[place]))
            where = f"the rows' {question.id} in {' '.join(place)}"
            if not question.is_optional:
                self._program.require(found - told * low, 0, None, where)
            self._program.require(told * high - found, 0, None, where)
            self._numbers[place, question.id] = found
        return found
