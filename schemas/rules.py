"""Rules between answers, owned by pandera: within one return, and over the set of returns.

What follows from a question alone (type, code, range, routing, no answer) is derived from the questionnaire
and not declared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from schemas.labels import Declared, Examples, RuleId, Severity, StableId, Text, Year
from schemas.questionnaire import Questionnaire


class Operand(Declared):
    """A whole number to compare: the answer to a question, the rows of a table, or a constant.

    `rows` counts the filled rows of a block that belong to the subject; `where` keeps those with this option.
    """

    question: StableId | None = Field(None, description="a count or date question")
    rows: StableId | None = Field(None, description="a block whose filled rows are counted")
    where: dict[str, str] = Field(default_factory=dict, description="question to option that a counted row must have")
    constant: int | None = Field(None, description="a whole number")
    reference_date: bool = Field(False, description="the survey's reference date")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.question is not None, self.rows is not None, self.constant is not None, self.reference_date]
        if sum(given) != 1:
            raise ValueError("an operand is one of question, rows, constant, reference_date")
        return self

    @property
    def name(self) -> str:
        """The name of this operand in a rule's examples and in the judged frame."""
        if self.rows:
            return "__".join(["rows", self.rows, *(f"{q}_{o}" for q, o in sorted(self.where.items()))])
        return self.question or ("reference_date" if self.reference_date else f"constant_{self.constant}")


class Clause(Declared):
    """A statement about one answer: it is one of these options, does or does not hold an option, is answered or not."""

    question: StableId = Field(description="the question")
    in_: tuple[str, ...] = Field((), alias="in", description="its answer is one of these")
    has: str | None = Field(None, description="this option is chosen")
    has_not: str | None = Field(None, description="this option is not chosen")
    is_answered: bool | None = Field(None, description="there is an answer, or there is none")


def _as_operand(value: Any) -> Any:
    return {"question": value} if isinstance(value, str) else value


OperandLike = Annotated[Operand, BeforeValidator(_as_operand)]


ROW_NAMES = ("member", "secretariat", "current", "previous", "municipality_count")
"""What rows have besides answers: of agreement, previous and set_total."""


class Rule(Declared):
    """A rule between answers.

    compare (grain of its operands): left operator right · implies: if all clauses of `when` then all of `then` ·
    agreement: members of a shared entity answer `question` as its secretariat does · set_total: over all
    returns, the counts of `options` of `question` add up to the roster · previous: `question` stays within
    `share` of last year's answer once the difference exceeds `slack`.
    """

    id: RuleId = Field(description="stable id; the rule id of its findings")
    kind: Literal["compare", "implies", "agreement", "set_total", "previous"] = Field(description="what it judges")
    statement: Text = Field(description="what must hold, in words")
    message: str = Field(description="what the municipality is told, in Japanese; {names} are replaced by answers")
    severity: Severity = Field("error", description="error blocks a release")
    level: int = Field(2, ge=0, le=3, description="how much has to be known to find a failure")
    source: str | None = Field(None, description="where the rule comes from")
    grain: StableId = Field("municipality", description="what it judges one by one")
    left: OperandLike | None = Field(None, description="compare: an operand, or a question")
    operator: Literal["=", "<=", ">="] = Field("=", description="compare: how left and right must compare")
    right: OperandLike | None = Field(None, description="compare: an operand, or a question")
    when: tuple[Clause, ...] = Field((), description="judged only where all these hold; implies: the premise")
    then: tuple[Clause, ...] = Field((), description="implies: the conclusion")
    question: StableId | None = Field(None, description="agreement, set_total, previous: the question")
    options: tuple[str, ...] = Field((), description="set_total: options whose counts are added")
    share: float | None = Field(None, description="previous: largest difference as a share of last year's answer")
    slack: int = Field(0, description="previous: a difference up to this is let pass")
    only_secretariat: bool = Field(False, description="judge only the return whose answer counts for the entity")
    examples: Examples = Field(description="its four worked cases")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "compare": ("left", "right"), "implies": ("when", "then"), "agreement": ("question",),
            "set_total": ("question", "options"), "previous": ("question", "share"),
        }[self.kind]  # fmt: skip
        for name in needed:
            if not getattr(self, name):
                raise ValueError(f"a rule of kind {self.kind} needs {name}")
        return self

    @property
    def named_questions(self) -> tuple[str, ...]:
        """Every question the rule reads, each once, in the order written."""
        operands = [o.question for o in (self.left, self.right) if o and o.question]
        wheres = [q for o in (self.left, self.right) if o for q in o.where]
        clauses = [clause.question for clause in (*self.when, *self.then)]
        own = [self.question] if self.question else []
        return tuple(dict.fromkeys([*own, *operands, *wheres, *clauses]))


