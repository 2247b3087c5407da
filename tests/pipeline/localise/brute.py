"""What localisation has to find, by trying every return of a small survey that the product's own judges find nothing wrong with.

A change is an answer that is another one than was sent: a choice ticked or not, a code, a number, a day, a text. In a table it is
also a row dropped, at the row's price and whatever stood in it, or rows added about an entity, each at the row's price; a table
that loses a row gains none. What else an added row answers is left free by the program, so that the small surveys have a value
for each rule that may be about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pipeline.localise.localise import explain
from pipeline.localise.returns import _row_price, about_question
from pipeline.localise.search import FARTHEST, Contradiction, Solution
from pipeline.localise.unknowns import FieldUnknowns
from pipeline.validate.frames import YearTables
from schemas.questionnaire import Block
from schemas.survey import YearDeclarations
from tests.pipeline.localise.bulk import at_fault, judge_all, judge_rules, only, read_bulk
from tests.pipeline.localise.small import OBSERVED, Place, Space

Units = frozenset["Unit"]


class Unit(NamedTuple):
    """One change that can be counted: of an answer, of a row that is dropped, or of rows that are added."""

    kind: str
    place: Place


def unit_of(one: FieldUnknowns) -> Unit:
    """The unit that a field of a solution is."""
    return Unit(one.field.kind, Place(one.key.question_id, one.key.row_no, one.key.option_code))


def units_of(solution: Solution) -> Units:
    """The units of a solution."""
    return frozenset(unit_of(one) for one in solution.fields)


@dataclass(frozen=True)
class Changes:
    """What each sound return changes of the one that was sent: which units, at what weight. A line for each return."""

    space: Space = field(repr=False)
    units: Sequence[Unit]
    lines: np.ndarray[Any, Any]
    costs: np.ndarray[Any, Any]
    warnings: np.ndarray[Any, Any]

    @cached_property
    def weights(self) -> np.ndarray[Any, Any]:
        """What each line changes, altogether."""
        return self.costs.sum(axis=1)

    @cached_property
    def sets(self) -> list[Units]:
        """The changed units of each line."""
        return [
            frozenset(unit for unit, cost in zip(self.units, line, strict=True) if cost) for line in self.costs.tolist()
        ]

    def least(self, others: Units = frozenset()) -> dict[Units, int]:
        """Sets of units that are enough while others may change too, none with a smaller one that is as cheap; with their weights."""
        is_own = np.array([unit not in others for unit in self.units])
        found: dict[Units, int] = {}
        for units, weight in zip(self.sets, (self.costs * is_own).sum(axis=1).tolist(), strict=True):
            own = units - others
            found[own] = min(weight, found.get(own, weight))
        return {
            units: weight for units, weight in found.items()
            if not any(other < units and found[other] <= weight for other in found)
        }  # fmt: skip

    def values(self, units: Units, place: Place) -> set[str]:
        """What a place may be where exactly these units change; an empty text for no answer."""
        column = self.space.places.index(place)
        lines = [line for line, own in zip(self.lines, self.sets, strict=True) if own == units]
        return {self.space.values[place][line[column]] for line in lines}


def _price(declarations: YearDeclarations, unit: Unit) -> int:
    if unit.kind != "answer":
        return _row_price(declarations.questionnaire.block_of[unit.place.question])
    return 2 * declarations.questionnaire.questions[unit.place.question].reliability


class Sent(NamedTuple):
    """A return as it was sent: texts by place; those in `unreadable` cannot stay."""

    texts: Mapping[Place, str]
    unreadable: frozenset[Place] = frozenset()


def explain_sent(space: Space, declarations: YearDeclarations, sent: Sent) -> tuple[list[Contradiction], YearTables]:
    """The contradictions of one return."""
    cells = {
        (p.question, p.row, p.option or None): text if p in sent.unreadable else space.text(p, text)
        for p, text in sent.texts.items() if text
    }  # fmt: skip
    tables = read_bulk(declarations, {OBSERVED: cells})
    return explain(tables, judge_all(tables, declarations), declarations), tables


def changes_of(space: Space, declarations: YearDeclarations, sent: Sent) -> Changes:
    """Every sound return beside the one that was sent."""
    numbers = {code: number for number, code in enumerate(space.codes)}
    findings = judge_rules(space.sound, declarations)
    wrong = at_fault(findings)
    codes = [code for code in space.sound.returns["municipality_code"] if code not in wrong]
    lines = space.assignments[[numbers[code] for code in codes]]
    units, costs, is_possible = _compare(space, declarations, sent, lines)
    warned: dict[str, int] = dict.fromkeys(codes, 0)
    everything = judge_all(only(space.sound, codes), declarations) if codes else findings.clear()
    for code, severity, verdict in everything.select("municipality_code", "severity", "verdict").iter_rows():
        if severity == "warning" and verdict == "fail":
            warned[code] += 1
    warnings = np.array([warned[code] for code in codes], dtype=int)
    return Changes(space, units, lines[is_possible], costs[is_possible], warnings[is_possible])


def _compare(
    space: Space, declarations: YearDeclarations, sent: Sent, lines: np.ndarray[Any, Any]
) -> tuple[list[Unit], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The units, what each of them costs each line, and which lines do not both drop and add rows of one table."""
    columns: list[tuple[Unit, np.ndarray[Any, Any], int]] = []
    answers = {
        place: np.ones(len(lines), dtype=bool) if place in sent.unreadable
        else lines[:, number] != _number(space.values[place], sent.texts.get(place, ""))
        for number, place in enumerate(space.places)
    }  # fmt: skip
    impossible = np.zeros(len(lines), dtype=bool)
    for block in declarations.questionnaire.blocks:
        own = [place for place in space.places if declarations.questionnaire.block_of[place.question].id == block.id]
        if not block.is_table:
            columns += [_column(declarations, Unit("answer", place), answers[place]) for place in own]
            continue
        rows, dropped_any, added_any = _rows(space, block, own, sent, lines)
        for place in own:
            kept = rows.kept.get(place.row)
            if kept is not None:
                columns.append(_column(declarations, Unit("answer", place), answers[place] & kept))
        columns += [_column(declarations, unit, times) for unit, times in (*rows.dropped, *rows.added)]
        impossible |= dropped_any & added_any
    costs = np.stack([times * price for _, times, price in columns], axis=1)
    return [unit for unit, _, _ in columns], costs, ~impossible


