"""What a document says beside the results of the year: of itself, as how many answered or were corrected, and of the year before."""

from __future__ import annotations

import re

from pipeline.reconcile.numerals import DIGITS, KANJI_NUMERAL, numeral_value

_NUMERAL = f"{DIGITS}|{KANJI_NUMERAL}"
_ANSWERED = re.compile(
    rf"(?:対象[^。]{{0,30}}?(?:回答|回収|提出)[^。\d]{{0,12}}?|(?:回答|回収|提出)(?:のあった|した)?(?:市区?町村|団体|自治体)?数[^。\d]{{0,3}}?)"
    rf"(?P<number>{_NUMERAL})(?=市|町|村|区|団体|自治体|$|[^\w%.])"
)
_RATE = re.compile(rf"(?:回答|回収)率[^。\d]{{0,3}}?(?P<number>{DIGITS})%?")
_UNCERTAIN = re.compile(rf"(?:無回答等?|未回答|非該当|仮定)[^。\d]{{0,2}}(?P<number>{_NUMERAL})件")
_BEFORE = re.compile(rf"(?:前回|前年度?|昨年度?)[^。、()\d]{{0,8}}(?P<number>{DIGITS})")
_CORRECTED = re.compile(rf"訂正[^。\d]{{0,8}}?(?P<number>{_NUMERAL})(?:[かカヶケ箇個]所|件)")
_DRAFT = re.compile(
    rf"案\((?P<expected>{DIGITS})市町村中(?P<number>{DIGITS})市町村回答、未解決のエラー(?P<errors>{DIGITS})件・警告(?P<warnings>{DIGITS})件"
)
"""The watermark of our own drafts."""


def find_answered(text: str) -> int | None:
    """How many municipalities a text, as `plain` makes it, says have answered; None where it does not say."""
    match = _DRAFT.search(text) or _ANSWERED.search(text)
    return int(numeral_value(match["number"])) if match else None


def without_other_numbers(text: str, blank: str) -> str:
    """The text with every letter of such a number replaced."""
    for pattern in (_DRAFT, _ANSWERED, _RATE, _UNCERTAIN, _BEFORE, _CORRECTED):
        for match in pattern.finditer(text):
            for start, end in map(match.span, pattern.groupindex):
                text = text[:start] + blank * (end - start) + text[end:]
    return text
