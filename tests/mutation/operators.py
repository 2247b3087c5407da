"""What a hand does to a form: each operator gives the answer cells of returns that are written otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from pipeline.read.values import parse_count
from pipeline.workbooks.workbook import Cell
from schemas.form_layout import Slot
from schemas.questionnaire import Question
from schemas.survey import YearDeclarations

Texts = Mapping[Slot, str]
"""What stands in the answer cells of a return; blank ones included."""
TICK = "○"


@dataclass(frozen=True)
class Mutant:
    """Cells written otherwise, by municipality; `what` says in words what was done, of `whose` returns."""

    kind: str
    what: str
    cells: Mapping[str, Mapping[Slot, str]]

    @property
    def whose(self) -> tuple[str, ...]:
        """The municipalities whose returns are changed."""
        return tuple(self.cells)


@dataclass(frozen=True)
class Year:
    """The clean returns of a year and of the year before, by municipality, in the slots of this year's form."""

    declarations: YearDeclarations
    texts: Mapping[str, Texts]
    before: Mapping[str, Texts]

    def question(self, slot: Slot) -> Question | None:
        """The question of a slot; None for the free text that a question implies."""
        return self.declarations.questionnaire.questions.get(slot.question_id)

    def slots(self, code: str, *types: str) -> list[Slot]:
        """The filled slots of a return to questions of these types."""
        return [
            slot for slot, text in self.texts[code].items()
            if text and (question := self.question(slot)) and question.type in types
        ]  # fmt: skip


def _numbers(year: Year, code: str) -> list[tuple[Slot, int]]:
    """The counts of a return that can be read, each in its slot, however they are written."""
    found = []
    for slot in year.slots(code, "count"):
        text, question = year.texts[code][slot], year.question(slot)
        parsed = parse_count(
            Cell(slot.sheet, slot.row, slot.column, "text", text, text), question.unit if question else None
        )
        if isinstance(parsed.value, int):
            found.append((slot, parsed.value))
    return found


def _one(kind: str, code: str, what: str, cells: Mapping[Slot, str]) -> Mutant:
    return Mutant(kind, f"{code}: {what}", {code: cells})


def unit(year: Year, random: Random) -> Mutant | None:
    """A count that is not zero, ten, a hundred or a thousand times."""
    code = random.choice(sorted(year.texts))
    counts = [(slot, number) for slot, number in _numbers(year, code) if number]
    if not counts:
        return None
    (slot, number), times = random.choice(counts), random.choice((10, 100, 1000))
    return _one("unit", code, f"{slot.question_id}#{slot.row_no} {number} x {times}", {slot: str(number * times)})


def shifted_rows(year: Year, random: Random) -> Mutant | None:
    """The answers of a block's column, each one row further down: the first cell is blank then, the last text is lost."""
    code = random.choice(sorted(year.texts))
    columns: dict[tuple[str, str, int], list[Slot]] = defaultdict(list)
    for slot in year.texts[code]:
        block = year.declarations.questionnaire.block_of.get(slot.question_id)
        if block and block.id != "respondent":
            columns[block.id, slot.sheet, slot.column].append(slot)
    lines = [
        sorted(line, key=lambda s: s.row)
        for line in columns.values()
        if sum(bool(year.texts[code][s]) for s in line) > 1
    ]
    if not lines:
        return None
    line = random.choice(lines)
    texts = [year.texts[code][slot] for slot in line]
    moved = dict(zip(line, ["", *texts[:-1]], strict=True))
    return _one("shifted_rows", code, f"{line[0].sheet} {line[0].address} down", moved)


def swapped(year: Year, random: Random) -> Mutant | None:
    """The answers of two municipalities in one another's forms; who filled them in included."""
    one, other = random.sample(sorted(year.texts), 2)
    return Mutant("swapped", f"{one} and {other}", {one: year.texts[other], other: year.texts[one]})


def copied(year: Year, random: Random) -> Mutant | None:
    """One municipality's answers in another's form too."""
    one, other = random.sample(sorted(year.texts), 2)
    return _one("copied", one, f"as {other}", year.texts[other])


def stale(year: Year, random: Random) -> Mutant | None:
    """Last year's answers once more."""
    code = random.choice(sorted(set(year.texts) & set(year.before)))
    return _one("stale", code, "last year's", year.before[code])


def blank(year: Year, random: Random) -> Mutant | None:
    """An answer left out."""
    code = random.choice(sorted(year.texts))
    slots = year.slots(code, "single", "count", "register", "date", "multiple")
    if not slots:
        return None
    slot = random.choice(slots)
    return _one("blank", code, f"{slot.question_id}#{slot.row_no}", {slot: ""})


def other_option(year: Year, random: Random) -> Mutant | None:
    """Another option of a single answer."""
    code = random.choice(sorted(year.texts))
    slots = year.slots(code, "single")
    if not slots:
        return None
    slot = random.choice(slots)
    question = year.question(slot)
    assert question
    if slot.choice:
        others = [
            s for s in year.texts[code] if s.question_id == slot.question_id and s.row_no == slot.row_no and s != slot
        ]
        other = random.choice(others)
        return _one(
            "other_option", code, f"{slot.question_id} {slot.choice} to {other.choice}", {slot: "", other: TICK}
        )
    labels = [option.label.ja for option in question.options if option.label.ja != year.texts[code][slot]]
    return _one("other_option", code, f"{slot.question_id}#{slot.row_no}", {slot: random.choice(labels)})


def tick(year: Year, random: Random) -> Mutant | None:
    """A tick too many or too few."""
    code = random.choice(sorted(year.texts))
    ticks = [s for s in year.texts[code] if s.choice and (q := year.question(s)) and q.is_multiple]
    filled = {(s.question_id, s.row_no) for s in ticks if year.texts[code][s]}
    open_ticks = [s for s in ticks if (s.question_id, s.row_no) in filled]
    if not open_ticks:
        return None
    slot = random.choice(open_ticks)
    text = year.texts[code][slot]
    return _one(
        "tick", code, f"{slot.question_id} {slot.choice} {'off' if text else 'on'}", {slot: "" if text else TICK}
    )


def near_number(year: Year, random: Random) -> Mutant | None:
    """A count that is one or two off."""
    code = random.choice(sorted(year.texts))
    numbers = _numbers(year, code)
    if not numbers:
        return None
    slot, before = random.choice(numbers)
    number = max(0, before + random.choice((-2, -1, 1, 2)))
    return _one("near_number", code, f"{slot.question_id}#{slot.row_no}", {slot: str(number)})


def words(year: Year, random: Random) -> Mutant | None:
    """Words where a number or a day is asked."""
    code = random.choice(sorted(year.texts))
    slots = year.slots(code, "count", "date")
    if not slots:
        return None
    slot = random.choice(slots)
    return _one(
        "words", code, f"{slot.question_id}#{slot.row_no}", {slot: random.choice(("多数", "約3", "不明", "3～4"))}
    )


OPERATORS: dict[str, Callable[[Year, Random], Mutant | None]] = {
    "unit": unit, "shifted_rows": shifted_rows, "swapped": swapped, "stale": stale, "copied": copied, "blank": blank,
    "other_option": other_option, "tick": tick, "near_number": near_number, "words": words,
}  # fmt: skip


def mutants(year: Year, kind: str, count: int, random: Random) -> Iterator[Mutant]:
    """As many different mutants of a kind as were asked for, or as there are."""
    seen: set[str] = set()
    for _ in range(count * 20):
        mutant = OPERATORS[kind](year, random)
        if mutant and mutant.what not in seen:
            seen.add(mutant.what)
            yield mutant
            if len(seen) == count:
                return
