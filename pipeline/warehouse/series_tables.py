"""What the questionnaires of several years say of one another, as raw tables: changes of questions, and series of figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from schemas.crosswalk import QuestionLink
from schemas.series import series_links
from schemas.survey import Survey

CHANGE_SCHEMA: dict[str, Any] = {
    "year": pl.Int32, "previous_year": pl.Int32, "question_id": pl.String, "option_code": pl.String, "change": pl.String,
    "label_before": pl.String, "label_after": pl.String, "is_comparable": pl.Boolean, "reason": pl.String,
}  # fmt: skip
LINK_SCHEMA: dict[str, Any] = {
    "year": pl.Int32, "figure_id": pl.String, "observed_year": pl.Int32, "source_id": pl.String, "break_year": pl.Int32,
    "reason": pl.String,
}  # fmt: skip


def series_tables(survey: Survey, year: int, observed: Sequence[int]) -> dict[str, pl.DataFrame]:
    """Changes of a year's questionnaire against the declared one before it, and its figures in earlier `observed` years.

    Raises DeclarationError where the declarations of one of these years, or a change between them, are not as they should be.
    """
    changes: list[tuple[Any, ...]] = []
    previous = max((y for y in survey.years if y < year), default=None)
    if previous is not None:
        for question in survey.crosswalk(previous, year).questions.values():
            changes += [(year, previous, *row) for row in _change_rows(question)]
    links = [
        (year, link.figure_id, link.observed_year, source, link.break_year, link.reason or None)
        for link in series_links(survey, year, list(observed))
        for source in link.sources
    ]
    return {
        "raw_question_change": pl.DataFrame(changes, schema=CHANGE_SCHEMA, orient="row"),
        "raw_series_link": pl.DataFrame(links, schema=LINK_SCHEMA, orient="row"),
    }


def _change_rows(link: QuestionLink) -> Iterator[tuple[Any, ...]]:
    """(question, option or empty, change, label before, label after, whether answers compare, why not)."""
    before, after = (question.label.ja if question else None for question in (link.before, link.after))
    yield link.question_id, "", link.change, before, after, link.is_comparable, "。".join(link.reasons) or None
    for option in link.options:
        is_comparable = link.is_comparable and not option.reason
        reason = option.reason or None
        yield (
            link.question_id,
            option.code,
            option.change,
            option.before or None,
            option.after or None,
            is_comparable,
            reason,
        )
