"""The numbers of a passage: each with its unit, what leads to it, and the day that the text around it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from pipeline.reconcile.itself import find_answered, without_other_numbers
from pipeline.reconcile.numerals import COUNTED, DIGITS, KANJI_NUMERAL, numeral_value
from pipeline.reconcile.passages import Passage

CIRCLED = re.compile("[①-⑳]")
NUMBERING = re.compile(
    r"^\s*(?:[・〇○●◎■□◆◇▪▶➢＊*※\-]\s*)?"
    rf"(?:[①-⑳]|[（(][0-9０-９ア-ンあ-ん一-十]{{1,2}}[)）]|[0-9０-９]{{1,2}}[\s　.．、](?!{COUNTED})|[ア-ン][\s　.．])?[\s　]*"
)
ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
DAY = re.compile(
    r"(?P<era>令和|平成|[RH])\s*(?P<year>元|\d{1,2})\s*[年.]\s*(?P<month>\d{1,2})\s*[月.]\s*(?P<day>\d{1,2})\s*日?"
    r"|(?P<western>\d{4})\s*[年./-]\s*(?P<wmonth>\d{1,2})\s*[月./-]\s*(?P<wday>\d{1,2})\s*日?"
)
TIME = re.compile(
    rf"[A-Z2-7]{{4}}(?:-[A-Z2-7]{{4}}){{3}}|"
    rf"{DAY.pattern.replace('?P<', '?P<_')}|(?:令和|平成|[RH])\s*(?:元|\d{{1,2}})\s*(?:年度?|[.])(?:\s*\d{{1,2}}\s*月?)?"
    r"|(?<![A-Za-z-])[A-Z]-?\d{1,3}(?!\d)|\d{1,3}\s*位|\d{4}\s*年度?(?:\s*\d{1,2}\s*月)?|\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|第\s*\d+\s*(?:[回条項号章節期表図版]|部(?!会))"
)
OF_THE_DOCUMENT = re.compile(r"\s*(?:公表|発行|作成|印刷)")
"""What stands behind the day of a document, on which nothing was counted."""
DIVIDED, DIVISOR = re.compile(r"\s*÷"), re.compile(r"÷[^\d、。]*$")
BREAK = "\x01"
OPENINGS = re.compile(r"^(?:内訳|このうち|うち|及び|並びに|また|なお|特に)[:、,]?")
HEDGES = re.compile(r"(?:平均|約|およそ|合計|延べ|計|うち|それぞれ|各|全)+$")
ROW_NAME = re.compile(r"[A-Za-z]{1,2}-?\d{1,3}|[*※]")
"""What numbers the rows of a table in letters, or marks one, and is neither a number nor a name."""
NO_COUNTS = re.compile(
    r"備考|注|摘要|説明|注記|出典|基準日.*|時点|No\.?|番号|項番|順位|頁|ページ|(?:前回|前年|昨年).*", re.IGNORECASE
)
"""Heads of columns that count nothing of this year: what is said of the figures beside, the numbering of rows, the year before."""
TRIMMED = " 　、,・:;→「」『』/／\n\t=＝-"


@dataclass(frozen=True)
class Number:
    """A number as it stands in a document.

    `leads` are the wordings that may name it, the nearest first; `context` what stands above it, the nearest first. `day`
    is the day that its passage or a heading near above names. `heading_count` tells how many headings came before. A term
    stands in a calculation, as 180 in 180回÷37協議会.
    """

    value: float
    written: str
    unit: str
    leads: tuple[str, ...]
    context: tuple[str, ...]
    day: date | None
    place: str
    order: int
    heading_count: int
    is_term: bool = False


def plain(text: str) -> str:
    """A text as labels are compared: NFKC, without circled numbers and white space; only two digits stay apart."""
    folded = unicodedata.normalize("NFKC", CIRCLED.sub("", text)).replace("〜", "~").replace("‐", "-")
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", re.sub(r"(?<=\d)\s(?=\d)", "", folded))


@dataclass(frozen=True)
class Numbers:
    """What a document counts: its numbers in reading order, its headings, the first day that it names, who answered.

    `answered` is how many municipalities it says have answered; None where it does not say.
    """

    numbers: list[Number]
    headings: list[str]
    first_day: date | None
    answered: int | None


def find_numbers(passages: Iterable[Passage], units: Iterable[str]) -> Numbers:
    """Every number that is no date and no numbering; a passage without one is a heading of those below it."""
    reader = _Reader(sorted({plain(unit) for unit in units if unit}, key=len, reverse=True))
    for passage in passages:
        reader.read(passage)
    return Numbers(reader.numbers, [text for text, _ in reader.above], reader.first_day, reader.answered)


def find_day(text: str) -> date | None:
    """The last day that a text names; None for none, or for one that no calendar has."""
    found = None
    for match in DAY.finditer(text):
        parts = match.groupdict()
        if OF_THE_DOCUMENT.match(text, match.end()):
            continue
        try:
            if parts["western"]:
                found = date(int(parts["western"]), int(parts["wmonth"]), int(parts["wday"]))
            else:
                year = ERAS[parts["era"]] + (1 if parts["year"] == "元" else int(parts["year"]))
                found = date(year, int(parts["month"]), int(parts["day"]))
        except ValueError:
            continue
    return found


class _Reader:
    def __init__(self, units: list[str]) -> None:
        self.numbers: list[Number] = []
        self.first_day: date | None = None
        self.answered: int | None = None
        self.above: list[tuple[str, date | None]] = []
        any_unit = "|".join(map(re.escape, units))
        self._number = re.compile(
            rf"(?P<number>{DIGITS})(?!\d)(?!(?:{any_unit})?(?:当たり|あたり))(?P<unit>{any_unit})?|(?P<kanji>{KANJI_NUMERAL})(?P<kunit>{any_unit})(?!当たり|あたり)"
        )

    def read(self, passage: Passage) -> None:
        text, line_of = _without_breaks(plain(NUMBERING.sub("", passage.text, count=1).replace("\n", BREAK)))
        day = find_day(text)
        self.first_day = self.first_day or day
        self.answered = self.answered or find_answered(text)
        found = list(self._of_cells(passage)) if passage.cells else list(self._of_text(passage, text, line_of))
        if not found:
            self.above.append((TIME.sub("", text), day))
        self.numbers += [replace(number, order=len(self.numbers) + n) for n, number in enumerate(found)]

    def _of_text(self, passage: Passage, text: str, line_of: list[int]) -> Iterator[Number]:
        silent = without_other_numbers(TIME.sub(lambda match: "\0" * len(match.group()), text), "\0")
        open_groups: list[str] = []
        is_beside: list[bool] = []
        current, lead, is_told = "", "", False
        saved: list[tuple[str, bool]] = []
        position = 0
        for match in self._number.finditer(silent):
            for letter in silent[position : match.start()]:
                if letter in "([":
                    is_beside.append(not current.strip(TRIMMED))
                    group = current.strip(TRIMMED) or lead
                    open_groups.append(group)
                    saved.append((current, is_told))
                    current, is_told = "", False
                elif letter in ")]" and saved:
                    before, _ = saved.pop()
                    is_beside.pop()
                    inner = open_groups.pop()
                    current = "" if is_told else f"{before}({current})" if inner else before + current
                    is_told = False
                elif letter in "。;":
                    current = ""
                elif letter != "\0":
                    current += letter
            position = match.end()
            named = HEDGES.sub("", OPENINGS.sub("", current.strip(TRIMMED))).strip(TRIMMED)
            is_remark = not named and bool(open_groups) and is_beside[-1]
            lead = named or (open_groups[-1] if open_groups and not is_told else lead)
            is_told = True
            yield self._number_of(
                match, "" if is_remark else lead, [] if is_remark else [*reversed(open_groups)],
                find_day(text[: match.end()]), place=passage.place_of(line_of[match.start()]), is_remark=is_remark,
                is_term=bool(DIVIDED.match(silent, match.end()) or DIVISOR.search(silent[: match.start()])),
            )  # fmt: skip
            current = ""

    def _of_cells(self, passage: Passage) -> Iterator[Number]:
        """The numbers of a row. What names one is the text left of it, the nearest first, and the head of its column."""
        texts = {
            column: text
            for column, cell in enumerate(passage.cells)
            if (text := plain(cell)) and not self._number.fullmatch(text) and not ROW_NAME.fullmatch(text)
        }
        for column, cell in enumerate(passage.cells):
            head = plain(passage.heads[column]) if column < len(passage.heads) else ""
            text = plain(NUMBERING.sub("", cell, count=1)) if column == 0 else plain(cell)
            match = self._number.search(TIME.sub(lambda found: "\0" * len(found.group()), text))
            is_number = match is not None and not ROW_NAME.fullmatch(text) and not NO_COUNTS.fullmatch(head)
            if match is None or not is_number or (column in texts and self._names(text, match)):
                continue
            unit_cell = passage.cells[column + 1] if column + 1 < len(passage.cells) else ""
            names = (
                [texts[left] for left in sorted(texts, reverse=True) if left < column] or [*texts.values()][:1] or [""]
            )
            yield self._number_of(
                match, names[0], [names[0] + head, head, *names[1:]], None, place=passage.place, beside=plain(unit_cell)
            )

    @staticmethod
    def _names(text: str, match: re.Match[str]) -> bool:
        """Whether a cell with a number is a name that holds one, as 二 in front of others, and no number with its unit."""
        return bool(
            HEDGES.sub("", text[: match.start()].strip(f"{TRIMMED}(")) or text[match.end() :].strip(f"{TRIMMED})")
        )

    def _number_of(
        self,
        match: re.Match[str],
        lead: str,
        groups: list[str],
        day: date | None,
        *,
        place: str,
        beside: str = "",
        is_remark: bool = False,
        is_term: bool = False,
    ) -> Number:
        groups = [group for group in groups if group]
        bare = re.sub(r"\([^()]*\)", "", lead).strip(TRIMMED) or lead
        after_colon = re.split("[::]", bare)[-1].strip(TRIMMED) if ":" in bare else lead if ":" not in lead else bare
        leads = [after_colon, lead, bare, *(f"{group}{after_colon}" for group in groups[:1]), *groups[:1]]
        above = [text for text, _ in reversed(self.above[-6:])]
        if not any(leads) and not is_remark:
            leads = above[:1]
        dated = [there for _, there in reversed(self.above[-4:]) if there]
        written = match.group("number") or match.group("kanji")
        unit = match.group("unit") or match.group("kunit") or ""
        if not unit and beside and self._number.fullmatch(f"1{beside}"):
            unit = beside
        return Number(
            numeral_value(written), written, unit, tuple(dict.fromkeys(filter(None, leads))), (*groups, lead, *above),
            day or next(iter(dated), None), place, len(self.numbers), len(self.above), is_term,
        )  # fmt: skip


def _without_breaks(text: str) -> tuple[str, list[int]]:
    """The text without the marks of its line ends, and the line, from 0, of every letter of it."""
    letters, lines, line = [], [], 0
    for letter in text:
        if letter == BREAK:
            line += 1
        else:
            letters.append(letter)
            lines.append(line)
    return "".join(letters), lines
