"""Charts say what their numbers are."""

from __future__ import annotations

import pytest

from pipeline.publish.site.book import Past
from pipeline.publish.site.charts import COLOURS, MOST_BARS, slope, slopes, spread


def test_each_whole_number_has_a_bar_of_its_own() -> None:
    x = spread("回数", [1, 7, 7, 8], "回")["encoding"]["x"]
    assert x["type"] == "ordinal"
    assert x["scale"]["domain"] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("highest", "is_binned"), [(MOST_BARS, False), (MOST_BARS + 1, True)])
def test_numbers_that_lie_far_apart_stand_in_bins(highest: int, is_binned: bool) -> None:
    assert ("bin" in spread("件数", [0, highest], "件")["encoding"]["x"]) is is_binned


def past(value: float | None, display: str, *, break_year: int | None = None, is_newest: bool = True) -> Past:
    return Past(2023, "r1", is_newest, value, display, "回", break_year, "理由" if break_year else None)


def test_a_slope_shows_values_as_they_were_published_and_leaves_out_what_was_revised_or_is_none() -> None:
    values = slope(
        "平均", [past(4.838, "4.8"), past(4.7, "4.7", is_newest=False), past(None, "－")], 2024, 4.865, "4.9", "回"
    )["data"]["values"]
    assert [(row["値"], row["表示"]) for row in values] == [(4.838, "4.8"), (4.865, "4.9")]


def test_only_so_many_lines_are_drawn_as_there_are_colours_and_those_changed_most() -> None:
    lines = [(f"項目{number}", [past(0.0, "0")], float(number), str(number)) for number in range(len(COLOURS) + 2)]
    chart = slopes("推移", lines, 2024, "市町村")
    told = {row["項目"] for row in chart["data"]["values"]}
    assert told == {f"項目{number}" for number in range(2, len(COLOURS) + 2)}
    encoding = chart["encoding"]
    assert encoding["color"]["scale"]["domain"] == encoding["shape"]["scale"]["domain"], "so that they share one legend"
