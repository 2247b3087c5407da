"""Which rules can notice that something is wrong with a question, besides the one that judges it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemas.questionnaire import Condition
from schemas.rules import Rule
from schemas.survey import YearDeclarations


class Consequences:
    """Looks up what hangs on a question: routed questions and tables, declared rules, relations between figures."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self._declarations = declarations
        self._questionnaire = declarations.questionnaire

    def of(self, questions: Collection[str], blocks: Collection[str] = ()) -> list[str]:
        """Ids of the rules and relations that may not hold once these questions, or rows of these tables, are wrong."""
        found = [
            *self._routed(questions),
            *(rule.id for rule in self._declarations.rules if self._reads(rule, questions, blocks)),
            *self._relations(set(questions)),
        ]
        return list(dict.fromkeys(found))

    def of_everything(self) -> list[str]:
        """Ids of all rules and relations that may not hold once a whole return is missing or empty."""
        questions = list(self._questionnaire.questions)
        derived = [f"{kind}.{question}" for question in questions for kind in ("answered", "routing")]
        rows = [f"rows.{block.id}" for block in self._questionnaire.blocks if block.is_table]
        return [*derived, *rows, *self.of(questions, [block.id for block in self._questionnaire.blocks])]

    def of_missing_return(self) -> list[str]:
        """Ids of the rules over all returns and of the relations, which a missing return leaves open."""
        totals = [rule.id for rule in self._declarations.rules if rule.kind == "set_total"]
        return [*totals, *self._relations(set(self._questionnaire.questions))]

    def _routed(self, questions: Collection[str]) -> Iterator[str]:
        for block in self._questionnaire.blocks:
            if _names(block.asked_if, questions):
                yield f"rows.{block.id}"
            for question in block.questions:
                if _names((*block.asked_if, *question.asked_if), questions):
                    yield from (f"routing.{question.id}", f"answered.{question.id}")

    def _reads(self, rule: Rule, questions: Collection[str], blocks: Collection[str]) -> bool:
        rows = {operand.rows for operand in (rule.left, rule.right) if operand and operand.rows}
        return not rows.isdisjoint(blocks) or not set(rule.named_questions).isdisjoint(questions)

    def _relations(self, questions: set[str]) -> Iterator[str]:
        for relation in self._declarations.relations:
            named = [term.figure for term in (*relation.left, *relation.right)] + list(relation.figures)
            if any(self._questions_of(name) & questions for name in named):
                yield relation.id

    def _questions_of(self, figure_id: str) -> set[str]:
        """The questions a figure rests on, through the figures it is made from."""
        figure = self._declarations.figures[figure_id]
        terms = [figure.numerator, figure.denominator, *figure.candidates]
        found = {figure.question} if figure.question else set()
        return found.union(*(self._questions_of(term) for term in terms if term))


def _names(conditions: Collection[Condition], questions: Collection[str]) -> bool:
    return any(condition.question in questions for condition in conditions)
