"""A reply as corrections: the cells of the return in which another text is to be read, or why it cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from pipeline.japanese import normalise
from pipeline.queries.places import TICK
from pipeline.queries.replies import RowReply
from pipeline.read.problems import PROBLEM_TEXTS
from pipeline.read.returns_reader import form_reader
from pipeline.read.values import Parsed
from pipeline.workbooks.workbook import Cell, CellKind
from schemas.form_layout import Slot
from schemas.query_sheet import BLANK_WORD, DROP_WORD
from schemas.questionnaire import Question, block_questions
from schemas.survey import YearDeclarations

NO_TICK = "×"
"""Read in a blank cell of an option under something drawn, once it is known that the option is not chosen."""


class CellChange(NamedTuple):
    """A cell of the return, what stands in it, and what is to be read instead."""

    sheet: str
    address: str
    expect: str
    to: str


class ReplyFaultError(Exception):
    """A reply that cannot be applied; the message tells why, in Japanese."""


class _Sent(NamedTuple):
    kind: CellKind
    text: str


@dataclass(frozen=True)
class ReturnCells:
    """A return's answer cells as they were sent, by place of the form; and where each stands in the file."""

    sent: Mapping[tuple[str, str], _Sent]
    places: Mapping[tuple[str, str], tuple[str, str]]

    @classmethod
    def of(cls, cells: pl.DataFrame, code: str) -> ReturnCells:
        """Those of a municipality in the table of cells; the text is what was sent, which a correction has to expect."""
        own = cells.filter((pl.col("municipality_code") == code) & pl.col("is_declared"))
        sent, places = {}, {}
        columns = ["form_sheet", "form_address", "sheet", "address", "kind", "text"]
        for form_sheet, form_address, sheet, address, kind, text in own.select(columns).iter_rows():
            sent[form_sheet, form_address] = _Sent(kind, text)
            places[form_sheet, form_address] = (sheet, address)
        return cls(sent, places)


class ReplyApplier:
    """Turns replies into changes of cells, by the form of a year."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self._declarations = declarations
        self._reader = form_reader(declarations)
        self._questions = {q.id: q for block in declarations.questionnaire.blocks for q in block_questions(block)}

    def changes(self, reply: RowReply, cells: ReturnCells) -> list[CellChange]:
        """The changes that a row's reply asks for; none where it says what is read there already.

        Raises ReplyFaultError for a value that the question does not take, and for rows that can only be sent anew.
        """
        row = reply.row
        if row.kind == "dropped_row":
            if normalise(reply.value) not in ("", BLANK_WORD, DROP_WORD):
                raise ReplyFaultError(
                    f"行を削除するかどうかの照会に「{reply.value}」と記入されています。削除する場合は「{DROP_WORD}」と記入し、行を残す"
                    "場合は「このままで正しい」を選んでもらってください。"
                )
            wanted = dict.fromkeys(self._row_slots(row.question_id, row.row_no), "")
        elif row.kind == "answer":
            wanted = self._wanted(self._questions[row.question_id], row.row_no, row.option_code, reply.value)
        else:
            raise ReplyFaultError(
                "行の追加や調査票全体についての修正は、照会票では受け付けられません。調査票に記入して送り直してもらってください。"
            )
        found = []
        for slot, wanted_text in wanted.items():
            key = (slot.sheet, slot.address)
            before = cells.sent.get(key)
            if before is None:
                raise ReplyFaultError("この市町村の回答に、該当する回答欄がありません。")
            then = self._parsed(slot, *before)
            is_under_something = slot.choice is not None and then.problem and wanted_text == before.text == ""
            text = NO_TICK if is_under_something else wanted_text
            now = self._parsed(slot, "text" if text else "blank", text)
            if before.text != text and (now != then or now.problem or row.kind == "dropped_row"):
                found.append(CellChange(*cells.places[key], before.text, text))
        return found

    def _parsed(self, slot: Slot, kind: CellKind, text: str) -> Parsed:
        return self._reader.parse(
            self._questions[slot.question_id], slot, Cell(slot.sheet, slot.row, slot.column, kind, text, text)
        )

    def _row_slots(self, question_id: str, row_no: int) -> list[Slot]:
        block = self._declarations.questionnaire.block_of[question_id]
        own = {question.id for question in block_questions(block)}
        return [s for s in self._declarations.layout.slots if s.question_id in own and s.row_no == row_no]

    def _wanted(self, question: Question, row_no: int, option_code: str, value: str) -> dict[Slot, str]:
        """What each cell of the answer has to hold."""
        slots = [s for s in self._declarations.layout.slots if s.question_id == question.id and s.row_no == row_no]
        text = normalise(value)
        if not text:
            raise ReplyFaultError("「修正する」が選ばれていますが、「正しい値」の記入がありません。")
        is_blank = text in (BLANK_WORD, f"({BLANK_WORD})")
        if option_code:
            slot = next(s for s in slots if s.choice == option_code)
            is_ticked = not is_blank and self._expect(question, slot, value).value is True
            return {slot: TICK if is_ticked else ""}
        if len(slots) == 1:
            if not is_blank:
                self._expect(question, slots[0], value)
            return {slots[0]: "" if is_blank else value.strip()}
        return self._ticked(question, slots, "" if is_blank else text)

    def _ticked(self, question: Question, slots: Sequence[Slot], text: str) -> dict[Slot, str]:
        labels = {
            option.code: {normalise(option.label.ja), *map(normalise, option.aliases)} for option in question.choices
        }
        chosen = next((code for code, words in labels.items() if text in words), None)
        if text and chosen is None:
            raise ReplyFaultError(f"「{text}」は「{question.label.ja}」の選択肢にありません。")
        return {slot: TICK if slot.choice == chosen else "" for slot in slots}

    def _expect(self, question: Question, slot: Slot, value: str) -> Parsed:
        """What a value is read as. Raises ReplyFaultError where the question does not take it."""
        parsed = self._parsed(slot, "text", value)
        if parsed.problem:
            raise ReplyFaultError(f"「正しい値」の「{value}」は、{PROBLEM_TEXTS[parsed.problem]}")
        is_number = question.type == "count" and parsed.value is not None
        low, high = question.minimum, question.maximum
        if is_number and ((low is not None and parsed.value < low) or (high is not None and parsed.value > high)):
            raise ReplyFaultError(
                f"「正しい値」の「{value}」は、「{question.label.ja}」に想定する範囲"
                f"（{'' if low is None else low}～{'' if high is None else high}{question.unit or ''}）の外です。"
            )
        return parsed
