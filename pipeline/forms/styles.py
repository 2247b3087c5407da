"""How a form looks: one place for its fonts, colours and borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xlsxwriter

FONT = {"font_name": "游ゴシック", "font_size": 10.5, "valign": "vcenter", "text_wrap": True}
INK, SOFT, LINE, WARNING = "#1D3557", "#EDF1F6", "#8794A8", "#B3261E"


@dataclass(frozen=True)
class Styles:
    """The formats of a workbook; only `answer`, `number`, `tick` and `date` are unlocked."""

    title: Any
    subtitle: Any
    block: Any
    question: Any
    option: Any
    note: Any
    header: Any
    answer: Any
    number: Any
    tick: Any
    previous: Any
    warning: Any
    body: Any


def make_styles(book: xlsxwriter.Workbook) -> Styles:
    """Create the formats in a workbook."""

    def style(**properties: Any) -> Any:
        return book.add_format({**FONT, **properties})

    box = {"border": 1, "border_color": LINE}
    open_cell = {**box, "locked": False, "bg_color": "#FFFFFF"}
    return Styles(
        title=style(bold=True, font_size=15, font_color=INK, text_wrap=False),
        subtitle=style(font_color="#4A5568", text_wrap=False),
        block=style(bold=True, font_size=12, font_color="#FFFFFF", bg_color=INK, text_wrap=False),
        question=style(bold=True, bg_color=SOFT, **box),
        option=style(bg_color=SOFT, indent=1, **box),
        note=style(font_size=9, font_color="#4A5568"),
        header=style(bold=True, font_size=9, bg_color=SOFT, align="center", **box),
        answer=style(**open_cell),
        number=style(align="right", **open_cell),
        tick=style(align="center", font_size=12, **open_cell),
        previous=style(font_size=9, font_color="#6B7280", align="center", bg_color="#F7F8FA", **box),
        warning=style(bold=True, font_color=WARNING, text_wrap=False),
        body=style(text_wrap=True, valign="top"),
    )
