"""Which printed number is which figure: by label, headings, section and unit, all at once, so that order does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from pipeline.reconcile.numbers import Number, Numbers, plain
from pipeline.reconcile.repeats import fold_repeats
from schemas.figures import Figure
from schemas.survey import YearDeclarations

LABEL, TOPIC, SECTION, UNIT = 0.5, 0.2, 0.12, 0.18
"""What each kind of evidence weighs; together 1."""
LEAST_LABEL, LEAST_SCORE = 0.55, 0.62
"""Below either, a number is not taken for the figure."""
FADING = 0.92
"""How much a heading counts for each one that stands nearer."""
NO_UNIT, NO_TOPIC = 0.7, 0.6
UNPUBLISHED = 0.04
"""What a figure that the report does not print is put behind."""
IN_ORDER = 0.01
NEARLY = 0.02
"""Two numbers whose scores differ by less cannot be told apart."""
LONG_NAME = 8
SHORT_NAME, SHORT_LIKENESS = 4, 80.0
"""A short name must stand in what leads to the number, or be nearly it."""
Scores = np.ndarray[tuple[int, int], np.dtype[np.float64]]
SECTION_LIKENESS = 78.0


@dataclass(frozen=True)
class Found:
    """A figure and the number that stands for it, with a score between 0 and 1; `rival` fits as well and says otherwise."""

    figure: Figure
    number: Number
    score: float
    rival: Number | None = None


def match_figures(numbers: Numbers, declarations: YearDeclarations) -> tuple[list[Found], list[Number]]:
    """The figures that are found, in the order of the report, and the numbers that are none of them."""
    figures = [figure for figure in declarations.figures.values() if figure.operation != "ranking"]
    if not numbers.numbers:
        return [], []
    sections = _sections_of(numbers, declarations)
    printed, otherwise = fold_repeats(numbers.numbers)
    scores = np.array([[_score(f, n, sections[n.order], declarations) for n in printed] for f in figures])
    places = np.linspace(0, 1, len(printed)), np.linspace(0, 1, len(figures))
    in_order = IN_ORDER * (1 - np.abs(places[0][None, :] - places[1][:, None]))
    pairs = _assign(scores + np.where(scores > 0, in_order, 0), [bool(figure.published_id) for figure in figures])
    found: list[Found] = []
    free = [k for k in range(len(printed)) if k not in {column for _, column in pairs}]
    # How well a number that is left fits a figure whose number, which is found elsewhere, it says again.
    says_again = {
        k: max(
            (float(scores[row, k]) for row, column in pairs if printed[column].value == printed[k].value), default=0.0
        )
        for k in free
    }
    for row, column in pairs:
        score, number = float(scores[row, column]), printed[column]
        rivals = [
            *otherwise.get(number.order, ()),
            *(
                printed[k] for k in free
                if printed[k].value != number.value and scores[row, k] >= score - NEARLY
                and scores[row, k] > says_again[k]
            ),
        ]  # fmt: skip
        found.append(Found(figures[row], number, round(score, 3), next(iter(rivals), None)))
    known = {found_one.number.order for found_one in found}
    return sorted(found, key=lambda f: f.figure.order), [n for n in printed if n.order not in known]


def _assign(scores: Scores, is_published: Sequence[bool]) -> list[tuple[int, int]]:
    """Pairs of figure and number with the greatest sum of scores: first what a report prints, then the rest."""
    pairs: list[tuple[int, int]] = []
    left = np.where(scores >= LEAST_SCORE, scores, 0.0)
    for wanted in (True, False):
        mine = np.where(np.array(is_published)[:, None] == wanted, left, 0.0)
        rows, columns = linear_sum_assignment(-mine)
        chosen = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if mine[r, c] > 0]
        left[:, [column for _, column in chosen]] = 0.0
        pairs += chosen
    return pairs


def names_of(figure: Figure) -> list[str]:
    """The wordings under which a document may print a figure."""
    return [plain(text) for text in (figure.label.ja, *figure.printed_as)]


def _score(figure: Figure, number: Number, section: str | None, declarations: YearDeclarations) -> float:
    """How well a number fits a figure; 0 where its label does not."""
    label = (
        max(
            _likeness(name, lead) * (1 - 0.01 * place)
            for name in names_of(figure)
            for place, lead in enumerate(number.leads)
        )
        if number.leads
        else 0.0
    )
    if label < LEAST_LABEL:
        return 0.0
    topic = _topic(figure.printed_under, number.context)
    is_there = 1.0 if section == figure.section else 0.5 if section is None else 0.0
    behind = 0.0 if figure.published_id else UNPUBLISHED
    return LABEL * label + TOPIC * topic + SECTION * is_there + UNIT * _unit(figure, number, declarations) - behind


def _likeness(name: str, lead: str) -> float:
    whole = fuzz.ratio(name, lead)
    if len(name) <= SHORT_NAME and name not in lead and whole < SHORT_LIKENESS:
        return 0.0
    part = 0.93 * fuzz.partial_ratio(name, lead) if min(len(name), len(lead)) >= LONG_NAME else 0.0
    tail = 0.9 * fuzz.ratio(name, lead[-len(name) :]) if len(lead) > len(name) > 1 else 0.0
    return float(max(whole, part, tail)) / 100


def _topic(topics: Iterable[str], context: Sequence[str]) -> float:
    wanted = [plain(topic) for topic in topics]
    if not wanted:
        return NO_TOPIC
    return max(
        (
            fuzz.partial_ratio(topic, text) / 100 * FADING**place
            for topic in wanted
            for place, text in enumerate(context)
            if len(text) > 1
        ),
        default=0.0,
    )


def _unit(figure: Figure, number: Number, declarations: YearDeclarations) -> float:
    if not number.unit:
        return NO_UNIT
    unit = declarations.units[figure.unit]
    if unit.is_kind_word:
        return 1.0 if set(number.unit) <= set(unit.label.ja) else 0.0
    return 1.0 if number.unit == plain(unit.label.ja) else 0.0


def _sections_of(numbers: Numbers, declarations: YearDeclarations) -> list[str | None]:
    """The section that each number stands in: that of the last heading which is like a section's."""
    labels = {section.id: plain(section.label.ja) for section in declarations.questionnaire.sections}
    at_heading: list[str | None] = [None]
    for heading in numbers.headings:
        bare = re.sub(r"\([^()]*\)", "", heading)
        likeness, section = max((fuzz.ratio(label, bare), name) for name, label in labels.items())
        at_heading.append(section if likeness >= SECTION_LIKENESS else at_heading[-1])
    return [at_heading[number.heading_count] for number in numbers.numbers]
