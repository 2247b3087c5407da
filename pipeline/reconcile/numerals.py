"""Numerals as documents write them: digits with separators, and kanji."""

from __future__ import annotations

COUNTED = (
    r"[\s　]*(?:市区?町?村?|区?町村?|村|協議会|部会|組|センター|事業所|団体|人|件|回|か所|箇所|％|%)"
    r"(?:$|[\s　]|[（(、。,，・／/]|で(?!の)|に(?![つおよ対関])|[がはと])"
)
"""What follows a number of so many, and no number of a heading: a unit, and then no further word of a title."""
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
KANJI_NUMERAL = "[〇零一二三四五六七八九壱弐参十拾百千万]+(?:[.・][〇零一二三四五六七八九]+)?"
_UNITS = dict(zip("〇零一二三四五六七八九壱弐参", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3), strict=True))
_TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000, "万": 10_000}


def numeral_value(text: str) -> float:
    """The number that a match of DIGITS or of KANJI_NUMERAL writes: 1,741 is 1741, 三十七 37."""
    return float(text.replace(",", "")) if text[0].isdigit() else kanji_value(text)


def kanji_value(text: str) -> float:
    """三十七 is 37, 百八十 180, 一八〇 180, 二・八 2.8."""
    whole, _, fraction = text.replace("・", ".").partition(".")
    if not any(letter in _TENS for letter in whole):
        number = float("".join(str(_UNITS[letter]) for letter in whole))
    else:
        total = section = digit = 0
        for letter in whole:
            if letter in _UNITS:
                digit = _UNITS[letter]
            elif _TENS[letter] == 10_000:
                total, section, digit = (total + section + digit) * 10_000, 0, 0
            else:
                section, digit = section + (digit or 1) * _TENS[letter], 0
        number = float(total + section + digit)
    return number + (float("0." + "".join(str(_UNITS[letter]) for letter in fraction)) if fraction else 0)
