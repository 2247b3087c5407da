"""Who there is to answer: municipalities, and the registered entities they report together.

Draws are stateless: the same words give the same number, so that one more question moves no other answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from schemas.questionnaire import Block, Question, Questionnaire
from schemas.reference import Municipality, RegisterEntity
from schemas.survey import YearDeclarations


def draw(*words: object) -> float:
    """Return a number strictly between 0 and 1 that depends on the words alone."""
    digest = hashlib.blake2b("\x1f".join(map(str, words)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2.0**64


@dataclass(frozen=True)
class Subject:
    """What one set of answers is about: a municipality, a shared entity, or one row of an open table.

    `code` is the municipality whose answer counts, `reporters` are all that write the answers down.
    `entity` is the registered entity the answers belong to; a row of an open table may belong to one too.
    """

    block: Block
    entity_id: str
    code: str
    reporters: tuple[str, ...]
    entity: RegisterEntity | None = None
    row_no: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """Block and entity, unique within a year."""
        return self.block.id, self.entity_id


def link_question(block: Block) -> Question | None:
    """The register question that says to which entity a row of an open table belongs."""
    if block.identity is not None:
        return None
    return next((q for q in block.questions if q.type == "register"), None)


def is_open(block: Block) -> bool:
    """True for a table whose rows no register names."""
    return block.is_table and block.identity is None


class World:
    """The municipalities of a year and the entities they share on its reference date."""

    def __init__(self, declarations: YearDeclarations, absent: tuple[str, ...] = ()) -> None:
        self.declarations = declarations
        self.questionnaire: Questionnaire = declarations.questionnaire
        self._absent = frozenset(absent)

    @cached_property
    def municipalities(self) -> dict[str, Municipality]:
        """Who is surveyed, by code."""
        return {m.code: m for m in self.declarations.municipalities}

    @cached_property
    def _members(self) -> dict[str, tuple[str, ...]]:
        """Surveyed members of every entity that exists, the secretariat first."""
        on = self.questionnaire.reference_date
        found: dict[str, tuple[str, ...]] = {}
        for entity in self.declarations.reference.register:
            members = self.declarations.reference.members(entity.entity_id, on)
            codes = [m.code for m in members if m.code in self.municipalities]
            if codes and entity.entity_id not in self._absent:
                found[entity.entity_id] = tuple(sorted(codes, key=lambda code: (code != entity.secretariat_code, code)))
        return found

    def entities(self, kind: str | None) -> list[RegisterEntity]:
        """The entities of a register kind that have a surveyed member, in register order."""
        if kind is None:
            return []
        found = self.declarations.reference.entities(kind, self.questionnaire.reference_date)
        return [entity for entity in found if entity.entity_id in self._members]

    def members(self, entity_id: str) -> tuple[str, ...]:
        """Codes of an entity's surveyed members, the secretariat first."""
        return self._members[entity_id]

    @cached_property
    def _of_code(self) -> dict[tuple[str, str], list[RegisterEntity]]:
        found: dict[tuple[str, str], list[RegisterEntity]] = {}
        kinds = sorted({q.register_kind for q in self.questionnaire.questions.values() if q.register_kind})
        for kind in kinds:
            for entity in self.entities(kind):
                for code in self.members(entity.entity_id):
                    found.setdefault((code, kind), []).append(entity)
        return found

    def entities_of(self, code: str, kind: str | None) -> list[RegisterEntity]:
        """The entities of a kind in which a municipality is a member, in register order."""
        return self._of_code.get((code, kind or ""), [])

    def subjects(self, block: Block) -> Iterator[Subject]:
        """What a block's answers are about; the rows of an open table are not known yet."""
        if not block.is_table:
            for code in self.municipalities:
                yield Subject(block, code, code, (code,))
        elif block.identity:
            yield from self._registered(block)

    def _registered(self, block: Block) -> Iterator[Subject]:
        kind = self.questionnaire.questions[block.identity or ""].register_kind
        for entity in self.entities(kind):
            members = self.members(entity.entity_id)
            yield Subject(block, entity.entity_id, members[0], members, entity)
        is_needed = block.is_required and not block.asked_if
        for code in self.municipalities:
            if not self.entities_of(code, kind) and (is_needed or not self.entities(kind)):
                yield Subject(block, f"{block.id}:{code}:1", code, (code,))

    def open_places(self, block: Block) -> Iterator[tuple[str, RegisterEntity | None]]:
        """Who lists rows of an open table, and for which entity: its secretariat; without a link, everybody."""
        link = link_question(block)
        if link is None:
            for code in self.municipalities:
                yield code, None
        else:
            for entity in self.entities(link.register_kind):
                yield self.members(entity.entity_id)[0], entity
