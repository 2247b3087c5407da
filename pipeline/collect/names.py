"""Municipalities in a text somebody typed: by code, name or reading, in any of the ways in which these are written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pipeline.collect.readings import in_latin, short_vowels
from pipeline.japanese import normalise
from schemas.reference import Municipality

_VARIANTS = str.maketrans(
    "ヶヵがガ箇澤龍﨑嵜髙冨嶋嶌邊邉濱濵廣國櫻會檜萬壽齋齊斎渕瀨曾榮豐眞條關圓鐵德應戶鷗鰺驒檮頸鄕靜澁燒鹽龜藝縣區彌與攝讚峯嶽臺淺總穗莊巖溪惠舘竈竃狹橫靑淸增黑巢稻繩當雙餘蘆諫帶實滿嚴緖鎭氣獨兒祗舩槇埜對傳廰",
    "ケケケケケ沢竜崎崎高富島島辺辺浜浜広国桜会桧万寿斉斉斉淵瀬曽栄豊真条関円鉄徳応戸鴎鯵騨梼頚郷静渋焼塩亀芸県区弥与摂讃峰岳台浅総穂荘巌渓恵館釜釜狭横青清増黒巣稲縄当双余芦諌帯実満厳緒鎮気独児祇船槙野対伝庁",
)
"""Letters that are written for one another in names, on the left those that are exchanged."""
_HIRAGANA = str.maketrans({chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)})
_HAN = re.compile(r"[\u3005\u3400-\u9fff]")
_COUNTY_BEFORE = re.compile(r"[^\W\d_]{1,5}郡$")
_COUNTY = re.compile(r"^[^\W\d_]{1,5}郡")
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[\W\d_]+")
_CODE_LENGTHS = (5, 6)
"""Of four digits in a longer text nobody knows that they are a code; they may be a year."""
_KINDS = "市町村区"
_WARD = "区"
_SHORTEST_READING, _SHORTEST_ROMAJI, _SHORTEST_NEAR = 3, 4, 3
_KIND_READINGS = {"市": ("シ",), "町": ("マチ", "チョウ"), "村": ("ムラ", "ソン"), "区": ("ク",)}


def one_spelling(text: str) -> str:
    """A text in one width, without blanks, each letter in one of the shapes in which names are written."""
    return "".join(normalise(text).split()).translate(_VARIANTS).lower()


class RosterNames:
    """Finds municipalities in texts. Only the surveyed ones count; of two that a text may mean it means none.

    `country` are those whose names a surveyed one's may be a part of, as 津市 of 大津市.
    """

    def __init__(self, surveyed: Sequence[Municipality], country: Iterable[Municipality] = ()) -> None:
        self._surveyed = {m.code for m in surveyed}
        self.names = {m.code: m.name for m in surveyed}
        self._by_name: dict[str, list[Municipality]] = defaultdict(list)
        self._prefectures: set[str] = set()
        self._hints: dict[str, set[str]] = defaultdict(set)
        masks: set[str] = set()
        for municipality in dict.fromkeys([*surveyed, *country]):
            name = one_spelling(municipality.name)
            self._by_name[name].append(municipality)
            self._prefectures.add(one_spelling(municipality.prefecture))
            masks.add(name[:-1] if name[-1] in _KINDS else name)
        self._masks = {stem for stem in masks if len(stem) > 2}
        sizes: dict[str, set[int]] = defaultdict(set)
        for word in (*self._by_name, *self._prefectures, *self._masks):
            sizes[word[0]].add(len(word))
        self._sizes = {letter: sorted(own - {1}, reverse=True) for letter, own in sizes.items()}
        self._by_digits: dict[str, set[str]] = defaultdict(set)
        for municipality in surveyed:
            code = municipality.code
            for digits in {code, code[:5], code.removeprefix("0"), code[:5].removeprefix("0")}:
                self._by_digits[digits].add(code)
            for hint in set(_hints(municipality)):
                self._hints[hint].add(municipality.code)

    def named(self, text: str) -> frozenset[str]:
        """Codes of the municipalities that a text names for certain: by a code, or by a name with its 市, 町, 村 or 区."""
        return frozenset(self._coded(text)) | frozenset(self._called(one_spelling(text)))

    def hinted(self, text: str) -> frozenset[str]:
        """Codes of those of which a text has a name without its kind, or a reading, as a word of its own."""
        found: set[str] = set()
        for word in filter(None, _WORDS.split(_words_apart(text))):
            led = next((word.removeprefix(p) for p in self._prefectures if word.startswith(p)), word)
            forms = (word, short_vowels(word), _COUNTY.sub("", led))
            codes: set[str] = next((self._hints[form] for form in forms if form in self._hints), set())
            if len(codes) == 1:
                found |= codes
        return frozenset(found)

    def of_code(self, text: str) -> str | None:
        """The code that a text is alone: of six digits or five, a lost zero before it or not; None where it is none."""
        digits = normalise(text)
        codes = self._by_digits.get(digits, set())
        return next(iter(codes)) if len(codes) == 1 else None

    def near(self, text: str) -> str | None:
        """The code of the only one whose name differs in one letter from what stands in a text that holds no name itself.

        It is only ever a suggestion.
        """
        folded = one_spelling(text)
        if any(self._longest_at(folded, at) in self._by_name for at in range(len(folded))):
            return None
        found: set[str] = set()
        for code, own in self.names.items():
            name = one_spelling(own)
            if len(name) < _SHORTEST_NEAR:
                continue
            sizes = range(len(name) - 1, len(name) + 2)
            pieces = (folded[at : at + size] for size in sizes for at in range(len(folded) - size + 1))
            if any(self._is_slip(piece, name) for piece in pieces):
                found.add(code)
        return found.pop() if len(found) == 1 else None

    def _is_slip(self, piece: str, name: str) -> bool:
        is_ended = piece[-1] in _KINDS or (piece[:-1] == name[:-1] and piece[-1] != "郡")
        return is_ended and _differ_in_one(piece, name)

    def _coded(self, text: str) -> Iterator[str]:
        for digits in _DIGITS.findall(normalise(text)):
            codes = self._by_digits.get(digits, set()) if len(digits) in _CODE_LENGTHS else set()
            if len(codes) == 1:
                yield next(iter(codes))

    def _called(self, text: str) -> Iterator[str]:
        prefecture, after_prefecture, after_name, at = "", 0, -1, 0
        while at < len(text):
            word = self._longest_at(text, at)
            is_county = (
                word is not None and word[0] == "郡" and at not in (0, after_prefecture) and _HAN.match(text[at - 1])
            )
            if word is None or is_county:
                at += 1
                continue
            if word in self._prefectures:
                prefecture, after_prefecture = word, at + len(word)
            elif word in self._by_name and not (word.endswith(_WARD) and at == after_name):
                between = text[after_prefecture:at] if prefecture else "-"
                is_led = between == "" or bool(_COUNTY_BEFORE.fullmatch(between))
                is_whole = len(word) > 2 or is_led or at == 0 or not _HAN.match(text[at - 1])
                codes = {
                    m.code
                    for m in self._by_name[word]
                    if m.code in self._surveyed and (not is_led or one_spelling(m.prefecture) == prefecture)
                }
                if is_whole and len(codes) == 1:
                    yield codes.pop()
                after_name = at + len(word)
            at += len(word)

    def _longest_at(self, text: str, at: int) -> str | None:
        for size in self._sizes.get(text[at], ()):
            word = text[at : at + size]
            if len(word) == size and (word in self._by_name or word in self._prefectures or word in self._masks):
                return word
        return None


def _words_apart(text: str) -> str:
    """A text in one spelling but with its blanks, kana as katakana."""
    return normalise(text).translate(_HIRAGANA).translate(_VARIANTS).lower()


def _hints(municipality: Municipality) -> Iterator[str]:
    """A name without its kind, its reading with and without, and these in Latin letters."""
    kind, name = municipality.name[-1], _words_apart(municipality.name)
    if len(name) > 2:
        yield name[:-1]
    readings = {municipality.kana}
    for ending in _KIND_READINGS.get(kind, ()):
        if municipality.kana.endswith(ending):
            stem = municipality.kana.removesuffix(ending)
            readings |= {stem, *(stem + other for other in _KIND_READINGS[kind])}
    for reading in readings:
        if len(reading) >= _SHORTEST_READING:
            yield _words_apart(reading)
        latin = short_vowels(in_latin(reading))
        if len(latin) >= _SHORTEST_ROMAJI:
            yield latin


def _differ_in_one(left: str, right: str) -> bool:
    """Whether one letter exchanged, added or left out makes one of the other."""
    if len(left) > len(right):
        left, right = right, left
    start = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), len(left))
    if len(left) == len(right):
        return left != right and left[start + 1 :] == right[start + 1 :]
    return len(right) - len(left) == 1 and left[start:] == right[start + 1 :]
