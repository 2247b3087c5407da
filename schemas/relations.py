"""Relations between figures, declared once and judged against ours or against a printed document's numbers.

Each relation stands for one or more rows `sum(left) operator sum(right)`; every term is a measure of a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from schemas.figures import Figure
from schemas.labels import Declared, Examples, RuleId, Severity, StableId, Text, Year

Operator = Literal["=", "<=", ">="]
RelationKind = Literal["linear", "partition", "ratio", "ordered", "unit_word", "subset", "same_reference", "change"]


class Term(Declared):
    """A measure of a figure, times a whole number.

    Measures: value, displayed, quotient (numerator / denominator), previous (last released year's value),
    reference_day (days since 1970-01-01), kind_count (different kinds of municipality), kind_<市 etc.>,
    position_<n> (value at a rank).
    """

    figure: StableId = Field(description="id of the figure")
    measure: str = Field("value", description="what of the figure")
    times: int = Field(1, description="factor")


def _as_term(value: object) -> object:
    return {"figure": value} if isinstance(value, str) else value


TermLike = Annotated[Term, BeforeValidator(_as_term)]


class RelationRow(Declared):
    """One comparison: left operator right, within a tolerance (absolute) or a share of the right side."""

    relation_id: str
    row_no: int
    left: tuple[Term, ...]
    operator: Operator
    right: tuple[Term, ...]
    constant: Decimal = Decimal(0)
    tolerance: Decimal = Decimal(0)
    tolerance_share: Decimal = Decimal(0)


class Relation(Declared):
    """A relation and its four worked cases.

    linear: left operator right · partition: parts add up to whole, for each kind of municipality too ·
    ratio: the displayed value is numerator / denominator, rounded · ordered: a ranking descends ·
    unit_word: the kinds in the unit word fit the count · subset: no figure counts more of any kind of municipality
    than the whole · same_reference: both figures have one date · change: each figure stays within `share` of the last released year.
    """

    id: RuleId = Field(description="stable id; the rule id of its findings")
    kind: RelationKind = Field("linear", description="what it compares")
    statement: Text = Field(description="what must hold, in words")
    severity: Severity = Field("error", description="error blocks a release")
    level: int = Field(3, ge=0, le=3, description="how much has to be known to find a failure")
    published: tuple[str, ...] = Field(
        (), description="ids of the relations of the published report that it stands for"
    )
    left: tuple[TermLike, ...] = Field((), description="linear and partition: terms that are added")
    operator: Operator = Field("=", description="linear: how left and right compare")
    right: tuple[TermLike, ...] = Field((), description="linear: terms that are added; partition: the whole")
    constant: Decimal = Field(Decimal(0), description="linear: added on the right")
    tolerance: Decimal = Field(Decimal(0), description="absolute difference that is let pass")
    figures: tuple[StableId, ...] = Field((), description="figures of every other kind")
    share: Decimal | None = Field(None, gt=0, description="change: largest difference as a share of the earlier value")
    examples: Examples = Field(description="its four worked cases")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind in ("linear", "partition") and not self.left:
            raise ValueError(f"a {self.kind} relation needs left")
        if self.kind in ("partition", "subset") and len(self.right) != 1:
            raise ValueError(f"a {self.kind} relation has one figure on the right: the whole")
        if self.kind not in ("linear", "partition") and not self.figures:
            raise ValueError(f"a {self.kind} relation needs figures")
        if self.kind == "change" and self.share is None:
            raise ValueError("a change relation needs share")
        return self


class RelationFile(Declared):
    """`relations/<year>.yaml`."""

    year: Year = Field(description="survey year, as in the file name")
    relations: tuple[Relation, ...] = Field(description="in the order in which they are judged")


def expand_relation(relation: Relation, figures: dict[str, Figure], kinds: Sequence[str]) -> list[RelationRow]:
    """Return the rows of a relation; `kinds` are the kinds of municipality on the roster, as 市 or 村."""
    rows = list(_rows(relation, figures, kinds))
    return [row.model_copy(update={"row_no": number}) for number, row in enumerate(rows, start=1)]


def _rows(relation: Relation, figures: dict[str, Figure], kinds: Sequence[str]) -> Iterator[RelationRow]:
    if relation.kind in ("linear", "partition"):
        yield _row(
            relation, relation.left, relation.operator, relation.right,
            constant=relation.constant, tolerance=relation.tolerance,
        )  # fmt: skip
    if relation.kind == "partition":
        for kind in kinds:
            yield _row(relation, _of_kind(relation.left, kind), "=", _of_kind(relation.right, kind))
    elif relation.kind == "same_reference":
        first, *others = relation.figures
        for other in others:
            yield _row(relation, [_term(first, "reference_day")], "=", [_term(other, "reference_day")])
    else:
        for figure_id in relation.figures:
            yield from _figure_rows(relation, figures[figure_id], kinds)


def _figure_rows(relation: Relation, figure: Figure, kinds: Sequence[str]) -> Iterator[RelationRow]:
    value = [_term(figure.id)]
    if relation.kind == "ratio":
        half_step = Decimal(5).scaleb(-figure.rounding.digits - 1)
        yield _row(relation, [_term(figure.id, "displayed")], "=", [_term(figure.id, "quotient")], tolerance=half_step)
    elif relation.kind == "ordered":
        for position in range(1, min(figure.top or 1, len(figure.candidates))):
            here, below = _term(figure.id, f"position_{position}"), _term(figure.id, f"position_{position + 1}")
            yield _row(relation, [here], ">=", [below])
    elif relation.kind == "unit_word":
        yield _row(relation, value, ">=", [_term(figure.id, "kind_count")])
        yield _row(relation, value, "=", [_term(figure.id, f"kind_{kind}") for kind in kinds])
    elif relation.kind == "subset":
        for kind in kinds:
            yield _row(relation, _of_kind(value, kind), "<=", _of_kind(relation.right, kind))
    elif relation.kind == "change":
        yield _row(relation, value, "=", [_term(figure.id, "previous")], tolerance_share=relation.share or Decimal(0))


def _row(
    relation: Relation, left: Sequence[Term], operator: Operator, right: Sequence[Term], **extra: Decimal
) -> RelationRow:
    return RelationRow(
        relation_id=relation.id, row_no=0, left=tuple(left), operator=operator, right=tuple(right), **extra
    )


def _term(figure: str, measure: str = "value") -> Term:
    return Term(figure=figure, measure=measure)


def _of_kind(terms: Sequence[Term], kind: str) -> list[Term]:
    return [term.model_copy(update={"measure": f"kind_{kind}"}) for term in terms]


def relation_faults(file: RelationFile, figures: dict[str, Figure]) -> Iterator[tuple[str, str, str]]:
    """Yield (relation id, unknown figure, nearest known figure) for every term that leads nowhere."""
    from difflib import get_close_matches

    for relation in file.relations:
        named = [term.figure for term in (*relation.left, *relation.right)] + list(relation.figures)
        for name in named:
            if name not in figures:
                near = get_close_matches(name, figures, n=1, cutoff=0.4)
                yield relation.id, name, near[0] if near else "none"
