"""Demands of the register: what a municipality takes part in is named, once, as the register knows it, and by whom it is to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.localise.derived import PENALTY
from pipeline.localise.observed import ObservedProgram
from pipeline.localise.returns import ReturnUnknowns, RowUnknowns
from pipeline.localise.unknowns import ONE
from pipeline.program import Sum, total
from pipeline.validate.judged import finding_id
from pipeline.validate.register_rows import listing_of
from schemas.questionnaire import NOT_LISTED, Block, Question
from schemas.reference import RegisterEntity
from schemas.survey import YearDeclarations


class RegisterDemands:
    """Adds what the register of a year demands of returns."""

    def __init__(self, program: ObservedProgram, declarations: YearDeclarations) -> None:
        on = declarations.questionnaire.reference_date
        self._program = program
        self._declarations = declarations
        self._entities = {entity.entity_id: entity for entity in declarations.reference.register if entity.is_valid(on)}
        self._status = {
            (m.code, m.entity_id): m.status for m in declarations.reference.register_members if m.is_valid(on)
        }

    def demand(self, built: ReturnUnknowns) -> None:
        """Add the demands on one return."""
        for block in self._declarations.questionnaire.blocks:
            if block.id in built.absent:
                continue
            for question in block.questions:
                if question.type == "register" and (not block.is_table or question.id == block.identity):
                    self._demand_named(built, block, question)
                elif question.type == "register" and (listing := listing_of(question, self._declarations)):
                    self._demand_pointed(built, block, question, listing)
                elif question.registered_as == "kind":
                    self._demand_kind(built, block, question)

    def _demand_named(self, built: ReturnUnknowns, block: Block, question: Question) -> None:
        entities = self._declarations.reference.entities_of(
            built.code, str(question.register_kind), self._declarations.questionnaire.reference_date
        )
        for entity in entities:
            times = named(built, block, question, entity.entity_id)
            if block.is_table:
                rows = [row for row in built.rows[block.id] if _observes(row, question, entity.entity_id)]
                names = [finding_id(f"twice.{question.id}", built.code, str(row.row_no)) for row in rows]
                self._program.demand(names, times, None, 1)
            is_confirmed = self._status[built.code, entity.entity_id] == "confirmed"
            if entity.kind == "joint" or (block.is_table and is_confirmed):
                rule = f"named.{question.id}" if is_confirmed else f"named_assumed.{question.id}"
                found = [finding_id(rule, built.code, entity.entity_id)]
                penalty = None if is_confirmed else PENALTY
                self._program.demand(found, times - self._is_told(built, block, question), 0, None, penalty=penalty)

    def _is_told(self, built: ReturnUnknowns, block: Block, question: Question) -> Sum:
        """1 where something is answered, or is known not to be asked; what is left open has a finding of its own."""
        if block.is_table and not block.is_required:
            return ONE
        told = list(_present(built, block))
        if not block.is_table:
            told = [one.answered for one in built.own.get(question.id, ())]
        conditions = block.asked_if if block.is_table else (*block.asked_if, *question.asked_if)
        for condition in conditions:
            told += [
                one.answered - total(one.chosen(option) for option in sorted(set(condition.in_)))
                for one in built.own.get(condition.question, ())
            ]
        return self._program.any_of(told)

    def _demand_pointed(self, built: ReturnUnknowns, block: Block, question: Question, listing: Block) -> None:
        identity = next(q for q in listing.questions if q.id == listing.identity)
        if listing.id in built.absent:
            return
        is_any = self._program.any_of(list(_present(built, listing)))
        for row in built.rows[block.id]:
            one = row.one(question.id)
            for entity_id, chosen in one.options.items() if one else ():
                names = [finding_id(f"pointed.{question.id}", built.code, str(row.row_no))]
                listed = named(built, listing, identity, entity_id)
                self._program.demand(names, listed - chosen - is_any, -1, None)
                if block.only_secretariat and self._is_anothers(built.code, entity_id):
                    found = [finding_id(f"secretariat.{question.id}", built.code, str(row.row_no))]
                    self._program.demand(found, chosen, None, 0)
        for left_out in built.left_out.get(block.id, ()):
            is_free = named(built, listing, identity, left_out.entity_id) - is_any + 1
            is_anothers = block.only_secretariat and self._is_anothers(built.code, left_out.entity_id)
            room = Sum() if is_anothers else is_free * block.total_capacity
            self._program.demand((), room - left_out.unknowns.number, 0, None)

    def _is_anothers(self, code: str, entity_id: str) -> bool:
        entity = self._entities.get(entity_id)
        return entity is not None and entity_id != NOT_LISTED and entity.secretariat_code != code

    def _demand_kind(self, built: ReturnUnknowns, block: Block, question: Question) -> None:
        for row in built.rows[block.id]:
            about, kind = row.one(str(block.identity)), row.one(question.id)
            if about is None or kind is None:
                continue
            names = [finding_id(f"registered.{question.id}", built.code, str(row.row_no))]
            for entity_id, chosen in about.options.items():
                if entity := self._entities.get(entity_id):
                    others = total(is_it for code, is_it in kind.options.items() if code != entity.kind)
                    self._program.demand(names, chosen + others, None, 1)

    def kind_of(self, entity_id: str) -> RegisterEntity | None:
        """The entity of the register with this id, as of the reference date."""
        return self._entities.get(entity_id)


def named(built: ReturnUnknowns, block: Block, question: Question, entity_id: str) -> Sum:
    """How often a return names an entity: in the rows of a table, those left out included, or in its answer."""
    if not block.is_table:
        fields = built.own.get(question.id, ())
        return fields[0].chosen(entity_id) if fields else Sum()
    rows: Sequence[RowUnknowns] = built.rows.get(block.id, [])
    chosen = [one.chosen(entity_id) for row in rows if (one := row.one(question.id))]
    added = [one.unknowns.number for one in built.left_out.get(block.id, ()) if one.entity_id == entity_id]
    return total([*chosen, *added])


def _present(built: ReturnUnknowns, block: Block) -> Iterator[Sum]:
    """1 for each row of a table that there is, those left out included."""
    yield from (row.present for row in built.rows.get(block.id, ()))
    yield from (one.unknowns.change for one in built.left_out.get(block.id, ()))


def _observes(row: RowUnknowns, question: Question, entity_id: str) -> bool:
    one = row.one(question.id)
    return one is not None and one.field.observed == entity_id
