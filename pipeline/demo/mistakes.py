"""Seeding known errors into a year's returns, each in a return of its own, with a key that says what finds it.

The kinds of mistake live in `mistakes_in_cells`, `mistakes_in_rows`, `mistakes_in_sheets` and `mistakes_in_files`; each looks for a
municipality and a question it fits, so that none of them names either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from pipeline.demo.desk import Desk, Mistake
from pipeline.demo.mistakes_in_cells import CELL_MISTAKES
from pipeline.demo.mistakes_in_files import FILE_MISTAKES
from pipeline.demo.mistakes_in_rows import ROW_MISTAKES
from pipeline.demo.mistakes_in_sheets import SHEET_MISTAKES
from pipeline.demo.years import DemoFile, DemoYears
from pipeline.forms.write import write_form
from schemas.form_layout import Slot


class SeededError(BaseModel):
    """One error of the key. `rule_ids` begins with the rule that must find it; the others may follow from it.

    `cells` are written as `kyogikai findings --json` writes them, or name a file that is no return.
    """

    model_config = ConfigDict(frozen=True)

    error_id: str
    kind: str
    municipality_code: str
    question_id: str | None
    cells: list[str]
    rule_ids: list[str]


@dataclass(frozen=True)
class Mistaken:
    """The files of a year with errors, and the key to them."""

    files: list[DemoFile]
    key: list[SeededError]


def make_mistakes(demo: DemoYears, year: int) -> Mistaken:
    """Return the year's files with one mistake of every kind that fits the survey, and the key to them."""
    desk = Desk(demo, year)
    mistakes: dict[str, Mistake] = {}
    for find in (*ROW_MISTAKES, *FILE_MISTAKES, *CELL_MISTAKES, *SHEET_MISTAKES):
        mistake = find(desk)
        if mistake is not None:
            desk.take(mistake)
            mistakes[mistake.code] = mistake
    files: list[DemoFile] = []
    key: list[SeededError] = []
    for code, clean in demo.returns(year):
        if code not in mistakes:
            files.append(clean)
            continue
        sent, error = _commit(desk, mistakes[code], clean)
        files += sent
        key.append(error)
    return Mistaken(files, sorted(key, key=lambda error: error.error_id))


def _commit(desk: Desk, mistake: Mistake, clean: DemoFile) -> tuple[list[DemoFile], SeededError]:
    file = clean
    if mistake.edits:
        cells = {**desk.demo.cells(desk.year, mistake.code)}
        for slot, value in mistake.edits.items():
            cells.pop(slot, None)
            if value is not None:
                cells[slot] = value
        municipality = desk.world.municipalities[mistake.code]
        previous = desk.demo.previous(desk.year).get(mistake.code)
        content = write_form(desk.declarations, municipality, previous=previous, fill=cells, is_synthetic=True)
        file = replace(clean, content=content)
    if mistake.operate:
        file = replace(file, content=mistake.operate(file.content))
    sent = mistake.send(file) if mistake.send else [file]
    error = SeededError(
        error_id=f"{desk.year}-{mistake.kind}", kind=mistake.kind, municipality_code=mistake.code,
        question_id=mistake.question_id, cells=_cells(mistake, sent), rule_ids=list(dict.fromkeys(mistake.rule_ids)),
    )  # fmt: skip
    return sent, error


def _cells(mistake: Mistake, sent: Sequence[DemoFile]) -> list[str]:
    """Where the error stands: the file that was sent, and the cell in it."""
    if not sent:
        return []
    place = mistake.place
    name = f"{sent[-1].name}/{mistake.inside}" if mistake.inside else sent[-1].name
    if isinstance(place, Slot):
        place = f"{place.sheet}!{place.address}"
    return [f"{name}!{place}" if place else name]
