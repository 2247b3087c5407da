"""Series of figures over the years: which figures of earlier years a figure continues, and where a series breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.crosswalk import Crosswalk
from schemas.figures import Figure
from schemas.survey import Survey, YearDeclarations

DEFINITION_CHANGED = "数値の求め方が変わったため"
TERMS_CHANGED = "分子又は分母を比べられないため"
CANDIDATES_CHANGED = "順位を付ける項目を比べられないため"


@dataclass(frozen=True)
class Step:
    """A figure one questionnaire earlier: the figures whose sum stands for it there, and why it does not compare, if so."""

    sources: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class SeriesLink:
    """A figure of a year in an earlier one: the figures there whose sum stands for it.

    `break_year` is the latest year whose step breaks the series between both years, None where they compare; `reason` says
    why in Japanese.
    """

    figure_id: str
    observed_year: int
    sources: tuple[str, ...]
    break_year: int | None = None
    reason: str = ""


def figure_steps(before: YearDeclarations, after: YearDeclarations, crosswalk: Crosswalk) -> dict[str, Step]:
    """Every figure of the later year that the earlier one has too, or has as several that were merged."""
    steps: dict[str, Step] = {}
    base = [figure for figure in after.figures.values() if figure.operation in ("count", "sum")]
    derived = [figure for figure in after.figures.values() if figure.operation not in ("count", "sum")]
    for figure in base:
        step = _base_step(figure, before, crosswalk)
        if step:
            steps[figure.id] = step
    for figure in derived:
        earlier = before.figures.get(figure.id)
        if earlier:
            steps[figure.id] = Step((figure.id,), _derived_reason(figure, earlier, steps))
    return steps


def _base_step(figure: Figure, before: YearDeclarations, crosswalk: Crosswalk) -> Step | None:
    earlier = before.figures.get(figure.id)
    link = crosswalk.questions[figure.question] if figure.question else None
    options = [link.option(code) for code in figure.options] if link else []
    if any(option is None for option in options):
        return Step((figure.id,), link.reasons[0] if link and link.reasons else DEFINITION_CHANGED) if earlier else None
    chosen = [option for option in options if option]
    wanted = {source for option in chosen for source in option.sources}
    reasons = [*(link.reasons if link else ()), *(option.reason for option in chosen if option.reason)]
    reason = reasons[0] if reasons else ""
    if earlier is None:
        if not chosen or any(option.change != "merged" for option in chosen):
            return None
        parts = [_figure_of_option(before, figure, code) for code in sorted(wanted)]
        return Step(tuple(part for part in parts if part), reason) if all(parts) else None
    is_alike = (figure.operation, figure.grain, figure.question, wanted) == (
        earlier.operation, earlier.grain, earlier.question, set(earlier.options),
    )  # fmt: skip
    return Step((figure.id,), reason or ("" if is_alike else DEFINITION_CHANGED))


def _figure_of_option(declarations: YearDeclarations, like: Figure, code: str) -> str | None:
    """The figure of the same family that counts who chose this option alone."""
    for figure in declarations.figures.values():
        if figure.family == like.family and figure.question == like.question and figure.options == (code,):
            return figure.id
    return None


def _derived_reason(figure: Figure, earlier: Figure, steps: Mapping[str, Step]) -> str:
    def continues(name: str | None) -> bool:
        return name is not None and steps.get(name) == Step((name,))

    if figure.operation != earlier.operation:
        return DEFINITION_CHANGED
    if figure.operation == "ranking":
        same = set(figure.candidates) == set(earlier.candidates) and figure.top == earlier.top
        return "" if same and all(map(continues, figure.candidates)) else CANDIDATES_CHANGED
    same = (figure.numerator, figure.denominator) == (earlier.numerator, earlier.denominator)
    return "" if same and continues(figure.numerator) and continues(figure.denominator) else TERMS_CHANGED


def series_links(survey: Survey, year: int, earlier: Iterator[int] | list[int]) -> list[SeriesLink]:
    """Follow every figure of a year back through these earlier years, latest first.

    A figure that a year does not have ends there; a break stays a break for all years before it. Raises DeclarationError
    where one of the years is not declared as it should be.
    """
    found: list[SeriesLink] = []
    after = survey.load_year(year)
    reached = {name: SeriesLink(name, year, (name,)) for name in after.figures}
    for observed in sorted({y for y in earlier if y < year}, reverse=True):
        before = survey.load_year(observed)
        steps = figure_steps(before, after, survey.crosswalk(observed, after.year))
        followed: dict[str, SeriesLink] = {}
        for name, link in reached.items():
            own = [steps.get(source) for source in link.sources]
            if any(step is None for step in own):
                continue
            taken = [step for step in own if step]
            reason = next((step.reason for step in taken if step.reason), "")
            followed[name] = SeriesLink(
                name, observed, tuple(source for step in taken for source in step.sources),
                link.break_year or (after.year if reason else None), link.reason or reason,
            )  # fmt: skip
        found += followed.values()
        reached, after = followed, before
    return found
