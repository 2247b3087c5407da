"""What a demo return answers, before anyone writes it into cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Answer = str | int | date | tuple[str, ...]
"""A code, a text or a register id; a number; a day; or the codes chosen of a multiple-answer question."""


def codes_of(answer: Answer | None) -> tuple[str, ...]:
    """The codes chosen in an answer; empty where there is none."""
    if answer is None:
        return ()
    return answer if isinstance(answer, tuple) else (str(answer),)


@dataclass(frozen=True)
class FilledRow:
    """One row of a block. `entity_id` is what the row is about, by the ids the read stage gives.

    A question that is absent from `answers` is left blank.
    """

    entity_id: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class ReturnFill:
    """All answers of one municipality's return: the filled rows of each block, by block id, in order."""

    code: str
    rows: Mapping[str, tuple[FilledRow, ...]]

    def answer(self, block_id: str, question_id: str, *, row: int = 0) -> Answer | None:
        """Return an answer, or None where the question or the row is blank."""
        rows = self.rows.get(block_id, ())
        return rows[row].answers.get(question_id) if row < len(rows) else None


Fills = Mapping[str, ReturnFill]
"""The returns of a year, by municipality code."""
