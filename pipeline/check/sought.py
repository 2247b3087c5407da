"""What no public text may hold: telephone numbers, mail addresses, and free text that was not asked to be published."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from functools import cache
from types import MappingProxyType

from pipeline.japanese import plain_text

PHONE, MAIL = "disclosure.phone", "disclosure.mail"
WITHHELD, FREE_TEXT = "disclosure.withheld-text", "disclosure.free-text"
_WORD = r"[^\s@、。，「」『』（）()<>]+"
_LOCAL = r"(?:[A-Za-z0-9._%+-]+|[^\x00-\x7f\s、。，「」『』（）]+)"
MAIL_ADDRESS = re.compile(rf"{_LOCAL}\s?(?:@|\(at\)|\[at\])\s?{_WORD}[.。][A-Za-z]{{2,}}", re.IGNORECASE)
_DASH = re.compile(r"(?<=[0-9)])[\s・‐‑‒–—―─−ー〜~_･-]+(?=[(0-9])")
_KANJI_NUMBER = re.compile(r"[〇零一二三四五六七八九・‐‑‒–—―─−ー〜~_･-]{9,}")
_KANJI_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_EDGE = re.compile(r"(?<=[^\d\s()+-])(?=[\d(+])|(?<=\d)(?=[^\d\s()-])")
NOTHING: Mapping[str, bool] = MappingProxyType({})
FEWEST_DIGITS, LONG = 9, 8
"""No Japanese telephone number has fewer digits; a text of so many letters is known again also within another."""


def contacts(text: str) -> Iterator[tuple[str, str]]:
    """(rule, what was found) for every telephone number and mail address in a text, in whatever width it is written."""
    plain = unicodedata.normalize("NFKC", text)
    for found in MAIL_ADDRESS.finditer(plain):
        yield MAIL, found.group()
    plain = _KANJI_NUMBER.sub(lambda part: part.group().translate(_KANJI_DIGITS), plain)
    plain = _EDGE.sub(" ", _DASH.sub("-", plain))
    if sum(letter.isdigit() for letter in plain) >= FEWEST_DIGITS:
        from phonenumbers import PhoneNumberMatcher

        for match in PhoneNumberMatcher(plain, "JP"):
            yield PHONE, match.raw_string


class Sought:
    """What is sought in texts. `answers` are the free texts of a year in plain letters, each with whether its question is
    published by municipality; `known` are no such texts. Without answers, only what tells how to reach somebody is sought.
    """

    def __init__(self, answers: Mapping[str, bool] = NOTHING, known: Set[str] = frozenset()) -> None:
        self.rules = (PHONE, MAIL, WITHHELD, FREE_TEXT) if answers else (PHONE, MAIL)
        self._answers, self._known = answers, known
        self._withheld = {text: rank for rank, text in enumerate(answers) if not answers[text] and text not in known}
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        for text in self._withheld:
            if len(text) >= LONG:
                self._by_beginning[text[:LONG]].append(text)
        self.within = cache(self._within)
        """What a text holds of what is sought, by rule; the same text stands in many rows."""

    def _within(self, text: str) -> dict[str, str]:
        found = dict(contacts(text))
        if self._answers:
            plain = plain_text(text)
            leaked = None if plain in self._known else self._leaked(plain)
            if leaked is not None:
                found[WITHHELD] = leaked
            if self._answers.get(plain):
                found[FREE_TEXT] = text
        return found

    def _leaked(self, plain: str) -> str | None:
        """The first withheld answer that a text is, or that is long and stands within it."""
        held = {plain} & self._withheld.keys()
        for start in range(len(plain) - LONG + 1):
            for answer in self._by_beginning.get(plain[start : start + LONG], ()):
                if plain.startswith(answer, start):
                    held.add(answer)
        return min(held, key=self._withheld.__getitem__, default=None)
