"""Free texts of demo answers: drawn from the habits' wordings, kept from the neighbouring year where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.demo.fills import Answer, codes_of
from pipeline.demo.taste import Taste
from pipeline.demo.world import Subject
from schemas.questionnaire import NOT_LISTED, Question

DEFAULT_WORDING = "{question}（{municipality}）"


class Wordings:
    """Chooses texts; within one list of rows no text comes twice."""

    def __init__(self, taste: Taste) -> None:
        self._taste = taste
        self._taken: dict[tuple[str, str, str], set[str]] = {}

    def text(self, subject: Subject, question: Question, answers: Mapping[str, Answer]) -> str | None:
        """Return the text a subject writes; None where nothing calls for one."""
        if question.derived_from and not self._is_called_for(subject, question, answers):
            return None
        before = self._taste.before(subject, question.id)
        if isinstance(before, str) and self._taste.draw("moves", question.id, subject.entity_id) >= 0.1:
            return self._once(subject, question, [before])
        pool = self._pool(question, answers)
        start = int(self._taste.draw("text", question.id, subject.entity_id) * len(pool))
        entity = subject.entity
        words = {
            "question": question.label.ja,
            "municipality": self._taste.world.municipalities[subject.code].name,
            "entity": entity.name if entity else self._taste.world.municipalities[subject.code].name,
            "code": subject.code,
            "members": "、".join(self._taste.world.municipalities[code].name for code in sorted(subject.reporters)),
        }
        return self._once(subject, question, [text.format_map(words) for text in (*pool[start:], *pool[:start])])

    def _is_called_for(self, subject: Subject, question: Question, answers: Mapping[str, Answer]) -> bool:
        parent = self._taste.world.questionnaire.questions[question.derived_from or ""]
        chosen = codes_of(answers.get(parent.id))
        if parent.type == "register":
            return NOT_LISTED in chosen
        others = {option.code for option in parent.choices if option.is_other}
        return not others.isdisjoint(chosen)

    def _pool(self, question: Question, answers: Mapping[str, Answer]) -> Sequence[str]:
        habits = self._taste.habits
        pool = habits.texts.get(question.id)
        if pool is None:
            parent = self._taste.world.questionnaire.questions.get(question.derived_from or "")
            return habits.other_text if parent and parent.choices else (DEFAULT_WORDING,)
        if isinstance(pool, tuple):
            return pool
        codes = codes_of(answers.get(habits.texts_by.get(question.id, "")))
        return next((pool[code] for code in codes if code in pool), next(iter(pool.values())))

    def _once(self, subject: Subject, question: Question, texts: Sequence[str]) -> str:
        """The first text not taken in this return's rows, else the first one with a number."""
        if not subject.block.is_table or subject.block.identity is not None:
            return texts[0]
        taken = self._taken.setdefault((subject.code, subject.block.id, question.id), set())
        numbered = (f"{texts[0]}（第{number}）" for number in range(2, subject.block.total_capacity + 2))
        text = next(text for text in (*texts, *numbered) if text not in taken)
        taken.add(text)
        return text
