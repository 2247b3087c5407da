"""Writing a return's answers into cells as people do: each municipality with its own habits, and a slip now and then.

Everything written here is understood by `pipeline.read.values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline.demo.fills import Answer, ReturnFill
from pipeline.demo.world import draw
from schemas.form_layout import NOT_LISTED_TEXT, Slot, register_text
from schemas.questionnaire import NOT_LISTED, Question
from schemas.survey import YearDeclarations

CellValue = str | int
TickStyle = Literal["○", "〇", "◯", "✓", "レ", "1"]
NumberStyle = Literal["plain", "wide", "unit", "wide_unit", "thousands"]
DayStyle = Literal["era", "wide_era", "short_era", "slashes"]

TICK_STYLES: tuple[TickStyle, ...] = ("○", "○", "○", "○", "〇", "〇", "◯", "✓", "レ", "1")
NUMBER_STYLES: tuple[NumberStyle, ...] = ("plain", "plain", "plain", "wide", "unit", "wide_unit", "thousands")
DAY_STYLES: tuple[DayStyle, ...] = ("era", "era", "wide_era", "short_era", "slashes")
SLIP = 0.04
"""How often a cell is written in another style than the writer's own."""
CROSSING = 0.06
"""How many writers put a × where an option does not apply, instead of leaving the cell blank."""
REIWA_START = date(2019, 5, 1)
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Hand:
    """How one official writes."""

    code: str
    seed: int

    def _pick(self, styles: tuple[str, ...], what: str, *cell: object) -> str:
        words = ("slip", *cell) if draw(self.seed, self.code, "slips", what, *cell) < SLIP else ()
        return styles[int(draw(self.seed, self.code, what, *words) * len(styles))]

    @property
    def crosses(self) -> bool:
        """True for a writer who marks what does not apply."""
        return draw(self.seed, self.code, "crosses") < CROSSING

    def tick(self, slot: Slot) -> CellValue:
        """Write a tick."""
        mark = self._pick(TICK_STYLES, "tick", slot.sheet, slot.address)
        return int(mark) if mark.isdigit() else mark

    def number(self, value: int, unit: str | None, slot: Slot) -> CellValue:
        """Write a whole number, with full-width digits, thousands separators or its unit."""
        style = self._pick(NUMBER_STYLES, "number", slot.sheet, slot.address)
        text = f"{value:,}" if style == "thousands" else str(value)
        if style.startswith("wide"):
            text = text.translate(_WIDE)
        if style.endswith("unit"):
            text += unit or ""
        return value if text == str(value) else text

    def day(self, value: date, slot: Slot) -> CellValue:
        """Write a day in the Japanese era, long or short, or with slashes."""
        style = self._pick(DAY_STYLES, "day", slot.sheet, slot.address)
        if style == "slashes" or value < REIWA_START:
            return f"{value.year}/{value.month}/{value.day}"
        year = value.year - REIWA_START.year + 1
        if style == "short_era":
            return f"R{year}.{value.month}.{value.day}"
        text = f"令和{'元' if year == 1 else year}年{value.month}月{value.day}日"
        return text.translate(_WIDE) if style == "wide_era" else text


def write_by_hand(declarations: YearDeclarations, fill: ReturnFill, *, seed: int) -> dict[Slot, CellValue]:
    """Return what stands in every filled answer cell of a return."""
    hand = Hand(fill.code, seed)
    slots = _slots(declarations)
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    cells: dict[Slot, CellValue] = {}
    for rows in fill.rows.values():
        for row_no, row in enumerate(rows, start=1):
            for question_id, answer in row.answers.items():
                question = declarations.questionnaire.questions[question_id]
                own = slots[question_id, row_no]
                cells |= dict(_write(question, answer, own, hand, names))
                is_list = question.is_multiple and not declarations.questionnaire.block_of[question_id].is_table
                if hand.crosses and is_list:
                    cells |= {slot: "×" for slot in own if slot not in cells}
    return cells


def _slots(declarations: YearDeclarations) -> dict[tuple[str, int], list[Slot]]:
    found: dict[tuple[str, int], list[Slot]] = {}
    for slot in declarations.layout.slots:
        found.setdefault((slot.question_id, slot.row_no), []).append(slot)
    return found


def _write(
    question: Question, answer: Answer, slots: list[Slot], hand: Hand, names: Mapping[str, str]
) -> Iterator[tuple[Slot, CellValue]]:
    by_choice = {slot.choice: slot for slot in slots}
    if None not in by_choice:
        for code in answer if isinstance(answer, tuple) else (str(answer),):
            yield by_choice[code], hand.tick(by_choice[code])
        return
    slot = by_choice[None]
    if isinstance(answer, date):
        yield slot, hand.day(answer, slot)
    elif isinstance(answer, int):
        yield slot, hand.number(answer, question.unit, slot)
    elif question.type == "register":
        text = str(answer)
        yield slot, NOT_LISTED_TEXT if text == NOT_LISTED else register_text(names[text], text)
    elif question.choices:
        yield slot, next(option.label.ja for option in question.choices if option.code == answer)
    else:
        yield slot, str(answer)
