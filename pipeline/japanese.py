"""Dates, numbers and texts as a Japanese office prints them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from schemas.questionnaire import Period

_REIWA_FIRST_DAY = date(2019, 5, 1)
WEEKDAYS = "月火水木金土日"
KANA = "アイウエオカキクケコサシスセソタチツテト"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffe\uffff]"
)
"""Letters that nobody sees: control characters but tab and line break, those without width, marks of direction, and what is none."""
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters that choose one of several shapes of the letter before."""
_PARTED_KANA = re.compile(r"[\u3040-\u30ff][\u3099\u309a]")


def era_year(year: int) -> str:
    """A year as 令和6年; 令和元年 for the first. Years before are given as they are: 2018年."""
    number = year - 2018
    return f"{year}年" if number < 1 else f"令和{'元' if number == 1 else number}年"


def era_date(day: date) -> str:
    """A day as 令和6年9月30日; a day before 令和 as 2019年4月30日."""
    return f"{era_year(day.year) if day >= _REIWA_FIRST_DAY else f'{day.year}年'}{day.month}月{day.day}日"


def era_period(period: Period) -> str:
    """A period of whole months as 令和5年4月～令和6年9月."""
    ends = [f"{era_year(day.year)}{day.month}月" for day in (period.start, period.end)]
    return "～".join(ends)


def heading_number(level: int, count: int) -> str:
    """The number of the count-th heading of a level: １, （１）, ①, ア."""
    if level == 1:
        return f"{str(count).translate(FULL_WIDTH)}　"
    if level == 2:
        return f"（{str(count).translate(FULL_WIDTH)}）"
    if level == 3:
        return f"{chr(0x2460 + count - 1)}　"
    return f"{KANA[count - 1]}　"


@lru_cache(maxsize=65_536)
def plain_text(text: str) -> str:
    """A text without what another program may change when it saves: widths, spaces, line breaks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=4_096)
def normalise(text: str) -> str:
    """What a person reads, in one width: NFKC without letters that nobody sees and without surrounding blanks."""
    return unicodedata.normalize("NFKC", _SELECTORS.sub("", _UNSEEN.sub("", text))).strip()


def written_text(text: str) -> str:
    """A free text as it was meant: every か゛ of two letters as one が, without letters that nobody sees, blanks around it.

    Kanji stay as they are: normal forms would exchange some of those that are written in names.
    """
    joined = _PARTED_KANA.sub(lambda pair: unicodedata.normalize("NFC", pair.group()), text)
    return _UNSEEN.sub("", joined.replace("_x000D_", "")).strip()
