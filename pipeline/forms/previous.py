"""Last year's answers as short texts, to stand beside each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from pipeline.home import Home
from pipeline.tables import load
from schemas.survey import YearDeclarations

PreviousAnswers = Mapping[tuple[str, int, str | None], str]


def load_previous(home: Home, declarations: YearDeclarations) -> dict[str, PreviousAnswers]:
    """Last year's answers by municipality: (question, row, choice) to text; empty where there were none."""
    answers = load(home, declarations.year - 1, "answers").filter(pl.col("status") == "answered")
    questions = declarations.questionnaire.questions
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    found: dict[str, dict[tuple[str, int, str | None], str]] = defaultdict(dict)
    columns = [
        "municipality_code", "question_id", "row_no", "value_code", "value_number", "value_date", "value_text",
    ]  # fmt: skip
    for code, question_id, row_no, value_code, number, day, text in answers.select(columns).iter_rows():
        question = questions.get(question_id)
        if question is None:
            continue
        own = found[code]
        if value_code is None:
            own[question_id, row_no, None] = str(day or text if number is None else number)
            continue
        own[question_id, row_no, value_code] = "○"
        labels = {option.code: option.label.ja for option in question.choices}
        own[question_id, row_no, None] = labels.get(value_code) or names.get(value_code, value_code)
    return dict(found)
