"""How a form looks: one place for its fonts, colours and borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.forms.sizing import BAR, BODY, SMALL

JAPANESE_CHARSET, SANS_SERIF = 128, 3
"""What lets a computer without the font choose another Japanese one like it."""
FONT: Mapping[str, Any] = MappingProxyType(
    {"font_name": "游ゴシック", "font_charset": JAPANESE_CHARSET, "font_family": SANS_SERIF, "font_size": BODY}
)
INK, MUTED, TINT, SOFT, LINE = "#1D3557", "#4A5568", "#D5E0EE", "#F1F3F6", "#8794A8"
WARNING, LINK = "#B3261E", "#0B57A4"
ERA_DATE = '[$-411]ggge"年"m"月"d"日"'


@dataclass(frozen=True)
class Styles:
    """The formats of a workbook. `text`, `count`, `tick` and `day` are the answer cells, and alone unlocked.

    `small` is the font of notes within a cell.
    """

    title: Any
    subtitle: Any
    notice: Any
    bar: Any
    group: Any
    number: Any
    question: Any
    option: Any
    header: Any
    heading: Any
    unit: Any
    previous: Any
    previous_row: Any
    text: Any
    count: Any
    tick: Any
    day: Any
    body: Any
    body_number: Any
    recipient: Any
    label: Any
    fact: Any
    link: Any
    small: Any


def make_styles(book: Any) -> Styles:
    """Create the formats in an xlsxwriter workbook."""

    def style(**properties: Any) -> Any:
        return book.add_format({**FONT, "valign": "vcenter", "text_wrap": True, **properties})

    box = {"border": 1, "border_color": LINE}
    soft = {**box, "bg_color": SOFT}
    answer = {**box, "locked": False, "bg_color": "#FFFFFF"}
    return Styles(
        title=style(bold=True, font_size=15, font_color=INK, text_wrap=False),
        subtitle=style(font_color=MUTED, font_size=SMALL, text_wrap=False),
        notice=style(bold=True, font_color=WARNING, text_wrap=False),
        bar=style(bold=True, font_size=BAR, font_color=INK, bg_color=TINT, indent=1, **box),
        group=style(bold=True, font_size=SMALL, font_color=INK, bg_color=TINT, align="center", **box),
        number=style(bold=True, font_color=INK, align="center", **soft),
        question=style(bold=True, indent=1, **soft),
        option=style(indent=2, **soft),
        heading=style(bold=True, font_size=SMALL, font_color=INK, align="center", **soft),
        header=style(font_size=SMALL, font_color=MUTED, align="center", **soft),
        unit=style(font_size=SMALL, font_color=MUTED, align="center", **soft),
        previous=style(font_size=SMALL, font_color=MUTED, align="center", **soft),
        previous_row=style(font_size=SMALL, font_color=MUTED, indent=1, **soft),
        text=style(num_format="@", indent=1, **answer),
        count=style(align="right", indent=1, **answer),
        tick=style(align="center", font_size=12, **answer),
        day=style(num_format=ERA_DATE, align="center", **answer),
        body_number=style(align="center", font_color=INK),
        body=style(indent=1),
        recipient=style(bold=True, font_size=14, text_wrap=False),
        label=style(align="center", font_color=INK, **soft),
        fact=style(indent=1, **soft),
        link=style(font_color=LINK, underline=1, indent=1, **soft),
        small=book.add_format({**FONT, "font_size": SMALL, "font_color": MUTED}),
    )
