"""Who may see what: each edition of the site shows what questions declare, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.labels import Disclosure
from schemas.questionnaire import Question, Questionnaire

EditionName = Literal["public", "internal"]


@dataclass(frozen=True)
class SiteEdition:
    """One edition: for the public, or for those who may see every answer."""

    name: EditionName
    questionnaire: Questionnaire

    @property
    def is_internal(self) -> bool:
        """Whether every answer may be shown."""
        return self.name == "internal"

    def shows_answers(self, question_ids: Iterable[str | None]) -> bool:
        """Whether single answers to all of these questions may be shown; None stands for the roster, which is known to all."""
        return self.is_internal or all(self._level(name) == "public" for name in question_ids if name is not None)

    def shows_totals(self, question: Question) -> bool:
        """Whether it may be shown how many gave which answer; never of free text, which has no totals."""
        return question.type != "text" and (self.is_internal or question.disclosure != "internal")

    def _level(self, question_id: str) -> Disclosure:
        return self.questionnaire.questions[question_id].disclosure
