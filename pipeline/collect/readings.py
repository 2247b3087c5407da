"""Readings of names in Latin letters, as people type them into the names of files."""

from __future__ import annotations

import re

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ", "m": "マミムメモ",
    "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ", "p": "パピプペポ",
}  # fmt: skip
_OTHERS = {
    "シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji", "ヅ": "zu", "ヤ": "ya", "ユ": "yu", "ヨ": "yo",
    "ャ": "ya", "ュ": "yu", "ョ": "yo", "ワ": "wa", "ヲ": "o", "ン": "n", "ヶ": "ga",
}  # fmt: skip
_SYLLABLES = {
    kana: row + vowel for row, letters in _ROWS.items() for kana, vowel in zip(letters, "aiueo", strict=True)
} | _OTHERS
_LONG = str.maketrans("āīūēōâîûêô", "aiueoaiueo")


def in_latin(kana: str) -> str:
    """A reading in Latin letters, as ヨコゼ in yokoze; its long vowels as they are written in kana."""
    found, is_doubled = "", False
    for letter in kana:
        if letter == "ッ":
            is_doubled = True
            continue
        syllable = _SYLLABLES.get(letter, "")
        if letter in "ャュョ" and found.endswith("i"):
            syllable = syllable[1:] if found.endswith(("shi", "chi", "ji")) else syllable
            found = found[:-1]
        found += syllable[:1] + syllable if is_doubled else syllable
        is_doubled = False
    return found


def short_vowels(latin: str) -> str:
    """Latin letters without what tells long vowels, and n before every consonant: in one of the ways of writing them."""
    text = latin.translate(_LONG).replace("ou", "o").replace("oo", "o").replace("uu", "u")
    return re.sub(r"m(?=[bmp])", "n", text)
