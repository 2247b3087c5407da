"""The form as it was sent: which cells it fills itself, and which of its texts are the same for every municipality."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.forms.choices import TICK
from pipeline.forms.wording import SYNTHETIC_NOTICE, previous_header
from pipeline.forms.write import write_form
from pipeline.japanese import plain_text
from pipeline.workbooks.opening import open_workbook
from schemas.survey import YearDeclarations

Place = tuple[str, str]
"""Sheet and address."""


@dataclass(frozen=True)
class BlankForm:
    """What the form itself holds.

    `owned` is every cell it may fill, `fixed` the texts that are the same for every municipality. Where it was sent with
    last year's answers, `headings` stand over them; only then it fills `previous`, of which `marks` are the places of last
    year's ○, by the options (question, code) that they may stand for.
    """

    owned: frozenset[Place]
    fixed: dict[Place, str]
    headings: frozenset[Place]
    previous: frozenset[Place]
    marks: dict[Place, frozenset[tuple[str, str]]]


@lru_cache(maxsize=8)
def blank_form(declarations: YearDeclarations) -> BlankForm:
    """The form of a year, from a blank one and one for another municipality with last year's answers in every place.

    Made once for the same declarations. Nobody may change it.
    """
    first, other = declarations.municipalities[0], declarations.municipalities[-1]
    slots = declarations.layout.slots
    ticked = {(slot.question_id, slot.row_no, slot.choice): TICK for slot in slots}
    forms = [
        {(cell.sheet, cell.address): plain_text(cell.text) for cell in open_workbook(content)}
        for content in (
            write_form(declarations, first),
            write_form(declarations, other, previous=ticked, is_synthetic=True),
        )
    ]
    one, two = forms
    fixed = {place: text for place, text in one.items() if two.get(place) == text}
    beside: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for slot in (slot for block in declarations.layout.blocks for placed in block.questions for slot in placed.slots):
        if slot.choice is not None:
            beside[slot.sheet, slot.row].add((slot.question_id, slot.choice))
    marks = {
        (sheet, address): frozenset(beside[sheet, coordinate_to_tuple(address)[0]])
        for (sheet, address), text in two.items()
        if text.startswith(TICK) and (sheet, address) not in one and (sheet, coordinate_to_tuple(address)[0]) in beside
    }
    heading, notice = plain_text(previous_header(declarations.questionnaire)), plain_text(SYNTHETIC_NOTICE)
    headings = frozenset(place for place, text in two.items() if text == heading and place not in one)
    sheets = {sheet for sheet, _ in headings}
    previous = frozenset(
        place for place, text in two.items() if place not in one and place[0] in sheets and text != notice
    )
    return BlankForm(frozenset({*one, *two}), fixed, headings, previous, marks)
