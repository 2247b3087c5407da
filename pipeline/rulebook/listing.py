"""Every rule of every owner by which a year was judged: in words and in logic, since when, how often it held, what tests it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.home import Home
from pipeline.rulebook.logic import derived_logic, relation_logic, rule_logic
from pipeline.tables import is_written, load
from pipeline.validate.derived import DERIVED_RULES
from schemas.errors import InputError
from schemas.questionnaire import Question, block_questions
from schemas.relations import RelationRow
from schemas.survey import Survey, YearDeclarations

DECLARED_CASES = "4 worked cases: tests/schemas/test_examples.py"
TESTS = {
    "type": "tests/pipeline/validate/test_return_rules.py",
    "other": "tests/pipeline/validate/test_return_rules.py",
    "registered": "tests/pipeline/validate/test_register_rows.py",
    "pointed": "tests/pipeline/validate/test_register_rows.py",
    "secretariat": "tests/pipeline/validate/test_register_rows.py",
    "unlisted": "tests/pipeline/validate/test_registered.py",
    "member": "tests/pipeline/validate/test_registered.py",
    "named": "tests/pipeline/validate/test_registered.py",
    "named_assumed": "tests/pipeline/validate/test_registered.py",
    "return": "tests/pipeline/validate/test_receipts.py",
    "collect": "tests/pipeline/validate/test_receipts.py",
    "file": "tests/pipeline/validate/test_file_formats.py",
    "form": "tests/pipeline/validate/test_form.py",
    "correction": "tests/pipeline/test_corrections.py",
    "query": "tests/pipeline/validate/test_replies.py",
    "macro": "tests/pipeline/macro/test_judge.py",
    "figures": "tests/pipeline/check/test_recalculate.py",
    "dbt": "tests/pipeline/check/test_data_tests.py",
    "disclosure": "tests/pipeline/check/test_disclosed.py",
}
"""Where the rules of each beginning are tested; what follows from a question is where its type is."""


@dataclass(frozen=True)
class RuleLine:
    """A rule as the list has it. `since` is the first declared year with it; None where the product has it in every year."""

    rule_id: str
    owner: str
    severity: str
    level: int | None
    statement: str
    logic: str | None
    source: str | None
    since: int | None
    pass_count: int
    fail_count: int
    unverifiable_count: int
    years_failed: tuple[int, ...]
    tests: str


def list_rules(home: Home, survey: Survey, declarations: YearDeclarations) -> list[RuleLine]:
    """The rules of a year's last run, owner by owner. Raises InputError where the year was not run."""
    year = declarations.year
    expect_judged(home, year)
    facts = _Facts(survey, declarations)
    failed = years_failed(home, survey)
    levels = _levels(home, year)
    outcomes = pl.concat([load(home, year, name) for name in ("rule_outcomes", "gate_rule_outcomes")])
    return [
        RuleLine(
            rule_id, owner, severity, facts.level(rule_id, levels), statement, facts.logic(rule_id), facts.source(rule_id),
            facts.since(rule_id), passed, fails, unverifiable, failed.get(rule_id, ()), facts.tests(rule_id),
        )
        for rule_id, owner, severity, statement, passed, fails, unverifiable in outcomes.select(
            "rule_id", "owner", "severity", "statement", "pass_count", "fail_count", "unverifiable_count"
        ).iter_rows()
    ]  # fmt: skip


def expect_judged(home: Home, year: int) -> None:
    """Raises InputError where the year was not run."""
    if not is_written(home, year, "rule_outcomes"):
        raise InputError(
            reference="year-not-run", where=str(home.work(year)), found=f"nothing of {year}", fix=f"run `kyogikai run {year}` first"
        )  # fmt: skip


def years_failed(home: Home, survey: Survey) -> dict[str, tuple[int, ...]]:
    """The years at hand in which each rule found something."""
    found: dict[str, tuple[int, ...]] = {}
    for year in survey.years:
        for name in ("rule_outcomes", "gate_rule_outcomes"):
            for rule_id in load(home, year, name).filter(pl.col("fail_count") > 0)["rule_id"]:
                found[rule_id] = (*found.get(rule_id, ()), year)
    return found


def _levels(home: Home, year: int) -> dict[str, int]:
    findings = pl.concat([load(home, year, name) for name in ("findings", "gate_findings")])
    return dict(findings.select("rule_id", "level").unique("rule_id", keep="first").iter_rows())


class _Facts:
    """What the declarations say of each rule."""

    def __init__(self, survey: Survey, declarations: YearDeclarations) -> None:
        self._declarations = declarations
        self._rules = {rule.id: rule for rule in declarations.rules}
        self._relations = {relation.id: relation for relation in declarations.relations}
        self._rows: dict[str, list[RelationRow]] = {}
        for row in declarations.relation_rows:
            self._rows.setdefault(row.relation_id, []).append(row)
        self._questions = _questions(declarations)
        self._derived = {rule.kind: rule.level for rule in DERIVED_RULES}
        self._since: Mapping[str, int] = dict(reversed(list(_first_years(survey))))

    def _derived_of(self, rule_id: str) -> tuple[str, Question] | None:
        kind, _, name = rule_id.partition(".")
        return (kind, self._questions[name]) if name in self._questions else None

    def level(self, rule_id: str, levels: Mapping[str, int]) -> int | None:
        """How much is compared; of a rule that declares none and found nothing, not known."""
        declared = self._rules.get(rule_id) or self._relations.get(rule_id)
        if declared:
            return declared.level
        return self._derived.get(rule_id.partition(".")[0], levels.get(rule_id))

    def logic(self, rule_id: str) -> str | None:
        """The rule as a formula, where it is one about answers or figures."""
        if rule_id in self._rules:
            return rule_logic(self._rules[rule_id])
        if rule_id in self._relations:
            return relation_logic(self._relations[rule_id], self._rows.get(rule_id, []))
        derived = self._derived_of(rule_id)
        return derived_logic(*derived, self._declarations) if derived else None

    def source(self, rule_id: str) -> str | None:
        """Where the rule comes from: the declaration that has it, and what that names."""
        year = self._declarations.year
        if rule_id in self._rules:
            return self._rules[rule_id].source or f"schemas/rules/{year}.yaml"
        if rule_id in self._relations:
            published = ", ".join(self._relations[rule_id].published)
            return f"schemas/relations/{year}.yaml{f' ({published})' if published else ''}"
        return f"schemas/questionnaires/{year}.yaml" if self._derived_of(rule_id) else None

    def since(self, rule_id: str) -> int | None:
        """The first declared year with the rule, or with the question that it follows from."""
        derived = self._derived_of(rule_id)
        return self._since.get(f"question {derived[1].id}" if derived else rule_id)

    def tests(self, rule_id: str) -> str:
        """What tests the rule."""
        if rule_id in self._rules or rule_id in self._relations:
            return DECLARED_CASES
        beginning = rule_id.partition(".")[0]
        return TESTS.get(beginning, TESTS["type"])


def _questions(declarations: YearDeclarations) -> dict[str, Question]:
    return {q.id: q for block in declarations.questionnaire.blocks for q in block_questions(block)}


def _first_years(survey: Survey) -> Iterator[tuple[str, int]]:
    """Every rule, relation and question with each year that declares it, in the order of years."""
    for year in survey.years:
        declarations = survey.load_year(year)
        yield from ((rule.id, year) for rule in declarations.rules)
        yield from ((relation.id, year) for relation in declarations.relations)
        for name in _questions(declarations):
            yield f"question {name}", year
