"""Where a mistake looks for its victim: the clean year, and who is still without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.demo.consequences import Consequences
from pipeline.demo.fills import Answer, FilledRow, Fills
from pipeline.demo.handwriting import CellValue
from pipeline.demo.world import World, draw
from pipeline.demo.years import DemoFile, DemoYears
from schemas.form_layout import Slot
from schemas.questionnaire import Question
from schemas.survey import YearDeclarations

Edits = Mapping[Slot, CellValue | None]
Send = Callable[[DemoFile], list[DemoFile]]


@dataclass(frozen=True)
class Mistake:
    """What goes wrong in one municipality's return: other cells, an operation on the workbook, or other files.

    `others` are the returns that belong to it, with the cells that are written otherwise in them, none where they stay as they are.
    Of a return that is wrong as a whole no cell is named.
    """

    kind: str
    code: str
    rule_ids: Sequence[str]
    question_id: str | None = None
    edits: Edits = field(default_factory=dict)
    operate: Callable[[bytes], bytes] | None = None
    send: Send | None = None
    place: Slot | str | None = None
    inside: str | None = None
    """The file in a ZIP that the error is about."""
    others: Mapping[str, Edits] = field(default_factory=dict)
    is_whole: bool = False


class Desk:
    """What a mistake may look at while it seeks its victim: the clean year, and who is still untouched."""

    def __init__(self, demo: DemoYears, year: int) -> None:
        self.demo = demo
        self.year = year
        self.declarations: YearDeclarations = demo.declarations(year)
        self.questionnaire = self.declarations.questionnaire
        self.fills: Fills = demo.fills(year)
        self.world = World(self.declarations)
        self.consequences = Consequences(self.declarations)
        self._touched: set[str] = set()
        self._asked_before: Counter[str] = Counter()
        self._slots: dict[tuple[str, int], list[Slot]] = {}
        for slot in self.declarations.layout.slots:
            self._slots.setdefault((slot.question_id, slot.row_no), []).append(slot)

    def codes(self, *, is_alone: bool = False) -> Iterator[str]:
        """Municipalities without a mistake yet; with `is_alone`, those that share no registered entity."""
        order = sorted(self.fills, key=lambda code: draw("mistake", self.year, code))
        return (code for code in order if code not in self._touched and not (is_alone and self._shares(code)))

    def _shares(self, code: str) -> bool:
        kinds = {grain.register_kind for grain in self.questionnaire.grains if grain.register_kind}
        return any(entity.kind == "joint" for kind in kinds for entity in self.world.entities_of(code, kind))

    def questions(self, *types: str) -> list[Question]:
        """Questions of these types, those first on which the least depends and which were used least."""
        found = [q for q in self.questionnaire.questions.values() if q.type in types and not q.derived_from]
        return sorted(found, key=lambda q: (self._asked_before[q.id], len(self.consequences.of([q.id]))))

    def rows(self, code: str, question: Question) -> Iterator[tuple[int, FilledRow]]:
        """The filled rows of a question's block in a return, with their numbers."""
        block = self.questionnaire.block_of[question.id]
        return enumerate(self.fills[code].rows.get(block.id, ()), start=1)

    def answered(self, *types: str, is_alone: bool = False) -> Iterator[tuple[str, Question, int, Answer]]:
        """Every answer to questions of these types that a mistake may spoil: code, question, row, answer."""
        for question in self.questions(*types):
            is_table = self.questionnaire.block_of[question.id].is_table
            for code in self.codes(is_alone=is_alone or is_table):
                for row_no, row in self.rows(code, question):
                    if question.id in row.answers:
                        yield code, question, row_no, row.answers[question.id]

    def slots(self, question_id: str, row_no: int = 1) -> dict[str | None, Slot]:
        """The answer cells of a question in a row, by the option they choose."""
        return {slot.choice: slot for slot in self._slots.get((question_id, row_no), [])}

    def take(self, mistake: Mistake) -> None:
        """Keep the municipalities of a mistake for this one alone."""
        self._touched |= {mistake.code, *mistake.others}
        if mistake.question_id:
            self._asked_before[mistake.question_id] += 1


MistakeFinder = Callable[[Desk], Mistake | None]