def _number(values: Sequence[str], text: str) -> int:
    return values.index(text) if text in values else -1


def _column(
    declarations: YearDeclarations, unit: Unit, times: np.ndarray[Any, Any]
) -> tuple[Unit, np.ndarray[Any, Any], int]:
    return unit, times, _price(declarations, unit)


class _Rows(NamedTuple):
    kept: dict[int, np.ndarray[Any, Any]]
    dropped: list[tuple[Unit, np.ndarray[Any, Any]]]
    added: list[tuple[Unit, np.ndarray[Any, Any]]]


def _rows(
    space: Space, block: Block, own: Iterable[Place], sent: Sent, lines: np.ndarray[Any, Any]
) -> tuple[_Rows, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Which of the rows that were sent each line keeps or drops, and the rows that it has besides, by what they are about."""
    about = about_question(block)
    places: dict[int, list[Place]] = {}
    for place in own:
        places.setdefault(place.row, []).append(place)
    rows = _Rows({}, [], [])
    none = np.zeros(len(lines), dtype=bool)
    dropped_any, added_any = none.copy(), none.copy()
    entities = [value for value in space.values[Place(about.id)] if value] if about.type == "register" else [""]
    added = {entity: np.zeros(len(lines), dtype=int) for entity in entities}
    for row, its in places.items():
        filled = (lines[:, [space.places.index(place) for place in its]] > 0).any(axis=1)
        if any(sent.texts.get(place) for place in its):
            rows.kept[row] = filled
            rows.dropped.append((Unit("dropped_row", Place(about.id, row)), (~filled).astype(int)))
            dropped_any |= ~filled
            continue
        added_any |= filled
        values = lines[:, space.places.index(Place(about.id, row))]
        for entity in entities:
            is_it = filled if about.type != "register" else values == space.values[Place(about.id)].index(entity)
            added[entity] += filled & is_it
    for entity, times in added.items():
        rows.added.append((Unit("added_rows", Place(about.id, 0, entity)), times))
    return rows, dropped_any, added_any


def is_far(weight: int, first: int) -> bool:
    """Whether a solution is too dear to be listed beside a first one."""
    return weight > FARTHEST * first
