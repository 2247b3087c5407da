"""Fields and what they could be, in the words of the form."""

from __future__ import annotations

from datetime import timedelta

from pipeline.japanese import era_date
from pipeline.localise.fields import EPOCH, Field
from pipeline.localise.possible import Possible
from schemas.form_layout import NOT_LISTED_TEXT, register_text
from schemas.questionnaire import NOT_LISTED, Question
from schemas.survey import YearDeclarations

TICK = "○"
BLANK = "（空欄）"
ANY_TEXT = "（記入が必要）"


def field_words(field: Field) -> str:
    """Which answer a field is: the question, and the option of a multiple answer."""
    if field.kind != "answer":
        return f"「{field.block.label.ja}」の" + (f"{field.key.row_no}行目" if field.key.row_no else "行")
    option = next((choice.label.ja for choice in field.question.choices if choice.code == field.key.option_code), None)
    return f"{field.question.label.ja}：{option}" if option else field.question.label.ja


def possible_words(field: Field, possible: Possible, declarations: YearDeclarations) -> list[str]:
    """What a field could be, each as it would be written into the form."""
    question = field.question
    if field.kind == "dropped_row":
        return ["行の削除"]
    if field.kind == "added_rows":
        return [f"行の追加（{possible.numbers[1]}行）" if possible.numbers else "行の追加"]
    words = [_option(field, code, declarations) for code in possible.options]
    if possible.numbers:
        words.append(_numbers(question, *possible.numbers))
    if possible.is_text:
        words.append(ANY_TEXT)
    if possible.is_blank:
        words.append(BLANK)
    return words


def _option(field: Field, code: str, declarations: YearDeclarations) -> str:
    if field.question.is_multiple:
        return TICK
    if code == NOT_LISTED:
        return NOT_LISTED_TEXT
    if field.question.type == "register":
        entity = next(e for e in declarations.reference.register if e.entity_id == code)
        return register_text(entity.name, entity.entity_id)
    return next(option.label.ja for option in field.question.choices if option.code == code)


def _numbers(question: Question, lowest: int | None, highest: int | None) -> str:
    """Numbers or days, from and to, or from or to where one end is open."""
    is_day, unit = question.type == "date", question.unit or ""
    first, last = (
        "" if number is None else era_date(EPOCH + timedelta(days=number)) if is_day else str(number)
        for number in (lowest, highest)
    )
    if not first and not last:
        return ANY_TEXT
    if not last:
        return f"{first}{unit}{'以後' if is_day else '以上'}"
    if not first:
        return f"{last}{unit}{'以前' if is_day else '以下'}"
    return f"{first}{unit}" if first == last else f"{first}～{last}{unit}"
