"""What may be entered into an answer cell: drop-down lists and number ranges, as Excel validates them."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_col_to_name

from pipeline.forms.wording import example_day
from schemas.form_layout import LIST_SHEET, NOT_LISTED_TEXT, register_text, ticks
from schemas.questionnaire import Question
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

TICK = "○"
LARGEST = 99_999_999


class ChoiceLists:
    """The lists of one form; they stand on a hidden sheet, since a list in a cell may hold 255 characters only.

    A register's list holds the municipality's own entries first, then the joint ones of all others.
    """

    def __init__(self, declarations: YearDeclarations, municipality: Municipality) -> None:
        self._example = example_day(declarations.questionnaire)
        self._lists: dict[str, list[str]] = {}
        reference, on = declarations.reference, declarations.questionnaire.reference_date
        for question in declarations.questionnaire.questions.values():
            if question.type == "register" and question.register_kind:
                own = reference.entities_of(municipality.code, question.register_kind, on)
                others = [
                    e for e in reference.entities(question.register_kind, on) if e.kind == "joint" and e not in own
                ]
                names = [register_text(entity.name, entity.entity_id) for entity in [*own, *others]]
                self._lists[_key(question)] = [*names, NOT_LISTED_TEXT]
            elif question.type == "single":
                is_list = declarations.questionnaire.block_of[question.id].is_table or not ticks(question)
                self._lists |= {_key(question): [o.label.ja for o in question.options]} if is_list else {}
        self._columns = {key: column for column, key in enumerate(self._lists)}

    def of(self, question: Question) -> list[str]:
        """What the question's drop-down list offers; nothing where it has none."""
        return self._lists.get(_key(question), [])

    def write(self, book: Any) -> None:
        """Write the lists to their hidden sheet."""
        sheet = book.add_worksheet(LIST_SHEET)
        for key, values in self._lists.items():
            for row, value in enumerate(values):
                sheet.write_string(row, self._columns[key], value)
        sheet.protect("")
        sheet.hide()

    def validation(self, question: Question, *, is_tick: bool) -> dict[str, Any] | None:
        """The validation of a question's cells, None for free text.

        A date is only explained, never refused: Excel would take 令和 as text, and the reader understands it.
        """
        if is_tick:
            return {
                "validate": "list", "source": [TICK], "error_title": "○を選択",
                "error_message": "当てはまる場合は○を選び、当てはまらない場合は空欄のままにしてください。",
            }  # fmt: skip
        if question.type == "count":
            low = 0 if question.minimum is None else question.minimum
            high = LARGEST if question.maximum is None else question.maximum
            return {
                "validate": "integer", "criteria": "between", "minimum": low, "maximum": high,
                "error_title": "整数を入力", "error_message": f"{low:,}から{high:,}までの整数を、単位を付けずに入力してください。",
            }  # fmt: skip
        if question.type == "date":
            return {
                "validate": "any", "input_title": "日付の書き方", "input_message": f"例：{self._example}",
            }  # fmt: skip
        values = self.of(question)
        if not values:
            return None
        column = xl_col_to_name(self._columns[_key(question)])
        return {
            "validate": "list", "source": f"='{LIST_SHEET}'!${column}$1:${column}${len(values)}",
            "error_title": "一覧から選択", "error_message": "セルの右の▼を押し、一覧から選んでください。",
        }  # fmt: skip


def _key(question: Question) -> str:
    return f"register:{question.register_kind}" if question.type == "register" else f"options:{question.id}"
