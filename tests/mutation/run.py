"""Reading and judging returns with mutants among them, many at once, and telling which of them were seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.home import Home
from pipeline.macro.judge import edit_returns
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from schemas.corrections import Correction
from schemas.form_layout import Slot
from schemas.survey import YearDeclarations
from tests.mutation.operators import Mutant, Texts, Year

DAY = date(2024, 11, 1)
ANSWER = [
    "question_id",
    "option_code",
    "row_no",
    "entity_id",
    "status",
    "value_code",
    "value_number",
    "value_date",
    "value_text",
]


@dataclass(frozen=True)
class Seen:
    """A mutant: whether an answer is another one for it, and the rules that found something new."""

    mutant: Mutant
    is_different: bool
    rules: tuple[str, ...]


def judged(
    home: Home, declarations: YearDeclarations, corrections: Sequence[Correction] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read with these cells written otherwise, judge; gives answers and findings of verdict fail."""
    year = declarations.year
    tables = read_returns(home, declarations, corrections)
    save(home, year, tables)
    findings = pl.concat(
        [validate_returns(home, declarations)["findings"], edit_returns(home, declarations)["findings"]]
    )
    return tables["answers"], findings.filter((pl.col("verdict") == "fail") & (pl.col("severity") != "info"))


def texts_of(home: Home, declarations: YearDeclarations, slots: Iterable[Slot], year: int) -> dict[str, Texts]:
    """What stands in these slots in the returns of a year."""
    cells = load(home, year, "cells").filter(pl.col("is_declared"))
    found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for code, sheet, address, text in cells.select(
        "municipality_code", "form_sheet", "form_address", "text"
    ).iter_rows():
        found[code][sheet, address] = text
    return {code: {slot: own.get((slot.sheet, slot.address), "") for slot in slots} for code, own in found.items()}


def year_of(home: Home, declarations: YearDeclarations, before: YearDeclarations) -> Year:
    """The clean returns, and those of the year before in this year's slots: by question, row and option."""
    slots = declarations.layout.slots
    own = texts_of(home, declarations, slots, declarations.year)
    places = {(s.question_id, s.row_no, s.choice): s for s in before.layout.slots}
    earlier = texts_of(home, before, before.layout.slots, before.year)
    moved = {
        code: {
            slot: texts.get(places[key], "") if (key := (slot.question_id, slot.row_no, slot.choice)) in places else ""
            for slot in slots
        }
        for code, texts in earlier.items()
    }
    return Year(declarations, own, moved)


def batches(mutants: Iterable[Mutant], groups: Mapping[str, frozenset[str]], size: int) -> Iterator[list[Mutant]]:
    """Mutants that can be judged together: no two are of municipalities that share an entity."""
    left = list(mutants)
    while left:
        batch: list[Mutant] = []
        taken: set[str] = set()
        rest: list[Mutant] = []
        for mutant in left:
            whose = {other for code in mutant.whose for other in groups[code]}
            if len(batch) < size and not whose & taken:
                batch.append(mutant)
                taken |= whose
            else:
                rest.append(mutant)
        yield batch
        left = rest


def sharing(declarations: YearDeclarations) -> dict[str, frozenset[str]]:
    """Each municipality with all that share a registered entity with it."""
    on = declarations.questionnaire.reference_date
    found: dict[str, set[str]] = {m.code: {m.code} for m in declarations.municipalities}
    for entity in declarations.reference.register:
        codes = [m.code for m in declarations.reference.members(entity.entity_id, on) if m.code in found]
        for code in codes:
            found[code].update(codes)
    return {code: frozenset(codes) for code, codes in found.items()}


def see(
    home: Home, year: Year, batch: Sequence[Mutant], clean: tuple[pl.DataFrame, pl.DataFrame],
    groups: Mapping[str, frozenset[str]],
) -> Iterator[Seen]:  # fmt: skip
    """Judge a batch, and tell of each mutant what was found in the returns of its municipalities and their partners."""
    corrections = [
        Correction(
            id=f"mutant-{number}-{place}", municipality=code, sheet=slot.sheet, cell=slot.address, expect=year.texts[code][slot],
            to=text, reason="試験", authority="試験", granted=DAY, expires=DAY,
        )
        for number, mutant in enumerate(batch)
        for code, cells in mutant.cells.items()
        for place, (slot, text) in enumerate(cells.items())
        if year.texts[code][slot] != text
    ]  # fmt: skip
    answers, findings = judged(home, year.declarations, corrections)
    known = set(clean[1]["finding_id"])
    new = findings.filter(~pl.col("finding_id").is_in(list(known)))
    for mutant in batch:
        own = pl.col("municipality_code").is_in(list(mutant.whose))
        is_different = not answers.filter(own).select(ANSWER).equals(clean[0].filter(own).select(ANSWER))
        near = {other for code in mutant.whose for other in groups[code]}
        rules = new.filter(pl.col("municipality_code").is_in(list(near)))["rule_id"].unique().sort()
        yield Seen(mutant, is_different, tuple(rules))
