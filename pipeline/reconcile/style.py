"""What a document's numbers and words show without any figure: missing units, a wording printed twice, two widths of digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.reconcile.match import Found
from pipeline.reconcile.numbers import NUMBERING
from pipeline.reconcile.passages import Passage
from pipeline.reconcile.printed_relations import PrintedRelation
from schemas.survey import YearDeclarations

TWICE = re.compile(r"([^\d\s(（、]{4,})\1")
SHOWN = 5
CHECKS = {
    "printed-units": ("R33", "数値には単位が付いている"),
    "wording-once": ("R70", "同じ語句が続けて印刷されていない"),
    "digit-widths": ("R71", "数字の全角・半角が統一されている"),
}
"""Relation id to the published relation that it stands for, and what should hold."""


def judge_style(
    passages: Sequence[Passage], found: Sequence[Found], declarations: YearDeclarations
) -> list[PrintedRelation]:
    """Judge the three checks; each is held or violated."""
    faults: dict[str, list[tuple[str, str]]] = {
        "printed-units": [
            (f"{one.figure.label.ja} {one.number.written}", one.number.place)
            for one in found
            if not one.number.unit and declarations.units[one.figure.unit].label.ja
        ],
        "wording-once": [
            (f"「{m.group()}」", p.place) for p in passages for m in [TWICE.search(p.text.replace("\n", ""))] if m
        ],
        "digit-widths": list(_widths(passages)),
    }
    return [
        PrintedRelation(
            name, published, "violated" if faults[name] else "held",
            f"{statement}：{'、'.join(what for what, _ in faults[name][:SHOWN])}" if faults[name] else statement,
            faults[name][0][1] if faults[name] else None,
        )
        for name, (published, statement) in CHECKS.items()
    ]  # fmt: skip


def _widths(passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """A number of each width, where both are used for what is counted or dated; numbering of headings is left out."""
    counted = {
        "半角": re.compile(r"[0-9]+(?=\s*(?:市|町|村|年|月|日|回|部会|協議会|事業所|センター))"),
        "全角": re.compile(r"[０-９]+(?=\s*(?:市|町|村|年|月|日|回|部会|協議会|事業所|センター))"),
    }
    seen = {
        width: next(
            ((m, p.place) for p in passages for m in [pattern.search(NUMBERING.sub("", p.text, count=1))] if m), None
        )
        for width, pattern in counted.items()
    }
    if all(seen.values()):
        yield from ((f"{width}「{first[0].group()}」", first[1]) for width, first in seen.items() if first)
