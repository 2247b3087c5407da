"""pandera schemas built from the questionnaire's rules, and three-valued judgement with them.

A check is a boolean expression that is null where there is nothing to judge. pandera decides what fails; a null
is unverifiable, and never hides the failure of another row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from schemas.rules import Clause, Operand, Rule

Verdicts = dict[str, pl.Series]


def build_schema(checks: Mapping[str, pl.Expr], name: str) -> pa.DataFrameSchema:
    """Return a pandera schema with one named data-frame check for each expression."""
    return pa.DataFrameSchema(
        checks=[pa.Check(_as_check(expression), name=check, error=check) for check, expression in checks.items()],
        name=name,
        strict=False,
    )


def _as_check(expression: pl.Expr) -> Callable[[Any], pl.LazyFrame]:
    def check(data: Any) -> pl.LazyFrame:
        judged: pl.LazyFrame = data.lazyframe.select(expression.fill_null(True).alias("is_valid"))
        return judged

    return check


def judge(frame: pl.DataFrame, checks: Mapping[str, pl.Expr], *, name: str) -> Verdicts:
    """Judge every row by every check: for each check a series of pass, fail or unverifiable.

    The frame must be eager: on a lazy frame pandera skips checks of values.
    """
    verdicts: Verdicts = {}
    if frame.is_empty():
        return {check: pl.Series(check, [], dtype=pl.String) for check in checks}
    failing: dict[str, set[int]] = {check: set() for check in checks}
    try:
        build_schema(checks, name).validate(frame, lazy=True)
    except SchemaErrors as error:
        for schema_error in error.schema_errors:
            check_name = getattr(schema_error.check, "name", None)
            if check_name not in failing:
                raise
            output = schema_error.check_output
            if output is None:
                raise
            flags = output.get_column(output.columns[0])
            failing[check_name] |= {i for i, is_valid in enumerate(flags) if not is_valid}
    for check, expression in checks.items():
        judged = frame.select(expression.alias("is_valid")).get_column("is_valid")
        if len(judged) != frame.height:
            judged = pl.Series([judged[0]] * frame.height)
        fails = failing[check]
        verdicts[check] = pl.Series(
            check,
            ["fail" if i in fails else ("unverifiable" if v is None else "pass") for i, v in enumerate(judged)],
            dtype=pl.String,
        )
    return verdicts


COMPARE: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def rule_expression(rule: Rule) -> pl.Expr:
    """The rule as a three-valued expression over a frame whose columns are named as in the rule's examples."""
    applies = _all_of(rule.when)
    if rule.kind == "implies":
        then = pl.all_horizontal(*map(_clause, rule.then))
        return then if applies is None else ~applies | then
    if rule.kind == "agreement":
        return pl.col("member") == pl.col("secretariat")
    if rule.kind == "set_total":
        return pl.sum_horizontal(*rule.options, ignore_nulls=False) == pl.col("municipality_count")
    if rule.kind == "previous":
        difference = (pl.col("current") - pl.col("previous")).abs()
        return (difference <= rule.slack) | (difference <= pl.col("previous") * (rule.share or 0))
    comparison = COMPARE[rule.operator](_operand(rule.left), _operand(rule.right))
    return comparison if applies is None else ~applies | comparison


def _operand(operand: Operand | None) -> pl.Expr:
    if operand is None:
        raise ValueError("a comparison has two sides")
    return pl.lit(operand.constant) if operand.constant is not None else pl.col(operand.name)


def _all_of(clauses: tuple[Clause, ...]) -> pl.Expr | None:
    return pl.all_horizontal(*map(_clause, clauses)) if clauses else None


def _clause(clause: Clause) -> pl.Expr:
    column = pl.col(clause.question)
    parts: list[pl.Expr] = []
    if clause.in_:
        parts.append(column.is_in(list(clause.in_)))
    if clause.has:
        parts.append(column.list.contains(clause.has))
    if clause.has_not:
        parts.append(~column.list.contains(clause.has_not))
    if clause.is_answered is not None:
        parts.append(column.is_not_null() if clause.is_answered else column.is_null())
    return pl.all_horizontal(*parts)
