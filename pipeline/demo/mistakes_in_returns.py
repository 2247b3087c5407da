"""Mistakes that stand out only among all returns of a year and beside those of the year before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pipeline.demo.desk import Desk, Mistake, MistakeFinder
from pipeline.demo.fills import Answer, codes_of
from pipeline.demo.handwriting import CellValue
from schemas.form_layout import Slot, ticks
from schemas.questionnaire import Question

UNIT, OUTLIER, SHIFTED = "macro.unit", "macro.outlier", "macro.shifted"
STALE, SWAPPED, DUPLICATED = "macro.stale", "macro.swapped", "macro.duplicated"
OF_THE_REGISTER = ("member", "named", "named_assumed", "registered", "pointed", "secretariat", "twice", "type")
"""Beginnings of the rules that compare a return with the register."""
TIMES = 10
LEAP = 3.5
"""As many times last year's number is no slip of the unit."""
CHOICES = 2
"""Questions or rows of a matrix that must have moved together for a shift to be seen."""


def last_years_return(desk: Desk) -> Mistake | None:
    """Last year's answers sent once more, in this year's form."""
    if not _has_last_year(desk):
        return None
    code = next(desk.codes(is_alone=True), None)
    return (
        Mistake("last_years_return", code, _rules_of_all(desk, STALE), edits=_as_last_year(desk, code), is_whole=True)
        if code
        else None
    )


def swapped_returns(desk: Desk) -> Mistake | None:
    """Two municipalities' answers, each in the form of the other."""
    codes = desk.codes(is_alone=True)
    one, other = next(codes, None), next(codes, None)
    if not _has_last_year(desk) or one is None or other is None:
        return None
    others = {other: _answers_of(desk, one, other)}
    edits = _answers_of(desk, other, one)
    return Mistake("swapped_returns", one, _rules_of_all(desk, SWAPPED), edits=edits, others=others, is_whole=True)


def copied_return(desk: Desk) -> Mistake | None:
    """A municipality's answers in another's form too."""
    code = next(desk.codes(is_alone=True), None)
    original = next((other for other in desk.codes() if other != code), None)
    if code is None or original is None:
        return None
    edits = _answers_of(desk, original, code)
    return Mistake(
        "copied_return", code, _rules_of_all(desk, DUPLICATED), edits=edits, others={original: {}}, is_whole=True
    )


def _has_last_year(desk: Desk) -> bool:
    return desk.year - 1 in desk.demo.survey.years


def _rules_of_all(desk: Desk, first: str) -> list[str]:
    """Whatever may notice that the answers of a whole return are not its own."""
    questions = desk.questionnaire.questions
    return [
        first,
        *desk.consequences.of_everything(),
        *(f"{kind}.{name}" for kind in OF_THE_REGISTER for name in questions),
    ]


def _answers_of(desk: Desk, other: str, code: str) -> Mapping[Slot, CellValue | None]:
    return {**dict.fromkeys(desk.demo.cells(desk.year, code)), **desk.demo.cells(desk.year, other)}


def _as_last_year(desk: Desk, code: str) -> Mapping[Slot, CellValue | None]:
    places = {(slot.question_id, slot.row_no, slot.choice): slot for slot in desk.declarations.layout.slots}
    before = {
        places[key]: value for slot, value in desk.demo.cells(desk.year - 1, code).items()
        if (key := (slot.question_id, slot.row_no, slot.choice)) in places
    }  # fmt: skip
    return {**dict.fromkeys(desk.demo.cells(desk.year, code)), **before}


def _other_number(kind: str, rule: str, value_of: Callable[[int], int], least: int) -> MistakeFinder:
    """A number that is far from last year's, where that was `least` or more."""

    def find(desk: Desk) -> Mistake | None:
        found = []
        for code, question, _, answer in desk.answered("count") if _has_last_year(desk) else ():
            before = _before(desk, code, question)
            value = value_of(before) if isinstance(before, int) else 0
            is_table = desk.questionnaire.block_of[question.id].is_table
            if (
                isinstance(before, int)
                and before >= least
                and not is_table
                and answer != value
                and value <= (question.maximum or value)
            ):
                found.append((before, code, question))
        if not found:
            return None
        before, code, question = max(found, key=lambda one: one[0])
        slot = desk.slots(question.id)[None]
        follow = [rule, *desk.consequences.of([question.id])]
        return Mistake(kind, code, follow, question.id, {slot: value_of(before)}, place=slot)

    return find


