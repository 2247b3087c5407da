"""What answers would be like if nothing demanded otherwise: the costs and wishes that an integer program weighs.

An option's price falls with its chance, with how active the municipality is, and with having been chosen in the
neighbouring year; a number's wish is drawn around a mean, or lies near the neighbour's. All draws are stateless.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.demo.fills import Answer, Fills
from pipeline.demo.targets import Spread, Targets
from pipeline.demo.world import Subject, World, draw
from schemas.questionnaire import Block, Option, Question

SCALE = 100_000
"""Costs are whole numbers; the fine grain makes the cheapest solution one alone."""
EPOCH = date(1970, 1, 1)
DEFAULT_HIGHEST = 9_999
DEFAULT_SPREAD = Spread(mean=4)
NONE_CHANCE, OTHER_CHANCE = 0.03, 0.06
KEEP = 4.0
TINY = 1e-9


@dataclass(frozen=True)
class Neighbour:
    """The returns of the year that a year lies near."""

    year: int
    fills: Fills


class Taste:
    """Prices and wishes of one year's answers."""

    def __init__(self, world: World, targets: Targets, seed: int, neighbour: Neighbour | None) -> None:
        self.world = world
        self.targets = targets
        self.habits = targets.habits
        self._seed = seed
        self._neighbour = neighbour

    def draw(self, *words: object) -> float:
        """Draw a number between 0 and 1 for these words in this year."""
        return draw(self._seed, *words)

    def activity(self, code: str) -> float:
        """How active a municipality is, between 0 and 1."""
        return self.draw("activity", code)

    def is_blank(self, subject: Subject, question: Question) -> bool:
        """Say whether an optional question is left blank."""
        chance = self.habits.blanks.get(question.id, 0.0)
        return question.is_optional and self.draw("blank", question.id, subject.entity_id) < chance

    def before(self, subject: Subject, question_id: str) -> Answer | None:
        """The answer of the neighbouring year, read from the return that counts; None where there is none."""
        if self._neighbour is None or subject.code not in self._neighbour.fills:
            return None
        rows = self._neighbour.fills[subject.code].rows.get(subject.block.id, ())
        found = next((row for row in rows if row.entity_id == subject.entity_id), None)
        return found.answers.get(question_id) if found else None

    def choice_cost(self, subject: Subject, question: Question, number: int) -> int:
        """The price of choosing the question's option with this number; negative where it is liked."""
        option = question.choices[number]
        noise = self.draw("choice", question.id, option.code, subject.entity_id)
        before = self.before(subject, question.id)
        if before is not None and not self._moves(subject, question, option):
            was_chosen = option.code == before or (isinstance(before, tuple) and option.code in before)
            liking = KEEP * (0.5 + noise) * (1 if was_chosen else -1)
        elif question.is_multiple:
            chance = self._chance(question, option)
            liking = math.log(chance / (1 - chance)) + math.log(noise / (1 - noise))
            liking += 6 * self.habits.leaning.get(question.id, 0.0) * (self.activity(subject.code) - 0.5)
        else:
            place = number / max(1, len(question.choices) - 1)
            liking = math.log(self._chance(question, option)) - math.log(-math.log(noise))
            lean = self.habits.leaning.get(question.id, 0.0)
            liking += 6 * lean * (1 - abs(1 - self.activity(subject.code) - place))
        return -round(SCALE * max(-8.0, min(8.0, liking)))

    def _moves(self, subject: Subject, question: Question, option: Option) -> bool:
        words = ("moves", question.id, subject.entity_id, *((option.code,) if question.is_multiple else ()))
        return self.draw(*words) < self.targets.change

    def _chance(self, question: Question, option: Option) -> float:
        given = self.habits.shares.get(question.id, {}).get(option.code)
        if given is not None:
            return min(0.99, max(0.001, given))
        if option.is_none or option.is_other:
            return NONE_CHANCE if option.is_none else OTHER_CHANCE
        return 0.15 + 0.4 * draw("share", question.id, option.code)

    def silence_price(self, subject: Subject, question_id: str) -> int:
        """The price of leaving a question without an answer; active municipalities pay more."""
        noise = self.draw("silence", question_id, subject.entity_id)
        return round(SCALE * (self.activity(subject.code) + noise))

    def number_range(self, question: Question, wish: int) -> tuple[int, int]:
        """The least and the largest number or day (days since 1970-01-01) that may be answered."""
        if question.type == "date":
            days = self._days(question)
            return min(wish, *days), max(wish, *days)
        low = 0 if question.minimum is None else question.minimum
        return low, max(low, DEFAULT_HIGHEST) if question.maximum is None else question.maximum

    def _days(self, question: Question) -> list[int]:
        given = self.habits.days.get(question.id)
        if given:
            return [(day - EPOCH).days for day in given.days]
        year = self.world.questionnaire.reference_date.year
        return [(date(year + ahead, month, 1) - EPOCH).days for ahead in (1, 2) for month in (4, 10)]

    def number_wishes(self, question: Question, subjects: Sequence[Subject]) -> list[int]:
        """A wish for each subject; where a figure fixes their sum, the wishes add up to it."""
        if question.type == "date":
            days = self._days(question)
            return [self._day_wish(question, subject, days) for subject in subjects]
        raw = [self._number_wish(question, subject) for subject in subjects]
        low, high = self.number_range(question, 0)
        grain = self.world.questionnaire.block_of[question.id].grain
        goal = self._goal("sum", question.id, grain)
        if goal is None:
            return [min(high, max(low, round(value))) for value in raw]
        return apportion(raw, goal, low, high)

    def _day_wish(self, question: Question, subject: Subject, days: Sequence[int]) -> int:
        before = self.before(subject, question.id)
        if isinstance(before, date):
            return (before - EPOCH).days
        return days[int(self.draw("day", question.id, subject.entity_id) * len(days))]

    def _number_wish(self, question: Question, subject: Subject) -> float:
        before = self.before(subject, question.id)
        if isinstance(before, int):
            return self._near(before, question.id, subject.entity_id)
        spread = self.habits.spreads.get(question.id, DEFAULT_SPREAD)
        drift = self.targets.drift.get(question.id, 1.0)
        return self._spread(spread, subject.code, question.id, subject.entity_id) * drift

    def _near(self, before: int, name: str, *words: str) -> float:
        """A number near the neighbouring year's, drifted as the targets say, and for some moved by a step."""
        wish = before * self.targets.drift.get(name, 1.0)
        if self.draw("moves", name, *words) < self.targets.change:
            wish += (2 * self.draw("step", name, *words) - 1) * max(1.5, before / 5)
        return max(0.0, wish)

    def _spread(self, spread: Spread, code: str, *words: str) -> float:
        share = spread.low + (spread.high - spread.low) * self.draw("spread", *words)
        return spread.mean * share * (self._size(code) if spread.by_size else 1)

    def _size(self, code: str) -> float:
        kind = self.world.municipalities[code].kind
        return self.habits.sizes.get(code, self.habits.sizes.get(kind, 1.0))

    def row_wishes(self, block: Block, places: Sequence[tuple[str, str]]) -> list[int]:
        """How many rows each (municipality, entity) wishes to list in an open table."""
        spread = self.habits.rows.get(block.id, DEFAULT_SPREAD)
        raw = [self._row_wish(block, spread, code, entity_id) for code, entity_id in places]
        goal = self._goal("count", None, block.grain)
        if goal is None:
            return [min(block.total_capacity, round(value)) for value in raw]
        return apportion(raw, goal, 0, block.total_capacity)

    def _row_wish(self, block: Block, spread: Spread, code: str, entity_id: str) -> float:
        before = self._rows_before(block, code, entity_id)
        if before is None:
            return self._spread(spread, code, "rows", block.id, code, entity_id)
        return self._near(before, block.id, code, entity_id)

    def _rows_before(self, block: Block, code: str, entity_id: str) -> int | None:
        """How many rows the neighbouring year lists for an entity; None where it has no such return."""
        if self._neighbour is None or code not in self._neighbour.fills:
            return None
        rows = self._neighbour.fills[code].rows.get(block.id, ())
        return sum(1 for row in rows if not entity_id or entity_id in row.answers.values())

    def _goal(self, operation: str, question_id: str | None, grain: str) -> int | None:
        """The target of the figure that adds up a question, or counts all entities of a grain."""
        for name, target in self.targets.figures.items():
            figure = self.world.declarations.figures[name]
            is_whole = figure.question == question_id or (question_id is None and not figure.options)
            if figure.operation == operation and figure.grain == grain and is_whole and not figure.options:
                return target.value
        return None

    def number_price(self, subject: Subject, question: Question) -> int:
        """The price of each unit between a number and its wish."""
        return round(SCALE * (0.5 + self.draw("price", question.id, subject.entity_id)))

    def row_price(self, block: Block, code: str, entity_id: str) -> int:
        """The price of each row more or less than wished.

        Where a figure fixes how many rows there are, numbers that repeat it follow the rows; else the rows follow.
        """
        weight = 0.1 if self._goal("count", None, block.grain) is None else 10
        return round(weight * SCALE * (0.5 + self.draw("price", block.id, code, entity_id)))


def apportion(weights: Sequence[float], goal: int, low: int, high: int) -> list[int]:
    """Give each weight a whole share between two bounds; the shares add up to the goal where the bounds allow it.

    What lies above `low` follows the weights; remainders go to the largest fractions, ties to the earlier.
    """
    shares = [low] * len(weights)
    left = min(max(goal, low * len(weights)), high * len(weights)) - sum(shares)
    while left:
        places = [i for i, share in enumerate(shares) if share < high]
        whole = sum(max(weights[i], TINY) for i in places)
        exact = {i: left * max(weights[i], TINY) / whole for i in places}
        by_fraction = [i for _, i in sorted((-(exact[i] % 1), i) for i in places)]
        rest = left - sum(map(math.floor, exact.values()))
        for i in places:
            share = min(high - shares[i], math.floor(exact[i]) + (i in by_fraction[:rest]))
            shares[i] += share
            left -= share
    return shares
