"""The relations between figures, judged on the numbers that a document prints, by the suite of the gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.check.relations import RelationVerdict, judge_relations
from pipeline.reconcile.match import Found
from schemas.figures import Figure
from schemas.relations import Relation, RelationRow, Term
from schemas.survey import YearDeclarations

EPOCH = date(1970, 1, 1)
SLACK = 1e-9
"""As in the warehouse: what binary fractions may differ by."""
KIND, KIND_COUNT = "kind_", "kind_count"
"""Begins the measures of how many of a figure's municipalities are of a kind, as kind_村; how many kinds there are."""
NOT_OF_A_DOCUMENT = ("change",)
"""Kinds of relation that compare with what no document prints."""


@dataclass(frozen=True)
class PrintedRelation:
    """A relation's verdict on a document: held, violated, warning (a violation that is none for certain) or unverifiable."""

    relation_id: str
    published_relation: str | None
    verdict: str
    explanation: str
    place: str | None


def judge_printed(
    found: Sequence[Found], declarations: YearDeclarations, *, first_day: date | None, answered: int | None = None
) -> list[tuple[Relation, PrintedRelation]]:
    """Judge every relation that a document can hold or violate, in the order of their declaration.

    The whole is what the document says has answered, and the roster where it does not say.
    """
    printed = _Printed(found, declarations, first_day, answered)
    relations = [relation for relation in declarations.relations if relation.kind not in NOT_OF_A_DOCUMENT]
    wanted = {relation.id: relation for relation in relations}
    rows = [row for row in declarations.relation_rows if row.relation_id in wanted]
    frame = pd.DataFrame([printed.compare(row) for row in rows])
    return [(v.relation, printed.told(v, rows)) for v in judge_relations(frame, relations)]


class _Printed:
    """What is known of each figure from a document alone."""

    def __init__(
        self, found: Sequence[Found], declarations: YearDeclarations, first_day: date | None, answered: int | None
    ) -> None:
        self._found = {one.figure.id: one for one in found}
        self._figures = declarations.figures
        self._units = declarations.units
        self._first_day = first_day
        self._roster = Counter[str](municipality.kind for municipality in declarations.municipalities)
        self._answered = self._roster.total() if answered is None else answered
        self._whole = [f.id for f in self._figures.values() if f.question is None and f.operation == "count"]

    def compare(self, row: RelationRow) -> dict[str, object]:
        """The row as numbers to compare, as the warehouse's fct_relation_rows has them."""
        left, right = self._sum(row.left), self._sum(row.right)
        right = None if right is None else right + float(row.constant)
        tolerance = float(row.tolerance) + float(row.tolerance_share) * abs(right or 0)
        is_known = left is not None and right is not None
        low = right - tolerance - SLACK if is_known and right is not None and row.operator in ("=", ">=") else None
        high = right + tolerance + SLACK if is_known and right is not None and row.operator in ("=", "<=") else None
        return {
            "relation_id": row.relation_id, "row_no": row.row_no, "left_value": left, "right_value": right,
            "lower_bound": low, "upper_bound": high,
        }  # fmt: skip

    def _sum(self, terms: Sequence[Term]) -> float | None:
        values = [self._measure(term) for term in terms]
        return (
            None
            if None in values
            else float(sum(v * t.times for v, t in zip(values, terms, strict=True) if v is not None))
        )

    def _measure(self, term: Term) -> float | None:
        """A measure of a figure as printed; of an option that no report prints, 0 where others of its question are printed."""
        figure, measure = self._figures[term.figure], term.measure
        if figure.id in self._whole:
            return self._of_whole(measure)
        if measure == "quotient":
            numerator, denominator = (self._value(name) for name in (figure.numerator, figure.denominator))
            return numerator / denominator if numerator is not None and denominator else None
        if measure.startswith("position_"):
            return self._at_position(figure, int(measure.removeprefix("position_")))
        one = self._found.get(figure.id)
        if one is None:
            return 0.0 if figure.published_id is None and self._has_siblings(figure) else None
        if measure in ("value", "displayed"):
            return one.number.value
        if measure == "reference_day":
            day = one.number.day or self._first_day
            return None if day is None else float((day - EPOCH).days)
        return self._kinds(one, measure)

    def _of_whole(self, measure: str) -> float | None:
        """How many answered, and of each kind: of the roster where all did, else unknown."""
        if measure == "value":
            return float(self._answered)
        is_all = self._answered == self._roster.total()
        kinds: Mapping[str, float] = {f"{KIND}{kind}": count for kind, count in self._roster.items()}
        return kinds.get(measure) if is_all else None

    def _has_siblings(self, figure: Figure) -> bool:
        """Whether it is one of several options, of which others are printed: what nobody chose is not mentioned."""
        return figure.family != figure.id and any(one.figure.family == figure.family for one in self._found.values())

    def _kinds(self, one: Found, measure: str) -> float | None:
        """How many of a kind a unit word stands for, where that is certain; none of any where nothing is counted."""
        if not one.number.value:
            return None if measure == KIND_COUNT else 0.0
        if not self._units[one.figure.unit].is_kind_word or not one.number.unit:
            return None
        if measure == KIND_COUNT:
            return float(len(one.number.unit))
        kind = measure.removeprefix(KIND)
        if kind not in one.number.unit:
            return 0.0
        if one.number.unit == kind:
            return one.number.value
        return 1.0 if self._roster[kind] == 1 else None

    def _value(self, figure_id: str | None) -> float | None:
        one = self._found.get(figure_id or "")
        return one.number.value if one else None

    def _at_position(self, ranking: Figure, position: int) -> float | None:
        """The value that stands at a place of the list as it is printed."""
        listed = sorted(
            (self._found[name].number for name in ranking.candidates if name in self._found), key=lambda n: n.order
        )
        return listed[position - 1].value if position <= len(listed) else None

    def told(self, verdict: RelationVerdict, rows: Sequence[RelationRow]) -> PrintedRelation:
        """A verdict in words. A comparison that cannot be made leaves the others of its relation standing."""
        relation = verdict.relation
        judged = verdict.judged_count - len(verdict.unknown_rows)
        word = "unverifiable" if not judged else "held"
        if verdict.failed_rows:
            word = "violated" if relation.severity == "error" else "warning"
        shown = [
            r
            for r in rows
            if r.relation_id == relation.id and (not verdict.failed_rows or r.row_no in verdict.failed_rows)
        ]
        terms = [term for row in shown[:1] for term in (*row.left, *row.right)]
        places = [self._found[term.figure].number.place for term in terms if term.figure in self._found]
        explanation = relation.statement.ja
        if verdict.failed_rows:
            explanation += "：" + "、".join(dict.fromkeys(filter(None, map(self._named, terms))))
        published = relation.published[0] if relation.published else None
        return PrintedRelation(relation.id, published, word, explanation, places[0] if places else None)

    def _named(self, term: Term) -> str:
        one = self._found.get(term.figure)
        if one is None and term.figure in self._whole:
            is_all = self._answered == self._roster.total()
            return f"{self._figures[term.figure].label.ja} {self._answered}（{'名簿' if is_all else '回答のあった数'}）"
        if one is None:
            return ""
        day = one.number.day or self._first_day
        remark = f"（{day.isoformat()}現在）" if term.measure == "reference_day" and day else ""
        is_of_kind = term.measure.startswith(KIND) and term.measure != KIND_COUNT
        if is_of_kind and (counted := self._kinds(one, term.measure)) is not None:
            remark = f"（うち{term.measure.removeprefix(KIND)}{counted:g}）"
        return f"{one.figure.label.ja} {one.number.written}{one.number.unit}{remark}"
