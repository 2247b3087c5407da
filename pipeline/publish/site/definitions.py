"""What a figure is, in words: of whom it counts what, from which question, and how it is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.publish.wording import ROUNDING_WORDS
from schemas.figures import Figure
from schemas.questionnaire import Questionnaire


def define_figure(figure: Figure, questionnaire: Questionnaire, labels: Mapping[str, str]) -> str:
    """Say what a figure counts, adds up, divides or puts in order; `labels` are those of all figures."""
    if figure.operation == "ratio":
        above, below = labels[figure.numerator or ""], labels[figure.denominator or ""]
        digits, mode = figure.rounding.digits, ROUNDING_WORDS[figure.rounding.mode]
        return f"「{above}」を「{below}」で割り、小数第{digits + 1}位を{mode}したもの"
    if figure.operation == "ranking":
        return f"次の項目を、値の大きいものから順に並べたもの（報告書には上位{figure.top}項目を掲げる）"
    counted = questionnaire.grain_of[figure.grain].label.ja
    question = questionnaire.questions.get(figure.question or "")
    if question is None:
        return f"調査の基準日における{counted}の数"
    shared = (
        "（共同で設けるものは一つとして数え、事務局の市町村の回答による）" if _is_shared(figure, questionnaire) else ""
    )
    if figure.operation == "sum":
        return f"「{question.label.ja}」に記入された数の合計{shared}"
    if not figure.options:
        return f"「{question.label.ja}」に回答のあった{counted}の数{shared}"
    words = {option.code: option.label.ja for option in question.choices}
    chosen = "又は".join(f"「{words[code]}」" for code in figure.options)
    return f"「{question.label.ja}」で{chosen}を選んだ{counted}の数{shared}"


def _is_shared(figure: Figure, questionnaire: Questionnaire) -> bool:
    return questionnaire.grain_of[figure.grain].register_kind is not None


def shown_value(figure: Mapping[str, Any]) -> str:
    """A figure as it is printed, with its unit."""
    return f"{figure['display'] or ''}{figure['unit'] or ''}"
