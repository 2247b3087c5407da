"""Dates, numbers and texts as a Japanese office prints them."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache

from schemas.questionnaire import Period

_REIWA_FIRST_DAY = date(2019, 5, 1)
KANA = "アイウエオカキクケコサシスセソタチツテト"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


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
