"""Surveys small enough that every return that can be thought of is judged: all questions, their values and the cells of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from pipeline.validate.frames import YearTables
from schemas.form_layout import register_text
from schemas.questionnaire import Questionnaire
from schemas.reference import Reference, RegisterEntity, RegisterMember, check_digit
from schemas.rules import Rule
from schemas.survey import YearDeclarations
from tests.pipeline.demo.tiny import EXAMPLES, QUESTIONNAIRE, _choice, _question
from tests.pipeline.localise.bulk import Cells, at_fault, judge_structure, only, read_bulk

REFERENCE = date(2030, 4, 1)
DAYS = tuple((REFERENCE + timedelta(days=step)).isoformat() for step in (-2, -1, 0, 1, 2))
OBSERVED = "509999"
"""The municipality whose return is explained."""
HIGHEST = 2
COUNTS = tuple(str(number) for number in range(HIGHEST + 1))


class Place(NamedTuple):
    """One thing that may be wrong: a question, in a row, of a multiple answer one choice."""

    question: str
    row: int = 1
    option: str = ""


@dataclass(frozen=True)
class Space:
    """All returns of a survey: the values of each place ("" for none), and every combination of them, read and judged once.

    `assignments` has one line for each return: the number of the value of each place.
    """

    declarations: YearDeclarations
    values: Mapping[Place, Sequence[str]]

    @cached_property
    def places(self) -> list[Place]:
        """Every place, in the order of the form."""
        return list(self.values)

    @cached_property
    def assignments(self) -> np.ndarray[Any, Any]:
        """Every return."""
        return np.array(list(product(*(range(len(values)) for values in self.values.values()))), dtype=np.int16)

    @cached_property
    def codes(self) -> list[str]:
        """A municipality for each return."""
        return [municipality_code(number) for number in range(len(self.assignments))]

    @cached_property
    def tables(self) -> YearTables:
        """All of them, as read."""
        return read_bulk(
            self.declarations, {code: self.cells(line) for code, line in zip(self.codes, self.assignments, strict=True)}
        )

    @cached_property
    def sound(self) -> YearTables:
        """Those that break nothing that the questionnaire and the register demand."""
        wrong = at_fault(judge_structure(self.tables, self.declarations))
        return only(self.tables, [code for code in self.codes if code not in wrong])

    def cells(self, line: Sequence[int]) -> Cells:
        """What stands in the cells of a return."""
        texts = {place: self.values[place][number] for place, number in zip(self.places, line, strict=True)}
        return {(p.question, p.row, p.option or None): self.text(p, text) for p, text in texts.items() if text}

    def text(self, place: Place, value: str) -> str:
        """A value as it is written."""
        if self.declarations.questionnaire.questions[place.question].type != "register":
            return value
        entity = next(e for e in self.declarations.reference.register if e.entity_id == value)
        return register_text(entity.name, entity.entity_id)

    def with_rules(self, rules: Sequence[Mapping[str, Any]]) -> YearDeclarations:
        """The declarations with these rules."""
        text = {"statement": "文", "message": "文", "examples": EXAMPLES}
        return replace(self.declarations, rules=tuple(Rule.model_validate({**text, **rule}) for rule in rules))


def municipality_code(number: int) -> str:
    """A code with its check digit."""
    code = f"{10_000 + number}"
    return code + check_digit(code)


def with_reliability(declarations: YearDeclarations, reliability: Mapping[str, int]) -> YearDeclarations:
    """The declarations with other reliabilities of questions."""
    questionnaire = declarations.questionnaire.model_dump(by_alias=True)
    for section in questionnaire["sections"]:
        for block in section["blocks"]:
            for question in block["questions"]:
                question["reliability"] = reliability.get(question["id"], 5)
    return replace(declarations, questionnaire=Questionnaire.model_validate(questionnaire))


def _declare(blocks: Sequence[Mapping[str, Any]], reference: Reference) -> YearDeclarations:
    section = {"id": "stage", "number": "1", "label": "舞台", "sheet": "舞台", "blocks": blocks}
    questionnaire = Questionnaire.model_validate({**QUESTIONNAIRE, "prefecture_code": "all", "sections": [section]})
    return YearDeclarations(
        questionnaire=questionnaire, rules=(), units={}, figures={}, relations=(), reference=reference
    )


def _ticks(question: str, *codes: str) -> dict[Place, Sequence[str]]:
    return {Place(question, 1, code): ("", "○") for code in codes}


@cache
def plain_space(*, is_lenient: bool = False) -> Space:
    """A routing parent, a multiple answer with その他 and 特になし, two counts and a day: 4096 returns.

    Lenient, some of it may be left open at the price of a warning.
    """
    shown = [{"question": "state", "in": ["alone", "shared"]}]
    firm: dict[str, Any] = {} if is_lenient else {"is_required": True}
    questions = [
        _question("state", "single", is_required=True, options=[_choice(c) for c in ("alone", "shared", "never")]),
        _question(
            "genre", "multiple", asked_if=shown, **firm,
            options=[_choice("music"), _choice("other", is_other=True), _choice("none", is_none=True)],
        ),
        _question("seats", "count", minimum=0, maximum=HIGHEST, asked_if=[{"question": "state", "in": ["shared"]}], **firm),
        _question("shows", "count", minimum=0, maximum=HIGHEST, is_optional=not is_lenient),
        _question("opened", "date", is_optional=True),
    ]  # fmt: skip
    values = {
        Place("state"): ("", "alone", "shared", "never"), **_ticks("genre", "music", "other", "none"),
        Place("genre_other_text"): ("", "人形劇"), Place("seats"): ("", *COUNTS), Place("shows"): ("", *COUNTS),
        Place("opened"): ("", *DAYS[1:-1]),
    }  # fmt: skip
    block = {"id": "stages", "grain": "municipality", "label": "舞台", "questions": questions}
    return Space(_declare([block], Reference(municipalities=())), values)


@cache
def matrix_space() -> Space:
    """A parent that need not be answered, a matrix, two counts, one without a highest number, and a day: 5760 returns.

    The count that is one more than any rule or question tells stands for all that are beyond.
    """
    questions = [
        _question("state", "single", is_optional=True, options=[_choice(c) for c in ("alone", "never")]),
        _question(
            "wish", "matrix", is_required=True, asked_if=[{"question": "state", "in": ["alone"]}],
            options=[_choice("hall"), _choice("money"), _choice("none", is_none=True)],
            columns=[_choice("whole"), _choice("part")],
        ),
        _question("seats", "count", is_required=True),
        _question("shows", "count", is_optional=True, minimum=1, maximum=HIGHEST),
        _question("opened", "date", is_optional=True),
    ]  # fmt: skip
    values = {
        Place("state"): ("", "alone", "never"),
        **_ticks("wish", "hall.whole", "hall.part", "money.whole", "money.part", "none"),
        Place("seats"): ("", *COUNTS, str(HIGHEST + 1)), Place("shows"): ("", *COUNTS[1:]), Place("opened"): ("", *DAYS[1:-1]),
    }  # fmt: skip
    block = {"id": "stages", "grain": "municipality", "label": "舞台", "questions": questions}
    return Space(_declare([block], Reference(municipalities=())), values)


LEAGUES = ("league-own", "league-shared")
ROWS = (1, 2)


def _reference(kinds: Mapping[str, str], statuses: Mapping[str, str], returns: int) -> Reference:
    unbounded = {"valid_from": "", "valid_to": ""}
    codes = [municipality_code(number) for number in range(returns)] + [OBSERVED]
    entities = [
        RegisterEntity.model_validate({
            "entity_id": league, "entity_kind": "league", "name": league, "kind": kind, "secretariat_code": municipality_code(0),
            "status": "confirmed", "source": "試験", **unbounded,
        })
        for league, kind in kinds.items()
    ]  # fmt: skip
    members = [
        RegisterMember.model_construct(
            entity_id=league, code=code, status=status, source="試験", valid_from=None, valid_to=None
        )
        for code in codes for league, status in statuses.items()
    ]  # fmt: skip
    return Reference(municipalities=(), register=tuple(entities), register_members=tuple(members))


@cache
def register_space() -> Space:
    """Two leagues, one of one's own and one that all have to name, whose kind the register knows, and rows that point to them."""
    state = _question("state", "single", is_required=True, options=[_choice(c) for c in ("alone", "shared", "never")])
    shown = [{"question": "state", "in": ["alone", "shared"]}]
    league = _question("league", "register", register_kind="league", is_required=True)
    kind = _question(
        "league_kind", "single", is_required=True, registered_as="kind", options=[_choice("single"), _choice("joint")]
    )
    pointing = _question("troupe_league", "register", register_kind="league", is_required=True)
    blocks = [
        {"id": "stages", "grain": "municipality", "label": "舞台", "questions": [state]},
        {
            "id": "leagues", "grain": "league", "label": "連盟", "identity": "league", "capacity": len(ROWS), "is_required": True,
            "asked_if": shown, "questions": [league, kind],
        },
        {
            "id": "troupes", "grain": "troupe", "label": "劇団", "capacity": len(ROWS), "asked_if": shown,
            "questions": [pointing],
        },
    ]  # fmt: skip
    values: dict[Place, Sequence[str]] = {Place("state"): ("", "alone", "shared", "never")}
    for row in ROWS:
        values |= {Place("league", row): ("", *LEAGUES), Place("league_kind", row): ("", "single", "joint")}
    values |= {Place("troupe_league", row): ("", *LEAGUES) for row in ROWS}
    kinds = dict(zip(LEAGUES, ("single", "joint"), strict=True))
    statuses = dict(zip(LEAGUES, ("assumed", "confirmed"), strict=True))
    return Space(_declare(blocks, _reference(kinds, statuses, prod(map(len, values.values())))), values)


