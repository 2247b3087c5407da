"""What the declared rules between answers demand: errors are bounds, warnings are preferences.

Agreement between members holds by construction, since a shared entity has one set of answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil, floor

from pipeline.demo.figure_demands import SOFT_PRICE
from pipeline.demo.taste import EPOCH, Neighbour, Taste
from pipeline.demo.unknowns import Unknowns
from pipeline.demo.world import Subject, World, is_open
from pipeline.program import Sum, total
from schemas.questionnaire import Block
from schemas.rules import Clause, Operand, Rule


class RuleDemands:
    """Adds the rules of one year to a program."""

    def __init__(self, world: World, unknowns: Unknowns, taste: Taste) -> None:
        self._world = world
        self._unknowns = unknowns
        self._program = unknowns.program
        self._taste = taste
        self._rows: dict[tuple[str, str], list[Subject]] = {}
        for subject in unknowns.subjects.values():
            for code in subject.reporters:
                self._rows.setdefault((subject.block.id, code), []).append(subject)

    def demand(self, rules: Sequence[Rule]) -> None:
        """Add every rule that is about this program's subjects."""
        for rule in rules:
            if rule.kind == "implies":
                self._demand_implication(rule)
            elif rule.kind == "compare":
                self._demand_comparison(rule)
            elif rule.kind == "set_total":
                self._demand_total(rule)

    def demand_steps(self, rules: Sequence[Rule], neighbour: Neighbour) -> None:
        """Keep numbers within what the later year's rules allow between the two years."""
        for rule in rules:
            if rule.kind == "previous":
                self._demand_step(rule, neighbour)

    def _bound(self, rule: Rule, subject: Sum, low: int | None, high: int | None, where: str) -> None:
        if rule.severity == "error":
            self._program.require(subject, low, high, f"rule {rule.id} of {where}", firmness=10)
        else:
            self._program.prefer(subject, low, high, cost=SOFT_PRICE, because=f"rule {rule.id} of {where}")

    def _subjects(self, rule: Rule) -> Iterator[tuple[Subject, str]]:
        """Subjects of the rule's grain, each with every municipality that writes it down."""
        for subject in self._unknowns.subjects.values():
            if subject.block.is_table and subject.block.grain == rule.grain:
                for code in subject.reporters[:1] if rule.only_secretariat else subject.reporters:
                    yield subject, code
        if rule.grain == "municipality" and self._unknowns.is_first:
            block = next(b for b in self._world.questionnaire.blocks if not b.is_table)
            for code in self._world.municipalities:
                yield Subject(block, code, code, (code,)), code

    def _demand_implication(self, rule: Rule) -> None:
        for subject, code in self._subjects(rule):
            premises = [self._clause(clause, subject) for clause in rule.when]
            for clause in rule.then:
                conclusion = self._clause(clause, subject)
                slack = conclusion - total(premises)
                self._bound(rule, slack, 1 - len(premises), None, code)

    def _clause(self, clause: Clause, subject: Subject) -> Sum:
        """1 where the statement is true of the subject, else 0."""
        questionnaire = self._world.questionnaire
        question = questionnaire.questions[clause.question]
        parts: list[Sum] = []
        if clause.in_:
            parts.append(total(self._unknowns.chosen(subject, question.id, option) for option in clause.in_))
        if clause.has:
            parts.append(self._unknowns.chosen(subject, question.id, clause.has))
        if clause.has_not:
            told = self._unknowns.asked(self._owner(subject, question.id), question)
            parts.append(told - self._unknowns.chosen(subject, question.id, clause.has_not))
        if clause.is_answered is not None:
            asked = self._unknowns.asked(self._owner(subject, question.id), question)
            parts.append(asked if clause.is_answered else Sum(constant=1) - asked)
        return self._program.all_of(parts)

    def _owner(self, subject: Subject, question_id: str) -> Subject:
        """The subject whose answer to a question a rule reads: itself, or its municipality."""
        block = self._world.questionnaire.block_of[question_id]
        is_own = block.is_table or not subject.block.is_table
        block_key = (block.id, subject.entity_id if is_own else subject.code)
        return self._unknowns.subjects.get(block_key) or Subject(block, subject.code, subject.code, (subject.code,))

    def _demand_comparison(self, rule: Rule) -> None:
        for subject, code in self._subjects(rule):
            left, right = self._operand(rule.left, subject, code), self._operand(rule.right, subject, code)
            if left is None or right is None:
                continue
            premises = [self._clause(clause, subject) for clause in rule.when]
            for operand in (rule.left, rule.right):
                if operand and operand.question:
                    question = self._world.questionnaire.questions[operand.question]
                    premises.append(self._unknowns.asked(self._owner(subject, question.id), question))
            # Where a premise does not hold, the comparison gives way by as much as its sides can differ.
            holds = self._program.all_of(premises)
            difference = left - right
            if rule.operator in ("=", ">="):
                give = self._program.highest(difference * -1)
                self._bound(rule, difference - holds * max(0, give), -max(0, give), None, code)
            if rule.operator in ("=", "<="):
                give = self._program.highest(difference)
                self._bound(rule, difference + holds * max(0, give), None, max(0, give), code)

    def _operand(self, operand: Operand | None, subject: Subject, code: str) -> Sum | None:
        """The number that an operand stands for; None where another program decides it."""
        if operand is None:
            return None
        if operand.constant is not None:
            return Sum(constant=operand.constant)
        if operand.reference_date:
            return Sum(constant=(self._world.questionnaire.reference_date - EPOCH).days)
        if operand.question:
            owner = self._owner(subject, operand.question)
            return self._unknowns.numbers.get((owner.key, operand.question))
        block = next(b for b in self._world.questionnaire.blocks if b.id == operand.rows)
        return self._row_count(block, operand, subject, code)

    def _row_count(self, block: Block, operand: Operand, subject: Subject, code: str) -> Sum | None:
        if is_open(block):
            counts = {
                entity_id: count
                for (block_id, lister, entity_id), count in self._unknowns.row_counts.items()
                if block_id == block.id and lister == code
            }
            if operand.where or not self._unknowns.is_first:
                return None
            return counts.get(subject.entity_id, Sum()) if subject.block.is_table else total(counts.values())
        return total(
            self._program.all_of([self._unknowns.chosen(row, q, option) for q, option in sorted(operand.where.items())])
            for row in self._rows.get((block.id, code), ())
        )

    def _demand_total(self, rule: Rule) -> None:
        block = self._world.questionnaire.block_of[rule.question or ""]
        subjects = [s for s in self._unknowns.subjects.values() if s.block.id == block.id]
        if subjects:
            chosen = total(
                self._unknowns.chosen(subject, rule.question or "", option)
                for subject in subjects
                for option in rule.options
            )
            count = len(self._world.municipalities)
            self._bound(rule, chosen, count, count, "all returns")

    def _demand_step(self, rule: Rule, neighbour: Neighbour) -> None:
        for (key, question_id), number in self._unknowns.numbers.items():
            subject = self._unknowns.subjects[key]
            before = self._taste.before(subject, question_id) if question_id == rule.question else None
            if before is None or isinstance(before, str | tuple):
                continue
            value = (before - EPOCH).days if isinstance(before, date) else before
            low, high = step_bounds(
                value, rule.share or 0, rule.slack, is_later=self._world.questionnaire.year > neighbour.year
            )
            question = self._world.questionnaire.questions[question_id]
            asked = self._unknowns.asked(subject, question)
            self._bound(rule, number - asked * low, 0, None, subject.code)
            self._bound(rule, number - asked * high, None, 0, subject.code)


def step_bounds(value: int, share: float, slack: int, *, is_later: bool) -> tuple[int, int]:
    """The numbers within `share` of the earlier year's, or within `slack`, of a known number next to them.

    `is_later` says that the known number is the earlier one; otherwise the bounds are of the earlier number.
    """
    if is_later:
        reach = max(slack, floor(value * share))
        return max(0, value - reach), value + reach
    high = floor(value / (1 - share)) if share < 1 else value * 10 + slack
    return max(0, min(value - slack, ceil(value / (1 + share)))), max(value + slack, high)
