"""A printed document reconciled with the figures: each number's verdict, each relation's, and what explains a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.audit.summary import TraceSummary
from pipeline.reconcile.detective import Explanation, Known, explain_ratio, explain_sum, in_words, swapped
from pipeline.reconcile.match import Found, match_figures
from pipeline.reconcile.numbers import Number, find_numbers
from pipeline.reconcile.passages import Passage, read_passages
from pipeline.reconcile.printed_relations import PrintedRelation, judge_printed
from pipeline.reconcile.style import judge_style
from schemas.errors import InputError
from schemas.figures import Figure
from schemas.relations import Relation
from schemas.survey import YearDeclarations

LETTERS = ("市", "町", "村", "区")
NO_REPORTS = ("正誤表", "品質表示")
"""Titles of what a release carries beside its report: old values beside new ones, and numbers of rules and receipts."""
TITLE_PASSAGES = 4
MACHINE_COLUMN = "figure_id"


@dataclass(frozen=True)
class PrintedFigure:
    """A figure beside what the document prints.

    `verdict` is equal, different, ambiguous, missing (expected but not printed) or unknown (printed, but no figure, nor
    one said again); without figures of ours, printed. `value` is the printed number, `ours` our display with its unit
    word, `trace` what that came from. `score` says how sure the match is.
    """

    figure_id: str | None
    published_id: str | None
    label: str
    value: float | None
    printed: str | None
    ours: str | None
    verdict: str
    place: str | None
    score: float | None
    trace: TraceSummary | None = None


@dataclass(frozen=True)
class Reconciliation:
    """A document reconciled."""

    document: str
    figures: list[PrintedFigure]
    relations: list[PrintedRelation]

    @property
    def is_clean(self) -> bool:
        """True where nothing differs, is ambiguous or unknown, and no relation is violated."""
        return all(f.verdict in ("equal", "printed", "missing") for f in self.figures) and not any(
            relation.verdict in ("violated", "warning") for relation in self.relations
        )

    def as_json(self) -> dict[str, Any]:
        """The same as JSON-ready data."""
        return asdict(self)


Ours = Mapping[str, tuple[float | None, str, str]]
"""Value, display and unit word of each of our figures, by id."""


def reconcile_document(
    path: Path,
    declarations: YearDeclarations,
    ours: Ours | None,
    *,
    last_year: Mapping[str, str] | None = None,
    traces: Mapping[str, TraceSummary] | None = None,
) -> Reconciliation:
    """Find the figures that a document prints, compare them with ours, and judge the relations on what is printed.

    `ours` is None where there are no returns: then only the document is judged. `last_year` has the displays of the last
    release, `traces` what our figures came from. Raises InputError for a document that cannot be read, that is no report
    but a 正誤表, a page for auditors or tables for machines, or that holds no figure of the survey.
    """
    passages = read_passages(path)
    _refuse_no_report(path, passages)
    numbers = find_numbers(passages, _unit_words(declarations))
    found, unknown = match_figures(numbers, declarations)
    if not found:
        raise InputError(
            reference="no-figures", where=str(path), found=f"{len(numbers.numbers)} numbers, none of which is a figure",
            expected=f"a report of {declarations.questionnaire.title.ja}", fix="name the report, and the year that it is about",
        )  # fmt: skip
    judged = judge_printed(found, declarations, first_day=numbers.first_day, answered=numbers.answered)
    detective = _Detective(found, declarations, ours or {}, last_year or {}, numbers.answered)
    relations = [detective.explained(relation, verdict) for relation, verdict in judged]
    relations += judge_style(passages, found, declarations)
    figures = [
        replace(figure, trace=(traces or {}).get(figure.figure_id or ""))
        for figure in _figures(found, unknown, declarations, ours)
    ]
    return Reconciliation(str(path), figures, relations)


def _refuse_no_report(path: Path, passages: Sequence[Passage]) -> None:
    lines = [line.strip() for passage in passages[:TITLE_PASSAGES] for line in passage.text.splitlines()]
    title = next((word for line in lines for word in NO_REPORTS if line.endswith(word)), None)
    is_for_machines = any(MACHINE_COLUMN in passage.cells for passage in passages)
    if title or is_for_machines:
        raise InputError(
            reference="no-report", where=str(path), found=f"a {title}" if title else "tables for machines, whose figures have ids",
            expected="a report, or its tables for reading",
            fix="give the report; `kyogikai diff` compares releases, and `kyogikai verify` proves one",
        )  # fmt: skip


def _unit_words(declarations: YearDeclarations) -> list[str]:
    """Every word that can stand behind a number: declared units, and any combination of kinds of municipality."""
    words = [unit.label.ja for unit in declarations.units.values()]
    for start, letter in enumerate(LETTERS):
        words += [letter, *(letter + "".join(LETTERS[start + 1 : end]) for end in range(start + 2, len(LETTERS) + 1))]
    return [*words, "市村"]


def _figures(
    found: Sequence[Found], unknown: Sequence[Number], declarations: YearDeclarations, ours: Ours | None
) -> list[PrintedFigure]:
    known = {one.figure.id for one in found}
    said = {(one.number.value, one.number.unit) for one in found}
    unknown = [number for number in unknown if not number.unit or (number.value, number.unit) not in said]
    missing = [f for f in declarations.figures.values() if f.published_id and f.id not in known]
    return [
        *(_compared(one, ours) for one in found),
        *(
            PrintedFigure(f.id, f.published_id, f.label.ja, None, None, _shown(f, ours), "missing", None, None)
            for f in missing
        ),
        *(
            PrintedFigure(
                None, None, next(iter(n.leads), ""), n.value, f"{n.written}{n.unit}", None, "unknown", n.place, None
            )
            for n in unknown
        ),
    ]


def _compared(one: Found, ours: Ours | None) -> PrintedFigure:
    figure, number = one.figure, one.number
    verdict = "ambiguous" if one.rival else "printed"
    if ours is not None and not one.rival:
        _, display, unit = ours.get(figure.id, (None, "", ""))
        is_equal = _as_number(display) == number.value and (not number.unit or number.unit == unit)
        verdict = "equal" if is_equal else "different"
    return PrintedFigure(
        figure.id, figure.published_id, figure.label.ja, number.value, f"{number.written}{number.unit}", _shown(figure, ours), verdict,
        number.place, one.score,
    )  # fmt: skip


def _shown(figure: Figure, ours: Ours | None) -> str | None:
    if ours is None or figure.id not in ours:
        return None
    _, display, unit = ours[figure.id]
    return f"{display}{unit}"


def _as_number(display: str) -> float | None:
    return float(display) if display.replace(".", "", 1).isdigit() else None


class _Detective:
    """Looks for what explains a relation that a document violates."""

    def __init__(
        self,
        found: Sequence[Found],
        declarations: YearDeclarations,
        ours: Ours,
        last_year: Mapping[str, str],
        answered: int | None,
    ) -> None:
        self._found = {one.figure.id: one for one in found}
        self._figures, self._ours, self._last_year = declarations.figures, ours, last_year
        self._answered = len(declarations.municipalities) if answered is None else answered
        self._declarations = declarations

    def explained(self, relation: Relation, verdict: PrintedRelation) -> PrintedRelation:
        """The verdict with the likeliest explanations, where it fails and there are any."""
        if verdict.verdict != "violated":
            return verdict
        told = self._ratio(relation) if relation.kind == "ratio" else self._sum(relation)
        return replace(verdict, explanation="。".join(filter(None, (verdict.explanation, told))))

    def _ratio(self, relation: Relation) -> str:
        figure = self._figures[relation.figures[0]]
        one, numerator, denominator = (
            self._printed(name) for name in (figure.id, figure.numerator, figure.denominator)
        )
        if one is None or numerator is None or denominator is None:
            return ""
        written = self._found[figure.id].number.written
        explanations = explain_ratio(
            figure,
            written,
            numerator,
            denominator,
            self._denominators(figure),
            last_year=self._last_year.get(figure.id),
        )
        own = figure.rounding.ratio(numerator.value, denominator.value)[1]
        told = in_words(written, explanations)
        return (
            f"{told}。{denominator.label}{denominator.value:g}では{own}"
            if told
            else f"{denominator.label}{denominator.value:g}では{own}"
        )

    def _denominators(self, figure: Figure) -> list[Known]:
        """Numbers that could have been divided by, the likeliest first: pairs, the roster, what is counted nearby."""
        pairs = [
            Known(other.label.ja, value)
            for other in self._figures.values()
            if other.question and other.operation == "count" and other.published_id is None and not other.options
            for value in [self._value(other)]
            if value is not None
        ]
        derived = [Known(label, value) for label, value in self._pairs()]
        roster = [Known("市町村数", float(self._answered))]
        near = [
            Known(one.figure.label.ja, one.number.value)
            for one in sorted(self._found.values(), key=lambda f: abs(f.figure.order - figure.order))
            if one.figure.operation == "count" and one.figure.id not in (figure.denominator, figure.id)
        ]
        return list({known.value: known for known in reversed([*pairs, *derived, *roster, *near])}.values())[::-1]

    def _pairs(self) -> list[tuple[str, float]]:
        """Wholes that no document prints and that relations declare as sums of what is printed."""
        told = []
        for relation in self._declarations.relations:
            if relation.kind != "linear" or relation.operator != "=" or len(relation.left) != 1:
                continue
            name = relation.left[0].figure
            parts = [(self._printed(term.figure), term.times) for term in relation.right]
            if name not in self._found and parts and all(part for part, _ in parts):
                value = sum(part.value * times for part, times in parts if part) + float(relation.constant)
                told.append((self._figures[name].label.ja, value))
        return told

    def _sum(self, relation: Relation) -> str:
        if relation.kind not in ("partition", "linear") or relation.operator != "=" or len(relation.right) != 1:
            return ""
        whole = self._printed(relation.right[0].figure) or Known("調査対象の市町村数", float(self._answered))
        parts = [part for term in relation.left if (part := self._printed(term.figure))]
        explanations: list[Explanation] = explain_sum(whole, parts)
        pairs = [f"「{one}」と「{other}」の入れ替わり" for one, other in self._swapped()]
        return "、".join([*(explanation.text for explanation in explanations[:3]), *pairs])

    def _swapped(self) -> list[tuple[str, str]]:
        values = {
            name: (one.number.value, ours)
            for name, one in self._found.items()
            if (ours := self._ours.get(name, (None, "", ""))[0]) is not None
        }
        return list(swapped(values, {name: self._found[name].figure.label.ja for name in values}))

    def _value(self, figure: Figure) -> float | None:
        value = self._ours.get(figure.id, (None, "", ""))[0]
        return None if value is None else float(value)

    def _printed(self, figure_id: str | None) -> Known | None:
        one = self._found.get(figure_id or "")
        return Known(one.figure.label.ja, one.number.value) if one else None
