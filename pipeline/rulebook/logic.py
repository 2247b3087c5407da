"""What a rule demands as a formula, in the ids of questions, options and figures."""

from __future__ import annotations

from schemas.questionnaire import Condition, Question
from schemas.relations import Relation, RelationRow, Term
from schemas.rules import Clause, Operand, Rule
from schemas.survey import YearDeclarations

SYMBOLS = {"=": "=", "<=": "≤", ">=": "≥"}


def rule_logic(rule: Rule) -> str:
    """A declared rule about answers as a formula."""
    if rule.kind == "compare":
        said = f"{_operand(rule.left)} {SYMBOLS[rule.operator]} {_operand(rule.right)}"
        return _implied(rule, said)
    if rule.kind == "implies":
        return _implied(rule, " ∧ ".join(map(_clause, rule.then)))
    if rule.kind == "agreement":
        return f"member.{rule.question} = secretariat.{rule.question}"
    if rule.kind == "set_total":
        return f"{' + '.join(f'#{rule.question}={option}' for option in rule.options)} = #municipalities"
    return f"|{rule.question} − previous| ≤ max({rule.slack}, {rule.share} × previous)"


def _implied(rule: Rule, said: str) -> str:
    return f"{' ∧ '.join(map(_clause, rule.when))} → {said}" if rule.when else said


def _operand(operand: Operand | None) -> str:
    if operand is None:
        return ""
    if operand.rows:
        where = ", ".join(f"{question} = {option}" for question, option in sorted(operand.where.items()))
        return f"#{operand.rows}({where})" if where else f"#{operand.rows}"
    return operand.name if operand.constant is None else str(operand.constant)


def _clause(clause: Clause) -> str:
    parts = []
    if clause.in_:
        parts.append(f"{clause.question} ∈ {{{', '.join(clause.in_)}}}")
    if clause.has:
        parts.append(f"{clause.has} ∈ {clause.question}")
    if clause.has_not:
        parts.append(f"{clause.has_not} ∉ {clause.question}")
    if clause.is_answered is not None:
        parts.append(f"answered({clause.question})" if clause.is_answered else f"¬answered({clause.question})")
    return " ∧ ".join(parts)


def derived_logic(kind: str, question: Question, declarations: YearDeclarations) -> str | None:
    """A rule that follows from a question as a formula; None for a kind that none follows by."""
    block = declarations.questionnaire.block_of[question.id]
    asked = " ∧ ".join(map(_condition, (*block.asked_if, *question.asked_if))) or "true"
    low = "−∞" if question.minimum is None else question.minimum
    high = "∞" if question.maximum is None else question.maximum
    return {
        "type": f"readable({question.id})",
        "option": f"{question.id} ∈ options",
        "single": f"#{question.id} ≤ 1",
        "range": f"{low} ≤ {question.id} ≤ {high}",
        "routing": f"answered({question.id}) → {asked}",
        "answered": f"{asked} → answered({question.id})",
        "none": f"none ∈ {question.id} → #{question.id} = 1",
        "scope": f"#{question.id}.row ≤ 1",
        "other": f"answered(text of {question.id}) → other ∈ {question.id}",
        "unlisted": f"{question.id} ≠ not_listed",
        "member": f"municipality ∈ members({question.id})",
        "named": f"confirmed member of e → e ∈ {question.id}",
        "named_assumed": f"assumed member of e → e ∈ {question.id}",
        "twice": f"#({question.id} = e) ≤ 1",
        "registered": f"{question.id} = register.{question.registered_as}",
        "pointed": f"{question.id} ∈ listed",
        "secretariat": f"municipality = secretariat({question.id})",
    }.get(kind)  # fmt: skip


def _condition(condition: Condition) -> str:
    return f"{condition.question} ∈ {{{', '.join(condition.in_)}}}"


def relation_logic(relation: Relation, rows: list[RelationRow]) -> str:
    """A relation between figures as the first of its comparisons, and how many others there are."""
    if not rows:
        return relation.kind
    row = rows[0]
    right = " + ".join(map(_term, row.right)) or "0"
    said = f"{' + '.join(map(_term, row.left))} {SYMBOLS[row.operator]} {right}"
    said += f" + {row.constant}" if row.constant else ""
    if row.tolerance or row.tolerance_share:
        said += f" (± {row.tolerance or f'{row.tolerance_share} × right'})"
    return f"{said} (and {len(rows) - 1} more)" if len(rows) > 1 else said


def _term(term: Term) -> str:
    name = term.figure if term.measure == "value" else f"{term.figure}.{term.measure}"
    return name if term.times == 1 else f"{term.times} × {name}"
