"""Last year's answers, to stand beside this year's questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from pipeline.forms.choices import TICK
from pipeline.home import Home
from pipeline.tables import load
from schemas.survey import YearDeclarations

PreviousAnswers = Mapping[tuple[str, int, str | None], str]
"""(question, row, option) to ○ where that option was chosen, and (question, row, None) to the answer in words.

The words are as `pipeline.forms.wording.previous_text` takes them: a day as 2024-04-01, a count without its unit.
"""


def load_previous(home: Home, declarations: YearDeclarations) -> dict[str, PreviousAnswers]:
    """Read what each municipality answered a year before, by code; empty where that year was not read in this home.

    Questions and options are matched by id and code, so that one which is asked no more is left out and one whose
    wording has changed stands in its new words; options that were merged stand as the one that they became. What does not
    compare, as another question under the same id, is left out. An entity stands by its name in the register.
    """
    answers = load(home, declarations.year - 1, "answers").filter(pl.col("status") == "answered")
    questions, changes = declarations.questionnaire.questions, declarations.changes
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    found: dict[str, dict[tuple[str, int, str | None], str]] = defaultdict(dict)
    columns = [
        "municipality_code", "question_id", "row_no", "value_code", "value_number", "value_date", "value_text",
    ]  # fmt: skip
    for code, question_id, row_no, value_code, number, day, text in answers.select(columns).iter_rows():
        question = questions.get(question_id)
        if question is None or not (changes is None or changes.questions[question_id].is_comparable):
            continue
        if value_code is None:
            value = number if number is not None else day or text
            found[code][question_id, row_no, None] = str(value)
        elif question.type == "register":
            found[code][question_id, row_no, None] = names.get(value_code, value_code)
        else:
            labels = {option.code: option.label.ja for option in question.choices}
            now = changes.code_now(question_id, value_code) if changes else value_code
            if now in labels:
                found[code][question_id, row_no, now] = TICK
                found[code][question_id, row_no, None] = labels[now]
    return dict(found)
