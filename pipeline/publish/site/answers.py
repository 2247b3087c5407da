"""Answers in words, and how many gave which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from statistics import median

from pipeline.japanese import era_date
from pipeline.publish.site.book import Answer, Answers
from schemas.questionnaire import Question

STATUS_WORDS = {
    "counted": "数えた", "not_chosen": "選択なし", "missing": "無回答", "not_asked": "非該当", "unreadable": "判読できない",
    "no_return": "未提出",
}  # fmt: skip
"""What is said of an answer that has no value, and of an entity that is counted or not."""
UNLISTED = "（名簿にないもの）"
CORRECTED = "（訂正した回答）"
LEAST_FIRST = ("missing", "unreadable", "no_return", "not_asked")


def answer_words(question: Question, rows: Sequence[Answer], names: Mapping[str, str]) -> tuple[str, ...]:
    """What was answered, a text for each option that was chosen, in the order of the form; one word for why there is no answer."""
    labels = {option.code: option.label.ja for option in question.choices}
    if question.is_multiple:
        return tuple(labels.get(code) or STATUS_WORDS[code] for code in codes_of(question, rows))
    return tuple(_value_words(question, row, labels, names) for row in rows) or (STATUS_WORDS["no_return"],)


def _value_words(question: Question, row: Answer, labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    if row.status != "answered":
        return STATUS_WORDS[row.status]
    if row.value_number is not None:
        return f"{row.value_number}{question.unit or ''}"
    if row.value_date is not None:
        return era_date(row.value_date)
    if row.value_code is not None:
        return labels.get(row.value_code) or names.get(row.value_code) or UNLISTED
    return row.value_text or ""


def _status(rows: Iterable[Answer]) -> str:
    """Of options of which none is chosen, why."""
    found = {row.status for row in rows}
    return next((status for status in LEAST_FIRST if status in found), "not_chosen" if found else "no_return")


def codes_of(question: Question, rows: Sequence[Answer]) -> tuple[str, ...]:
    """The options that were chosen, in the order of the form; the status where none was."""
    if question.is_multiple:
        chosen = {row.option_code for row in rows if row.status == "answered"}
        found = tuple(option.code for option in question.choices if option.code in chosen)
        return found or (_status(rows),)
    return tuple(_given(row) if row.status == "answered" else row.status for row in rows) or ("no_return",)


def _given(row: Answer) -> str:
    """What was chosen, or the day that was named, by which equal answers are known."""
    return row.value_code or (row.value_date.isoformat() if row.value_date else "")


class Distribution:
    """How many gave which answer to a question: one answer for each municipality, or for each row of a table.

    `speakers` are the municipalities that answer for what is shared, by its id; what the others say of it is not counted.
    """

    def __init__(
        self, question: Question, answers: Mapping[str, Answers], codes: Sequence[str], speakers: Mapping[str, str]
    ) -> None:
        self.question = question
        self.options: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.numbers: list[int] = []
        self.row_count = 0
        for rows in _rows(question, answers, codes, speakers):
            self.row_count += 1
            if question.type == "count":
                numbers = [
                    row.value_number for row in rows if row.status == "answered" and row.value_number is not None
                ]
                self.numbers += numbers
                self.statuses.update([] if numbers else codes_of(question, rows))
                continue
            for code in codes_of(question, rows):
                (self.statuses if code in STATUS_WORDS else self.options)[code] += 1
        self.numbers.sort()

    @property
    def answered_count(self) -> int:
        """Rows with an answer."""
        without = sum(self.statuses.values())
        return self.row_count - without

    @property
    def middle(self) -> float | None:
        """The median of the numbers, None where there is none."""
        return median(self.numbers) if self.numbers else None

    def days(self) -> list[tuple[str, int]]:
        """Of a question about a day, each day that was named, in their order, and how often."""
        if self.question.type != "date":
            return []
        return [(era_date(date.fromisoformat(day)), count) for day, count in sorted(self.options.items()) if day]

    def others(self) -> Iterator[tuple[str, int]]:
        """Why there is no answer, in words, and how often."""
        return ((STATUS_WORDS[code], self.statuses[code]) for code in STATUS_WORDS if self.statuses[code])


def _rows(
    question: Question, answers: Mapping[str, Answers], codes: Sequence[str], speakers: Mapping[str, str]
) -> Iterator[Sequence[Answer]]:
    """What each row of each of the municipalities in `codes` answered; of one without a return, one row without answers."""
    for code in codes:
        own = [
            rows
            for (name, _), rows in answers.get(code, {}).items()
            if name == question.id and not (rows and speakers.get(rows[0].entity_id, code) != code)
        ]
        yield from own or ([()] if code not in answers else [])
