"""Seeding known errors into a year's returns, each in a return of its own, with a key that says what finds it.

The kinds of mistake live in `mistakes_in_cells`, `mistakes_in_rows`, `mistakes_in_sheets`, `mistakes_in_files` and `mistakes_in_returns`;
each looks for a municipality and a question it fits, so that none of them names either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from pipeline.demo.desk import Desk, Edits, Mistake
from pipeline.demo.mistakes_in_cells import CELL_MISTAKES
from pipeline.demo.mistakes_in_files import FILE_MISTAKES
from pipeline.demo.mistakes_in_returns import RETURN_MISTAKES
from pipeline.demo.mistakes_in_rows import ROW_MISTAKES
from pipeline.demo.mistakes_in_sheets import SHEET_MISTAKES
from pipeline.demo.years import DemoFile, DemoYears
from pipeline.forms.write import write_form
from schemas.form_layout import Slot


class SeededError(BaseModel):
    """One error of the key. `rule_ids` begins with the rule that must find it; the others may follow from it.

    `cells` are written as `kyogikai findings --json` writes them, or name a file that is no return; there are none where nothing
    was sent, or where a return is wrong as a whole.
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
    for find in (*ROW_MISTAKES, *FILE_MISTAKES, *CELL_MISTAKES, *SHEET_MISTAKES, *RETURN_MISTAKES):
        mistake = find(desk)
        if mistake is not None:
            desk.take(mistake)
            mistakes[mistake.code] = mistake
    others = {code: mistake for mistake in mistakes.values() for code in mistake.others}
    files: list[DemoFile] = []
    key: list[SeededError] = []
    for code, clean in demo.returns(year):
        if code not in mistakes:
            edits = others[code].others[code] if code in others else {}
            files.append(_written(desk, code, edits, clean))
            if edits:
                key.append(_error(desk, others[code], code, []))
            continue
        sent, error = _commit(desk, mistakes[code], clean)
        files += sent
        key.append(error)
    return Mistaken(files, sorted(key, key=lambda error: error.error_id))


def _commit(desk: Desk, mistake: Mistake, clean: DemoFile) -> tuple[list[DemoFile], SeededError]:
    file = _written(desk, mistake.code, mistake.edits, clean)
    if mistake.operate:
        file = replace(file, content=mistake.operate(file.content))
    sent = mistake.send(file) if mistake.send else [file]
    return sent, _error(desk, mistake, mistake.code, _cells(mistake, sent))


def _error(desk: Desk, mistake: Mistake, code: str, cells: list[str]) -> SeededError:
    """What the key says of a return; each of a mistake in several has an id of its own."""
    name = f"{desk.year}-{mistake.kind}"
    return SeededError(
        error_id=name if code == mistake.code else f"{name}-{code}", kind=mistake.kind, municipality_code=code,
        question_id=mistake.question_id, cells=cells, rule_ids=list(dict.fromkeys(mistake.rule_ids)),
    )  # fmt: skip


def _written(desk: Desk, code: str, edits: Edits, clean: DemoFile) -> DemoFile:
    """The clean return with other contents of some cells."""
    if not edits:
        return clean
    cells = {**desk.demo.cells(desk.year, code)}
    for slot, value in edits.items():
        cells.pop(slot, None)
        if value is not None:
            cells[slot] = value
    municipality, previous = desk.world.municipalities[code], desk.demo.previous(desk.year).get(code)
    return replace(
        clean, content=write_form(desk.declarations, municipality, previous=previous, fill=cells, is_synthetic=True)
    )


def _cells(mistake: Mistake, sent: Sequence[DemoFile]) -> list[str]:
    """Where the error stands: the file that was sent, and the cell in it."""
    if not sent or mistake.is_whole:
        return []
    place = mistake.place
    name = f"{sent[-1].name}/{mistake.inside}" if mistake.inside else sent[-1].name
    if isinstance(place, Slot):
        place = f"{place.sheet}!{place.address}"
    return [f"{name}!{place}" if place else name]
