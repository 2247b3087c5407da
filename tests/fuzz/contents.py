"""Anything that a cell can hold, drawn by Hypothesis and written into answer cells as raw XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.packages import package_of, parts_of

BATCH = 25
"""Files that are drawn together: the first examples of a drawing are the plainest."""
_CELL = re.compile(rb'<c r="([A-Z]+\d+)"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_JAPANESE = "○〇◯×✕△レ０１２３一二件回年月日令和R平成元,.-－ー―約〔〕（） 　\t\n\u200b\u3099\ufffd"

_NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str), st.integers(-(10**40), 10**40).map(str), st.floats().map(repr),
    st.floats(0, 60_000).map(repr), st.sampled_from(("NaN", "INF", "-INF", "1E400", "0x10", "1_000", "+5", " 5 ", "5.", ".5", "1,000", "")),
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(max_size=30), st.text(_JAPANESE, max_size=20), st.text("0123456789年月日件.,-/", max_size=12),
    st.sampled_from(("=1+1", "_x0041_", "_x000D_", "_x0000_", "_xFFFF_", "&amp;", "<b>", "]]>", "\r\n", "\ufeff○", "x" * 33_000)),
)  # fmt: skip
_FORMULAS = st.sampled_from(("SUM(A1:A2)", "1/0", "", "'[1]x'!A1", 'IF(TRUE,"○","")', "A1&B1", "#REF!"))


def _xml(text: str) -> str:
    return escape(text, quote=False)


_KINDS = st.one_of(
    _TEXTS.map(lambda text: f' t="inlineStr"><is><t xml:space="preserve">{_xml(text)}</t></is>'),
    st.tuples(_TEXTS, _TEXTS).map(
        lambda two: f' t="inlineStr"><is><r><t>{_xml(two[0])}</t></r><r><rPr><strike/></rPr><t>{_xml(two[1])}</t></r></is>'
    ),
    _TEXTS.map(lambda text: f' t="str"><v>{_xml(text)}</v>'),
    st.tuples(_FORMULAS, _TEXTS).map(lambda two: f' t="str"><f>{_xml(two[0])}</f><v>{_xml(two[1])}</v>'),
    st.tuples(_FORMULAS, _NUMBERS).map(lambda two: f"><f>{_xml(two[0])}</f><v>{two[1]}</v>"),
    _FORMULAS.map(lambda formula: f"><f>{_xml(formula)}</f>"),
    _NUMBERS.map(lambda number: f"><v>{number}</v>"),
    _NUMBERS.map(lambda number: f' t="n"><v>{number}</v>'),
    st.sampled_from(("0", "1", "true", "FALSE", "2", "")).map(lambda truth: f' t="b"><v>{truth}</v>'),
    st.sampled_from(("#N/A", "#DIV/0!", "#REF!", "#GETTING_DATA", "#SPILL!", "", "○")).map(lambda e: f' t="e"><v>{e}</v>'),
    st.one_of(st.dates().map(str), st.datetimes().map(lambda day: day.isoformat()), _TEXTS.map(_xml)).map(
        lambda day: f' t="d"><v>{day}</v>'
    ),
    st.sampled_from(("0", "1", "5", "-1", "99999", "x")).map(lambda index: f' t="s"><v>{index}</v>'),
)  # fmt: skip


@dataclass(frozen=True)
class Slots:
    """The answer cells of a form: sheet's part and address."""

    places: tuple[tuple[str, str], ...]


Drawn = Sequence[tuple[int, str, int]]
"""The number of an answer cell, what is written into it (XML), and the number of its style, -1 for its own."""


@lru_cache(maxsize=4)
def drawn_batch(number: int, slot_count: int) -> tuple[Drawn, ...]:
    """Contents for a batch of files; the same number gives the same."""
    found: list[Drawn] = []
    one = st.tuples(st.integers(0, slot_count - 1), _KINDS, st.one_of(st.just(-1), st.integers(0, 60)))

    @seed(number)
    @settings(
        max_examples=2 * BATCH,
        database=None,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(one, min_size=1, max_size=12))
    def keep(drawn: list[tuple[int, str, int]]) -> None:
        found.append(drawn)

    keep()
    return tuple(found[-BATCH:])


def with_contents(content: bytes, slots: Slots, drawn: Drawn) -> bytes:
    """The form with these contents in its answer cells; what XML cannot hold is written all the same."""
    by_part: dict[str, dict[str, tuple[str, int]]] = {}
    for index, inner, style in drawn:
        part, address = slots.places[index]
        by_part.setdefault(part, {})[address] = inner, style

    def change(name: str, text: bytes) -> bytes:
        own = by_part.get(name)
        if own is None:
            return text

        def written(match: re.Match[bytes]) -> bytes:
            address = match.group(1).decode()
            if address not in own:
                return match.group()
            inner, number = own[address]
            style: Any = (match.group(2) or b"").decode() if number < 0 else f' s="{number}"'
            return f'<c r="{address}"{style}{inner}</c>'.encode("utf-8", "surrogatepass")

        return _CELL.sub(written, text)

    return package_of([(name, change(name, text)) for name, text in parts_of(content)])