class RuleFile(Declared):
    """`rules/<year>.yaml`."""

    year: Year = Field(description="survey year, as in the file name")
    rules: tuple[Rule, ...] = Field(description="in the order in which they are judged")


def rule_faults(file: RuleFile, questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield (rule id, complaint) for every reference of a rule that leads nowhere."""
    blocks = {block.id for block in questionnaire.blocks}
    grains = {grain.id for grain in questionnaire.grains}
    for position, rule in enumerate(file.rules):
        if rule.id in {earlier.id for earlier in file.rules[:position]}:
            yield rule.id, "rule id is used twice"
        yield from _message_faults(rule, questionnaire)
        if rule.grain not in grains:
            yield rule.id, f"unknown grain '{rule.grain}'"
        elif rule.grain != "municipality" and rule.grain not in {block.grain for block in questionnaire.blocks}:
            yield rule.id, f"no table has a row for each '{rule.grain}'"
        unknown = [name for name in rule.named_questions if name not in questionnaire.questions]
        for name in unknown:
            yield rule.id, f"unknown question '{name}'"
        if not unknown:
            yield from _misfits(rule, questionnaire)
        for operand in (rule.left, rule.right):
            if operand and operand.rows and operand.rows not in blocks:
                yield rule.id, f"unknown block '{operand.rows}'"
        for clause in (*rule.when, *rule.then):
            question = questionnaire.questions.get(clause.question)
            if question is None:
                continue
            codes = {choice.code for choice in question.choices}
            wanted = {*clause.in_, *filter(None, (clause.has, clause.has_not))}
            if wanted - codes:
                yield rule.id, f"unknown options of '{clause.question}': {sorted(wanted - codes)}"


def _misfits(rule: Rule, questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Questions of which the rule's kind cannot judge the answers, or of which its grain has none."""
    questions = questionnaire.questions

    def types(names: Iterable[str | None], known: tuple[str, ...], what: str) -> Iterator[tuple[str, str]]:
        for name in names:
            if name is not None and questions[name].type not in known:
                yield rule.id, f"'{name}' is no {what} question"

    sides = [operand for operand in (rule.left, rule.right) if operand]
    yield from types((side.question for side in sides), ("count", "date"), "count or date")
    dates = [questions[side.question].type == "date" if side.question else side.reference_date for side in sides]
    if len(set(dates)) > 1:
        yield rule.id, "a day is compared with a number"
    clauses = (*rule.when, *rule.then)
    yield from types((c.question for c in clauses if c.has or c.has_not), ("multiple", "matrix"), "multiple")
    yield from types((c.question for c in clauses if c.in_), ("single", "register"), "single")
    if rule.kind in ("previous", "set_total"):
        known = "count" if rule.kind == "previous" else "single"
        yield from types([rule.question], (known,), known)
    if strange := set(rule.options) - {
        choice.code for name in [rule.question] if name for choice in questions[name].choices
    }:
        yield rule.id, f"unknown options of '{rule.question}': {sorted(strange)}"
    if rule.kind in ("compare", "implies", "agreement"):
        for name in rule.named_questions:
            block = questionnaire.block_of[name]
            if name not in _wheres(rule) and block.is_table and block.grain != rule.grain:
                yield rule.id, f"'{name}' is answered in the table '{block.id}', not for each '{rule.grain}'"
    if rule.kind == "agreement" and not questionnaire.block_of[str(rule.question)].is_table:
        yield rule.id, f"'{rule.question}' is answered in no table"


def _wheres(rule: Rule) -> set[str]:
    return {name for side in (rule.left, rule.right) if side for name in side.where}


def _message_faults(rule: Rule, questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Braces of a message that are broken, or hold what no row that the rule judges has."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(rule.message) if name is not None}
    except ValueError as error:
        yield rule.id, f"message: {error}"
        return
    operands = {operand.name for operand in (rule.left, rule.right) if operand}
    known = {*questionnaire.questions, *operands, *rule.options, *ROW_NAMES}
    if names - known:
        yield rule.id, f"message names what the rule does not read: {sorted(names - known)}"