@cache
def counted_space() -> Space:
    """Leagues that tell how many troupes they have, and troupes of two genres."""
    league = _question("league", "register", register_kind="league", is_required=True)
    shows = _question("show_count", "count", minimum=0, maximum=len(ROWS), is_required=True)
    pointing = _question("troupe_league", "register", register_kind="league", is_required=True)
    genre = _question("troupe_genre", "single", is_required=True, options=[_choice("dance"), _choice("music")])
    blocks = [
        {
            "id": "leagues", "grain": "league", "label": "連盟", "identity": "league", "capacity": len(ROWS),
            "questions": [league, shows],
        },
        {"id": "troupes", "grain": "troupe", "label": "劇団", "capacity": len(ROWS), "questions": [pointing, genre]},
    ]  # fmt: skip
    values: dict[Place, Sequence[str]] = {}
    for row in ROWS:
        values |= {Place("league", row): ("", *LEAGUES), Place("show_count", row): ("", *COUNTS)}
    for row in ROWS:
        values |= {Place("troupe_league", row): ("", *LEAGUES), Place("troupe_genre", row): ("", "dance", "music")}
    kinds, statuses = dict.fromkeys(LEAGUES, "single"), dict.fromkeys(LEAGUES, "assumed")
    return Space(_declare(blocks, _reference(kinds, statuses, prod(map(len, values.values())))), values)
