"""What may be entered into an answer cell: drop-down lists and number ranges, as Excel validates them."""

from __future__ import annotations

from typing import Any

from pipeline.read.values import NOT_LISTED_TEXT, register_text
from schemas.questionnaire import Question
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

LIST_SHEET = "選択肢"
LARGEST = 99_999_999


class ChoiceLists:
    """The lists of one form; they stand on a hidden sheet, since a list in a cell may hold 255 characters only."""

    def __init__(self, declarations: YearDeclarations, municipality: Municipality) -> None:
        self._lists: dict[str, list[str]] = {}
        self._columns: dict[str, int] = {}
        on = declarations.questionnaire.reference_date
        for question in declarations.questionnaire.questions.values():
            if question.type == "register" and question.register_kind:
                own = declarations.reference.entities_of(municipality.code, question.register_kind, on)
                others = [
                    entity
                    for entity in declarations.reference.entities(question.register_kind, on)
                    if entity.kind == "joint" and entity not in own
                ]
                names = [register_text(entity.name, entity.entity_id) for entity in [*own, *others]]
                self._lists[f"register:{question.register_kind}"] = [*names, NOT_LISTED_TEXT]
            elif question.type == "single":
                self._lists[f"options:{question.id}"] = [option.label.ja for option in question.options]
        self._columns = {key: column for column, key in enumerate(self._lists)}

    def write(self, book: Any) -> None:
        """Write the lists to their hidden sheet."""
        sheet = book.add_worksheet(LIST_SHEET)
        for key, values in self._lists.items():
            for row, value in enumerate(values):
                sheet.write_string(row, self._columns[key], value)
        sheet.protect("")
        sheet.hide()

    def validation(self, question: Question, *, is_tick: bool) -> dict[str, Any] | None:
        """The validation of a question's cell, None for free text; dates only show how to write them."""
        if is_tick:
            return {
                "validate": "list", "source": ["○"], "error_title": "○を選択",
                "error_message": "該当する場合は○を選んでください。",
            }  # fmt: skip
        if question.type == "count":
            low, high = question.minimum or 0, question.maximum or LARGEST
            return {
                "validate": "integer", "criteria": "between", "minimum": low, "maximum": high,
                "error_title": "整数を入力", "error_message": f"{low}から{high}までの整数を入力してください。",
            }  # fmt: skip
        if question.type == "date":
            return {
                "validate": "any", "input_title": "日付の書き方", "input_message": "例：令和７年４月１日",
            }  # fmt: skip
        key = f"register:{question.register_kind}" if question.type == "register" else f"options:{question.id}"
        if key not in self._lists:
            return None
        from xlsxwriter.utility import xl_col_to_name

        column = xl_col_to_name(self._columns[key])
        return {
            "validate": "list", "source": f"='{LIST_SHEET}'!${column}$1:${column}${len(self._lists[key])}",
            "error_title": "一覧から選択", "error_message": "一覧から選んでください。",
        }  # fmt: skip
