"""Charts where people would look rather than read: declared in Vega-Lite, drawn in the reader's browser without eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish.site.answers import Distribution
from pipeline.publish.site.book import Past

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3a9bd1", "#666666", "#a04000"]
"""Colours that are told apart whatever one's sight (after Okabe and Ito), each at least three to one against white and black."""
INK = ["#fff", "#000", "#000", "#000", "#fff", "#000", "#fff", "#fff"]
"""The colour of a number upon each, at least 4.5 to one."""
MOST_BARS = 20
TICKS = {"tickMinStep": 1, "tickCount": 8}
"""Whole numbers, and not too many of them."""
Chart = dict[str, Any]


def _chart(title: str, spec: Mapping[str, Any]) -> Chart:
    """What all charts have in common: the page's own font and colour of text, no ground, as wide as the page."""
    text = {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 13, "titleFontSize": 13}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": title,
        "width": "container",
        "background": None,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {
                **text,
                "domainColor": "#8a94a6",
                "tickColor": "#8a94a6",
                "gridColor": "#8a94a6",
                "gridOpacity": 0.35,
            },
            "legend": {**text, "orient": "bottom", "columns": 2, "labelLimit": 320, "title": None},
            "text": {"color": "currentColor", "fontSize": 13},
        },
        **spec,
    }


def ranked_bars(title: str, values: Sequence[tuple[str, int]], unit: str) -> Chart:
    """How many chose each option, the most first; each label stands above its bar, so that a narrow screen has room for both."""
    rows = [{"項目": label, "数": count} for label, count in values]
    count = {"field": "数", "type": "quantitative", "title": unit, "axis": TICKS}
    return _chart(title, {
        "data": {"values": sorted(rows, key=lambda row: -row["数"])},
        "height": {"step": 44},
        "encoding": {"y": {"field": "項目", "type": "nominal", "sort": None, "axis": None}},
        "layer": [
            {
                "mark": {"type": "bar", "color": COLOURS[0], "tooltip": True, "height": 14, "yOffset": 8},
                "encoding": {"x": count},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "dy": 8},
                "encoding": {"x": count, "text": {"field": "数"}},
            },
            {
                "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -1, "limit": {"expr": "width"}},
                "encoding": {"x": {"value": 0}, "text": {"field": "項目"}},
            },
        ],
    })  # fmt: skip


def stacked_bar(title: str, values: Sequence[tuple[str, int]], unit: str) -> Chart:
    """How a whole is divided among the options, of which there are as many as colours at most."""
    rows = [{"項目": label, "数": count, "順": place, "字": INK[place]} for place, (label, count) in enumerate(values)]
    colour = {
        "field": "項目", "type": "nominal", "sort": None,
        "scale": {"domain": [label for label, _ in values], "range": COLOURS[: len(values)]},
    }  # fmt: skip
    x = {"field": "数", "type": "quantitative", "stack": "zero", "title": unit, "axis": TICKS}
    return _chart(title, {
        "data": {"values": rows},
        "height": 56,
        "encoding": {"x": x, "order": {"field": "順"}},
        "layer": [
            {"mark": {"type": "bar", "stroke": "#fff", "tooltip": True}, "encoding": {"color": colour}},
            {
                "transform": [{"filter": "datum['数'] > 0"}],
                "mark": {"type": "text", "fontWeight": "bold"},
                "encoding": {
                    "x": {**x, "bandPosition": 0.5}, "text": {"field": "数"}, "color": {"field": "字", "type": "nominal", "scale": None},
                },
            },
        ],
    })  # fmt: skip