def _before(desk: Desk, code: str, question: Question) -> Answer | None:
    """A municipality's answer of last year to a question outside tables."""
    earlier = desk.demo.fills(desk.year - 1).get(code)
    block = desk.questionnaire.block_of[question.id]
    return earlier.answer(block.id, question.id) if earlier else None


def shifted_numbers(desk: Desk) -> Mistake | None:
    """Last year's numbers of a block, each one row further down; the first row is blank then."""
    for block in desk.questionnaire.blocks if _has_last_year(desk) else ():
        questions = [q for q in block.questions if q.type == "count"]
        for code in desk.codes() if len(questions) > CHOICES and not block.is_table else ():
            numbers = [answer for q in questions if isinstance(answer := _before(desk, code, q), int)]
            moved = [None, *numbers[:-1]]
            if (
                len(numbers) < len(questions)
                or sum(a != b for a, b in zip(moved, numbers, strict=True)) < len(numbers) - 1
            ):
                continue
            slots = [desk.slots(q.id)[None] for q in questions]
            rules = [SHIFTED, f"answered.{questions[0].id}", *desk.consequences.of([q.id for q in questions])]
            edits = dict(zip(slots, moved, strict=True))
            return Mistake("shifted_numbers", code, rules, questions[0].id, edits, place=slots[1])
    return None


def shifted_choices(desk: Desk) -> Mistake | None:
    """The ticks of a block's choices, each at the next option."""
    for block in desk.questionnaire.blocks if _has_last_year(desk) else ():
        questions = [q for q in block.questions if q.type == "single" and ticks(q)]
        for code in desk.codes() if len(questions) >= CHOICES and not block.is_table else ():
            edits = dict(_next_options(desk, code, questions))
            if edits:
                follow = [SHIFTED, *desk.consequences.of([q.id for q in questions])]
                place = next(slot for slot, value in edits.items() if value)
                return Mistake("shifted_choices", code, follow, questions[0].id, edits, place=place)
    return None


def _next_options(desk: Desk, code: str, questions: list[Question]) -> Iterator[tuple[Slot, CellValue | None]]:
    """Each question's tick at the option after last year's; nothing where one has none."""
    afters = []
    for question in questions:
        options = [option.code for option in question.options]
        before = _before(desk, code, question)
        place = options.index(str(before)) + 1 if before in options else len(options)
        afters.append(options[place] if place < len(options) else None)
    if None not in afters:
        for question, after in zip(questions, afters, strict=True):
            for option, slot in desk.slots(question.id).items():
                yield slot, "○" if option == after else None


def shifted_columns(desk: Desk) -> Mistake | None:
    """The ticks of a matrix, each in the next column."""
    for question in desk.questions("matrix") if _has_last_year(desk) else ():
        for code in desk.codes():
            chosen = [option for option in codes_of(_before(desk, code, question)) if "." in option]
            moved = {_other_column(question, option) for option in chosen}
            if None in moved or len({option.split(".")[0] for option in chosen}) < max(CHOICES, len(chosen)):
                continue
            if len({option.split(".")[1] for option in chosen}) > 1:
                continue
            slots = desk.slots(question.id)
            edits: dict[Slot, CellValue | None] = {
                slot: "○" if option in moved else None for option, slot in slots.items()
            }
            follow = [SHIFTED, *desk.consequences.of([question.id])]
            place = next(slots[option] for option in slots if option in moved)
            return Mistake("shifted_columns", code, follow, question.id, edits, place=place)
    return None


def _other_column(question: Question, option: str) -> str | None:
    """The same row in the column after that of an option, or else before it."""
    row, _, column = option.partition(".")
    columns = [o.code.partition(".")[2] for o in question.choices if o.code.startswith(f"{row}.")]
    place = columns.index(column)
    beside = columns[place + 1 :] or columns[:place][-1:]
    return f"{row}.{beside[0]}" if beside else None


RETURN_MISTAKES: tuple[MistakeFinder, ...] = (
    swapped_returns,
    last_years_return,
    copied_return,
    shifted_numbers,
    shifted_choices,
    shifted_columns,
    _other_number("far_from_last_year", OUTLIER, lambda before: round(before * LEAP), 3),
    _other_number("ten_times", UNIT, lambda before: before * TIMES, 1),
)
