"""Demands of the declared rules: between the answers of a return, with last year's, and between returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from pipeline.localise.derived import PENALTY
from pipeline.localise.fields import EPOCH
from pipeline.localise.observed import ObservedProgram
from pipeline.localise.reach import step_of
from pipeline.localise.registered import RegisterDemands
from pipeline.localise.returns import LeftOut, ReturnUnknowns, RowUnknowns, holds
from pipeline.localise.unknowns import ONE, FieldUnknowns
from pipeline.program import Sum, total
from pipeline.validate.judged import finding_id
from schemas.questionnaire import Block
from schemas.rules import Clause, Operand, Rule
from schemas.survey import YearDeclarations

Number = tuple[Sum, Sum]
"""A number, and 1 where there is one."""


class DeclaredDemands:
    """Adds the declared rules of a year on the returns that are in the program.

    `previous` are last year's numbers by (municipality, entity, question).
    """

    def __init__(
        self, program: ObservedProgram, declarations: YearDeclarations, register: RegisterDemands,
        previous: Mapping[tuple[str, str, str], int],
    ) -> None:  # fmt: skip
        self._program = program
        self._declarations = declarations
        self._questionnaire = declarations.questionnaire
        self._register = register
        self._previous = previous
        self._answers_added: dict[tuple[int, str], dict[str, Sum]] = {}

    def demand(self, returns: Mapping[str, ReturnUnknowns], *, is_whole: bool) -> None:
        """Add every rule; `is_whole` where the returns of all who are asked are in the program."""
        for rule in self._declarations.rules:
            if rule.kind == "agreement":
                self._demand_agreement(rule, returns)
            elif rule.kind == "set_total":
                if is_whole:
                    self._demand_total(rule, returns)
            else:
                for built in returns.values():
                    for row in self._subjects(rule, built):
                        self._demand_of(rule, built, row)

    def _demand_of(self, rule: Rule, built: ReturnUnknowns, row: RowUnknowns) -> None:
        if rule.kind == "implies":
            self._demand_implication(rule, built, row)
        elif rule.kind == "compare":
            self._demand_comparison(rule, built, row)
        else:
            self._demand_step(rule, built, row)

    def _names(self, rule: Rule, code: str, entity_id: str) -> list[str]:
        return [finding_id(rule.id, code, entity_id if entity_id != code else "")]

    def _subjects(self, rule: Rule, built: ReturnUnknowns) -> Iterator[RowUnknowns]:
        if rule.kind == "previous":
            block = self._questionnaire.block_of[str(rule.question)]
            yield from built.rows[block.id]
        elif rule.grain == "municipality":
            yield RowUnknowns(next(iter(self._questionnaire.blocks)), 1, built.code, {})
        else:
            yield from built.rows[self._block(rule.grain).id]

    def _block(self, grain: str) -> Block:
        return next(block for block in self._questionnaire.blocks if block.grain == grain)

    def _penalty(self, rule: Rule) -> int | None:
        return None if rule.severity == "error" else PENALTY

    def _clause(self, built: ReturnUnknowns, row: RowUnknowns, clause: Clause) -> Sum:
        """1 where the statement is known to be true, else 0."""
        fields = built.fields_of(row, clause.question)
        parts: list[Sum] = []
        if clause.in_:
            parts.append(holds(built, row, clause.question, clause.in_))
        if clause.has:
            parts.append(holds(built, row, clause.question, [clause.has]))
        if clause.has_not:
            parts += [_is_answered(self._program, fields), ONE - holds(built, row, clause.question, [clause.has_not])]
        if clause.is_answered is not None:
            answered = _is_answered(self._program, fields)
            parts.append(answered if clause.is_answered else ONE - answered)
        return self._program.all_of(parts)

    def _not_false(self, built: ReturnUnknowns, row: RowUnknowns, clause: Clause) -> Sum:
        """1 where the statement is true, or where it is not known, else 0."""
        fields = built.fields_of(row, clause.question)
        unknown = ONE - _is_answered(self._program, fields)
        parts: list[Sum] = []
        if clause.in_:
            parts.append(holds(built, row, clause.question, clause.in_) + unknown)
        if clause.has:
            parts.append(self._program.any_of([holds(built, row, clause.question, [clause.has]), unknown]))
        if clause.has_not:
            parts.append(ONE - holds(built, row, clause.question, [clause.has_not]))
        if clause.is_answered is not None:
            parts.append(ONE - unknown if clause.is_answered else unknown)
        return self._program.all_of(parts)

    def _demand_implication(self, rule: Rule, built: ReturnUnknowns, row: RowUnknowns) -> None:
        premise = self._program.all_of([self._clause(built, row, clause) for clause in rule.when])
        names = self._names(rule, built.code, row.entity_id)
        for clause in rule.then:
            conclusion = self._not_false(built, row, clause)
            self._program.demand(names, conclusion - premise, 0, None, penalty=self._penalty(rule))

    def _demand_comparison(self, rule: Rule, built: ReturnUnknowns, row: RowUnknowns) -> None:
        premises = [self._clause(built, row, clause) for clause in rule.when]
        if rule.only_secretariat:
            about = row.one(str(row.block.identity))
            others = (
                [chosen for entity_id, chosen in about.options.items() if self._is_anothers(entity_id, built.code)]
                if about
                else []
            )
            premises.append(ONE - total(others))
        names = self._names(rule, built.code, row.entity_id)
        for left, has_left in self._operand(rule.left, built, row):
            for right, has_right in self._operand(rule.right, built, row):
                applies = self._program.all_of([*premises, has_left, has_right])
                self._demand_difference(names, left - right, applies, rule.operator, self._penalty(rule))

    def _demand_difference(
        self, names: Sequence[str], difference: Sum, applies: Sum, operator: str, penalty: int | None
    ) -> None:
        """Where it applies, a difference is 0 (=), at least 0 (>=) or at most 0 (<=); elsewhere it is as wide as it can be."""
        if operator in ("=", ">="):
            give = max(0, -self._program.lowest(difference), -self._program.value(difference, {}))
            self._program.demand(names, difference - applies * give, -give, None, penalty=penalty)
        if operator in ("=", "<="):
            give = max(0, self._program.highest(difference), self._program.value(difference, {}))
            self._program.demand(names, difference + applies * give, None, give, penalty=penalty)

    def _is_anothers(self, entity_id: str, code: str) -> bool:
        entity = self._register.kind_of(entity_id)
        return entity is not None and entity.secretariat_code not in (None, code)

    def _operand(self, operand: Operand | None, built: ReturnUnknowns, row: RowUnknowns) -> list[Number]:
        """What an operand may be, each with 1 where it is: of rows that belong to a row, one for each entity it may be about."""
        if operand is None:
            return []
        if operand.constant is not None:
            return [(Sum(constant=operand.constant), ONE)]
        if operand.reference_date:
            return [(Sum(constant=(self._questionnaire.reference_date - EPOCH).days), ONE)]
        if operand.question:
            fields = built.fields_of(row, operand.question)
            return [(fields[0].number, fields[0].answered)] if fields else []
        block = next(b for b in self._questionnaire.blocks if b.id == operand.rows)
        if block.id in built.absent:
            return []
        if not row.fields:
            rows = [self._matches(built, other, operand) for other in built.rows[block.id]]
            added = [self._added(built, one, operand) for one in built.left_out.get(block.id, ())]
            return [(total([*rows, *added]), ONE)]
        about = row.one(str(row.block.identity))
        options = about.options if about else {}
        rows_about = [
            (self._rows_about(operand, built, row, block, entity_id), chosen) for entity_id, chosen in options.items()
        ]
        return [*rows_about, (Sum(), row.present - total(options.values()))]

    def _rows_about(
        self, operand: Operand, built: ReturnUnknowns, row: RowUnknowns, block: Block, entity_id: str
    ) -> Sum:
        """The rows of another table about an entity of a row's kind."""
        identity = self._questionnaire.questions[str(row.block.identity)]
        link = next(
            (q.id for q in block.questions if q.type == "register" and q.register_kind == identity.register_kind), ""
        )
        rows = [
            self._program.all_of([one.chosen(entity_id), self._matches(built, other, operand)])
            for other in built.rows[block.id] if (one := other.one(link))
        ]  # fmt: skip
        added = [
            self._added(built, one, operand) for one in built.left_out.get(block.id, ()) if one.entity_id == entity_id
        ]
        return total([*rows, *added])

    def _matches(self, built: ReturnUnknowns, row: RowUnknowns, operand: Operand) -> Sum:
        wanted = [holds(built, row, question, [option]) for question, option in sorted(operand.where.items())]
        return self._program.all_of(wanted) if wanted else row.present

    def _added(self, built: ReturnUnknowns, one: LeftOut, operand: Operand) -> Sum:
        """Rows left out that would match: as the register knows the entity where it is asked, else as many as one likes."""
        matching: list[Sum] = []
        for question, option in sorted(operand.where.items()):
            entity = self._register.kind_of(one.entity_id)
            if self._questionnaire.questions[question].registered_as == "kind" and entity is not None:
                matching += [] if entity.kind == option else [Sum()]
            else:
                matching.append(self._answering(one, question, option))
        return self._of_all(one.unknowns.number, matching)

    def _answering(self, one: LeftOut, question: str, option: str) -> Sum:
        """How many of the rows left out answer a question with an option: all options together no more than there are rows."""
        key = one.unknowns.owner, question
        if key not in self._answers_added:
            number, options = one.unknowns.number, self._questionnaire.questions[question].choices
            with self._program.owner():
                parts = {choice.code: self._program.seen(0, self._program.highest(number), 0) for choice in options}
                self._program.require(number - total(parts.values()), 0, None, "each row left out has one answer")
            self._answers_added[key] = parts
        return self._answers_added[key].get(option, Sum())

    def _of_all(self, number: Sum, matching: Sequence[Sum]) -> Sum:
        """How many of the rows left out match in everything."""
        if len(matching) < 2:
            return next(iter(matching), number)
        with self._program.owner():
            found = self._program.seen(0, self._program.highest(number), 0)
            for part in matching:
                self._program.require(part - found, 0, None, "of the rows left out")
            rest = total(matching) - number * (len(matching) - 1)
            self._program.require(found - rest, 0, None, "of the rows left out")
        return found

    def _demand_step(self, rule: Rule, built: ReturnUnknowns, row: RowUnknowns) -> None:
        question = str(rule.question)
        before = self._previous.get((built.code, row.entity_id, question))
        fields = row.fields.get(question, ())
        if before is None or not fields:
            return
        one = fields[0]
        step, names, penalty = step_of(rule, before), self._names(rule, built.code, row.entity_id), self._penalty(rule)
        self._demand_difference(names, one.number - (before - step), one.answered, ">=", penalty)
        self._demand_difference(names, one.number - (before + step), one.answered, "<=", penalty)

    def _demand_agreement(self, rule: Rule, returns: Mapping[str, ReturnUnknowns]) -> None:
        """Every row beside the secretariat's of each entity that it is about, or may turn out to be."""
        rows = [(code, row) for code, built in returns.items() for row in built.rows[self._block(rule.grain).id]]
        counting: dict[str, RowUnknowns] = {}
        for code, row in rows:
            entity = self._register.kind_of(row.entity_id)
            if entity and code == entity.secretariat_code:
                counting.setdefault(row.entity_id, row)
        for code, row in rows:
            about = row.one(str(row.block.identity))
            for entity_id in dict.fromkeys((row.entity_id, *(about.options if about else ()))):
                entity = self._register.kind_of(entity_id)
                if entity_id in counting and entity and code != entity.secretariat_code:
                    names = self._names(rule, code, entity_id) if entity_id == row.entity_id else []
                    self._demand_same(names, row, counting[entity_id], entity_id, rule)

    def _demand_same(
        self, names: list[str], row: RowUnknowns, counting: RowUnknowns, entity_id: str, rule: Rule
    ) -> None:
        ours, theirs = row.one(str(rule.question)), counting.one(str(rule.question))
        if ours is None or theirs is None:
            return
        abouts = [_is_about(row, entity_id), _is_about(counting, entity_id)]
        applies = self._program.all_of([*abouts, ours.answered, theirs.answered])
        penalty = self._penalty(rule)
        if ours.field.question.type in ("count", "date"):
            self._demand_difference(names, ours.number - theirs.number, applies, "=", penalty)
        for code, chosen in ours.options.items():
            self._program.demand(names, chosen + applies - theirs.chosen(code), None, 1, penalty=penalty)

    def _demand_total(self, rule: Rule, returns: Mapping[str, ReturnUnknowns]) -> None:
        chosen = total(
            one.chosen(option)
            for built in returns.values() for one in built.own.get(str(rule.question), ()) for option in rule.options
        )  # fmt: skip
        asked = len(self._declarations.municipalities)
        self._program.demand([finding_id(rule.id)], chosen, asked, asked, penalty=self._penalty(rule))


def _is_about(row: RowUnknowns, entity_id: str) -> Sum:
    """1 where a row is about an entity; one that its municipality is no member of it cannot stay."""
    about: FieldUnknowns | None = row.one(str(row.block.identity))
    if about is None:
        return ONE
    return about.options.get(entity_id, about.answered - total(about.options.values()))


def _is_answered(program: ObservedProgram, fields: Sequence[FieldUnknowns]) -> Sum:
    return program.any_of([one.answered for one in fields]) if fields else Sum()


def previous_numbers(answers: pl.DataFrame) -> dict[tuple[str, str, str], int]:
    """Last year's numbers by (municipality, entity, question)."""
    told = answers.filter(pl.col("value_number").is_not_null() & (pl.col("status") != "not_asked"))
    columns = ["municipality_code", "entity_id", "question_id", "value_number"]
    return {(code, entity, question): number for code, entity, question, number in told.select(columns).iter_rows()}