def spread(title: str, numbers: Sequence[int], unit: str) -> Chart:
    """How many gave each number, a bar for each whole number; in bins where they lie far apart."""
    x: dict[str, Any] = {"field": "値", "title": unit or "値"}
    if max(numbers) - min(numbers) > MOST_BARS:
        x |= {"type": "quantitative", "bin": {"maxbins": MOST_BARS, "minstep": 1}, "axis": {"format": "d"}}
    else:
        told = list(range(min(numbers), max(numbers) + 1))
        x |= {"type": "ordinal", "scale": {"domain": told}, "axis": {"labelAngle": 0}}
    return _chart(title, {
        "data": {"values": [{"値": number} for number in numbers]},
        "height": 180,
        "mark": {"type": "bar", "color": COLOURS[0], "tooltip": True},
        "encoding": {"x": x, "y": {"aggregate": "count", "title": "回答の数", "axis": TICKS}},
    })  # fmt: skip


Line = tuple[str, Sequence[Past], float, str]
"""A label, what was published in earlier years, this year's value, and how it is displayed."""


def slope(title: str, past: Sequence[Past], year: int, value: float, display: str, unit: str) -> Chart:
    """A figure from year to year, as last published of each; a line ends where values no longer compare.

    A year in which it has no value is left out.
    """
    return _chart(title, {
        "data": {"values": _points([(title, past, value, display)], year)},
        "height": 180,
        "encoding": _years(unit) | {"detail": {"field": "区間"}},
        "layer": [
            {"mark": {"type": "line", "color": COLOURS[0], "point": True, "tooltip": True}},
            {"mark": {"type": "text", "dy": -12}, "encoding": {"text": {"field": "表示"}}},
        ],
    })  # fmt: skip


def slopes(title: str, lines: Sequence[Line], year: int, unit: str) -> Chart:
    """Several figures from year to year, so many as there are colours at most: those that changed most since the first year."""
    told = sorted(lines, key=_change, reverse=True)[: len(COLOURS)]
    order = [line[0] for line in sorted(told, key=lambda line: -line[2])]
    told_apart = {"field": "項目", "type": "nominal", "legend": {"columns": 1, "title": None}}
    colour = told_apart | {"scale": {"domain": order, "range": COLOURS[: len(order)]}}
    shape = told_apart | {"scale": {"domain": order}}
    return _chart(title, {
        "data": {"values": _points(told, year)},
        "height": 260,
        "encoding": _years(unit) | {
            "color": colour, "shape": shape, "detail": {"field": "区間"},
        },
        "mark": {"type": "line", "point": {"size": 70}, "tooltip": True},
    })  # fmt: skip


def _years(unit: str) -> dict[str, Any]:
    return {
        "x": {"field": "年度", "type": "ordinal", "axis": {"labelAngle": 0}},
        "y": {"field": "値", "type": "quantitative", "title": unit, "scale": {"zero": True}},
    }


def _points(lines: Sequence[Line], year: int) -> list[dict[str, Any]]:
    rows = []
    for label, past, value, display in lines:
        newest = [one for one in past if one.is_newest and one.value is not None]
        rows += [
            {"項目": label, "年度": one.year, "値": one.value, "表示": one.display, "区間": one.break_year or 0}
            for one in newest
        ]
        rows.append({"項目": label, "年度": year, "値": value, "表示": display, "区間": 0})
    return rows


def _change(line: Line) -> float:
    """How far this year's value is from the oldest that compares with it."""
    _, past, value, _ = line
    comparable = [one.value for one in past if one.is_newest and one.value is not None and one.break_year is None]
    return abs(value - comparable[0]) if comparable else 0.0


def distribution_chart(title: str, found: Distribution, unit: str) -> Chart | None:
    """The chart that suits a question: bars for many answers, one stacked bar for one, a spread for numbers; None without answers."""
    question = found.question
    if question.type == "count":
        return spread(title, found.numbers, question.unit or "") if found.numbers else None
    values = [(option.label.ja, found.options[option.code]) for option in question.choices]
    if not any(count for _, count in values):
        return None
    if question.is_multiple or len(values) > len(COLOURS):
        return ranked_bars(title, values, unit)
    return stacked_bar(title, values, unit)
