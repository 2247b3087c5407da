"""What texts in cells are: numbers, several data at once, letters of one make of machine, years, places, marks."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

from schemas.reference import check_digit

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_QUANTITY = r"[-+−△▲▼]?\s*[¥￥\\$]?\d[\d,，]*(?:\.\d+)?\s*[^\d\s、,，;；:：()（）/／]{0,4}"
_SEVERAL = (
    re.compile(rf"(?:{_QUANTITY})(?:\s*[、,，;；/／・\n]\s*(?:{_QUANTITY}))+"),
    re.compile(rf"(?:{_QUANTITY})\s*[(（\[]\s*(?:{_QUANTITY})\s*[)）\]]"),
    re.compile(
        rf"(?:[^\d:：、,，]+[:：]\s*(?:{_QUANTITY}))(?:\s*[、,，;；\n]\s*[^\d:：、,，]+[:：]\s*(?:{_QUANTITY}))+"
    ),
    re.compile(r"[\[{].*[,:].*[\]}]", re.DOTALL),
)
_DAYS = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[ T]\d{1,2}:\d{2}.*)?(?:/\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?)?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?")
_DRESSED = re.compile(rf"{_QUANTITY}")
_CODE_TITLE = re.compile(r"(?:code|コード|番号|記号)$|(?:^|_)id$|ＩＤ$|ID$|(?:識別子|電話|郵便)", re.IGNORECASE)
_ERA = re.compile(r"(?:明治|大正|昭和|平成|令和|[㍾㍽㍼㍻㋿])\s*(?:元|[0-9０-９]{1,2})")
_SHORT_ERA = re.compile(r"[MTSHRＭＴＳＨＲ][.．]?(?:元|[0-9０-９]{1,2})(?:年度?|[./．].*)?")
_WESTERN = re.compile(r"(?<!\d)(?:1[89]|20|21)\d{2}(?!\d)|(?<!\d)(?:1[89]|20|21)\d{8}(?!\d)")
TIME_TITLE = re.compile(
    r"(?:^|_)(?:year|date|month|time|period|reference|as_of)(?:$|_)|年|月|期間|時点|期日|日付|時間軸", re.IGNORECASE
)
_COUNT_OF_TIME = re.compile(r"年数|月数|年齢|年間|年当たり|月額|年額|毎月")
DITTO = frozenset(("〃", "″", "”", '"', "々", "同上", "同左", "同"))

CONCEALED_MARKS = frozenset(("***", "X"))
"""What the rules of 2020 let stand for a number that is not there or is concealed; below one unit stands the number 0."""
_PREFECTURES_BY_KIND = {
    "府": "京都 大阪", "都": "東京",
    "県": "青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 兵庫 奈良 "
    "和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄",
}  # fmt: skip
SHORT_PREFECTURES = frozenset(name for names in _PREFECTURES_BY_KIND.values() for name in names.split())
"""Prefectures without the word for their kind; 北海道 has none that could be left out."""
_OWN_ROWS = (0x87, 0xED, 0xEE, *range(0xF0, 0xFD))
"""First bytes of letters that makers added to Shift_JIS, each its own: 13区 of NEC, letters of NEC and IBM, private ones."""


def is_number_text(text: str) -> bool:
    """Whether a text is a number as every program reads it, and no code with zeros in front."""
    return _NUMBER.fullmatch(text) is not None and not (len(text) > 1 and text[0] == "0" and text[1].isdecimal())


def is_dressed_number(text: str) -> bool:
    """Whether a text is a number with something else: commas, a unit, a sign of its own or full-width digits."""
    plain = normalize("NFKC", text).strip()
    return (
        any(letter.isdecimal() for letter in plain[:4])
        and _DRESSED.fullmatch(plain) is not None
        and _NUMBER.fullmatch(text) is None
    )


def holds_several(text: str) -> bool:
    """Whether a text is more than one datum: numbers side by side or one in brackets behind another, or a list in notation."""
    if _DAYS.fullmatch(text) or _THOUSANDS.fullmatch(text):
        return False
    return any(form.fullmatch(text) for form in _SEVERAL)


def is_code_title(title: str) -> bool:
    """Whether a column's title says that it holds codes."""
    return _CODE_TITLE.search(title.strip()) is not None


def is_time_title(title: str) -> bool:
    """Whether a column's title says that it holds years, days or periods, and no count of them."""
    return TIME_TITLE.search(title) is not None and _COUNT_OF_TIME.search(title) is None


def names_era_alone(text: str, *, is_time: bool = False) -> bool:
    """Whether a text tells a year by its era without the western one. `is_time` lets letters, as R6, count as eras."""
    is_era = _ERA.search(text) is not None or (is_time and _SHORT_ERA.fullmatch(text) is not None)
    return is_era and not names_western_year(text)


def names_western_year(value: object) -> bool:
    """Whether a value names a western year, or is a time code of e-Stat, which begins with one."""
    return _WESTERN.search(str(value)) is not None


def is_spaced_out(text: str) -> bool:
    """Whether blanks or line breaks are there for the look: at an end, in a row, or between single letters."""
    if "\n" in text or "\r" in text or "\t" in text:
        return True
    if text != text.strip(" 　\u00a0") or re.search(r"[ 　\u00a0]{2}", text):
        return True
    parts = re.split(r"[ 　\u00a0]", text)
    return len(parts) > 1 and all(len(part) == 1 and category(part) == "Lo" for part in parts)


@lru_cache(maxsize=4096)
def _is_of_machine(letter: str, *, by_maker: bool) -> bool:
    if category(letter) in ("Co", "Cn", "Cs") or ord(letter) >= 0x1F000:
        return category(letter) != "Lo"
    try:
        written = letter.encode("cp932")
    except UnicodeEncodeError:
        return by_maker
    return len(written) == 2 and written[0] in _OWN_ROWS and (by_maker or category(letter) != "Lo")


def letters_of_machine(text: str, encoding: str) -> list[str]:
    """The letters of a text that differ from machine to machine: signs such as ① and ㈱, private letters, pictures.

    In a file that is not in Unicode also letters that makers added to Shift_JIS, as 髙.
    """
    if text.isascii():
        return []
    by_maker = encoding == "cp932"
    return [
        letter for letter in dict.fromkeys(text) if not letter.isascii() and _is_of_machine(letter, by_maker=by_maker)
    ]


def is_area_code(text: str) -> bool:
    """Whether a text is the code of a prefecture or municipality: 2 digits, 5, or 6 with the check digit."""
    if not text.isdecimal() or len(text) not in (2, 5, 6):
        return False
    return 1 <= int(text[:2]) <= 47 and (len(text) < 6 or check_digit(text[:5]) == text[5])


def width_of(text: str) -> int:
    """How wide the longest line of a text is, in characters of which a Japanese one takes two."""
    return max((sum(1 if letter.isascii() else 2 for letter in line) for line in text.split("\n")), default=0)


def is_symbol(text: str) -> bool:
    """Whether a text is made of signs alone, as － or ○."""
    return bool(text) and all(category(letter)[0] in "PS" for letter in text.strip())
