"""What stands out: a rule, whose answers, why, and which of them, with what they would be expected to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Doubted:
    """An answer in doubt: its id, and the number or option that would be expected; None where nothing is."""

    answer_id: str
    expected: str | None = None


@dataclass(frozen=True)
class Suspect:
    """Answers of a municipality that stand out by a rule; `subject` tells them from its others by that rule.

    The effect is that of all doubted answers; the cells of the first `most_cells` of them are named.
    """

    rule_id: str
    municipality_code: str
    subject: str
    message: str
    question_id: str | None
    entity_id: str | None
    doubted: Sequence[Doubted]
    most_cells: int | None = None
