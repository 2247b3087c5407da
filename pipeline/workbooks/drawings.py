"""What lies over the cells of a sheet: shapes, text boxes, pictures, ink and controls, with the cells under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl.utils import get_column_letter

from pipeline.workbooks.xml_names import child, local_name

Spot = tuple[int, int]
"""Row and column."""

_POINT, _PIXEL = 12_700, 9_525
"""In the unit of drawings, of which 914,400 are an inch."""
_ROW_POINTS, _COLUMN_LETTERS = 15.0, 8.43
_REACH = 0.25
"""What covers less of its first or last row or column than this share was not meant for it."""
_SHORT = 3
"""Letters of a text that is an answer, as ○ or 12, where a longer one is a remark."""
_VML_SHAPE = re.compile(rb"<v:(shape|oval|rect|roundrect|line|polyline)\b.*?</v:\1>", re.DOTALL)
_OBJECT = re.compile(rb"ObjectType=[\"'](\w+)[\"']")
_ANCHOR = re.compile(rb"<x:Anchor>([\d\s,-]+)</x:Anchor>")
_TEXT_BOX = re.compile(rb"<v:textbox\b.*?</v:textbox>", re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")
_CHECKED = re.compile(rb"<x:Checked>\s*1\s*</x:Checked>")
_CONTROLS = {b"Checkbox": "チェックボックス", b"Radio": "オプションボタン"}
_WORDS = {"pic": "画像", "cxnSp": "線", "graphicFrame": "図", "contentPart": "手書き", "grpSp": "図形", "sp": "図形"}


class Drawn(NamedTuple):
    """Something drawn: the cells from `first` to `last` under it, what it is and says in Japanese.

    `is_mark` where it may stand for an answer, as a circle does; a longer text does not.
    """

    first: Spot
    last: Spot
    word: str
    text: str
    is_mark: bool

    @property
    def area(self) -> str:
        """The cells under it, as C7 or C7:D8."""
        first, last = (f"{get_column_letter(column)}{row}" for row, column in (self.first, self.last))
        return first if first == last else f"{first}:{last}"

    def covers(self, spot: Spot) -> bool:
        """Whether it lies over a cell."""
        return all(low <= place <= high for low, place, high in zip(self.first, spot, self.last, strict=True))


def drawn_on(sheet: bytes, drawing: bytes) -> Iterator[Drawn]:
    """All that a drawing (XML) shows on a sheet (XML), in its order."""
    grid = _Grid(sheet)
    for anchor in fromstring(drawing):
        parts = [part for part in _shown(anchor) if local_name(part.tag) in _WORDS]
        start = child(anchor, "from")
        if not parts:
            continue
        first, last = grid.cells(_place(start), _end(anchor, start, grid)) if start is not None else ((1, 1), (1, 1))
        texts = ["".join(t.text or "" for t in p.iter() if local_name(t.tag) == "t") for p in _paragraphs(parts[0])]
        yield _drawn(first, last, _word(parts[0]), " ".join(" ".join(texts).split()))


def drawn_in_vml(sheet: bytes, vml: bytes) -> Iterator[Drawn]:
    """All that a legacy drawing shows on a sheet (XML) but the boxes of comments; such a drawing need not be XML."""
    if len(_OBJECT.findall(vml)) == vml.count(b'ObjectType="Note"'):
        return
    grid = _Grid(sheet)
    for match in _VML_SHAPE.finditer(vml):
        shape = match.group()
        kind, anchor = _OBJECT.search(shape), _ANCHOR.search(shape)
        numbers = [int(number) for number in anchor.group(1).split(b",") if number.strip()] if anchor else []
        if kind is None or kind.group(1) == b"Note" or len(numbers) != 8:
            continue
        left, dx, top, dy, right, dx2, bottom, dy2 = (max(0, number) for number in numbers)
        places = [(top, dy * _PIXEL, left, dx * _PIXEL), (bottom, dy2 * _PIXEL, right, dx2 * _PIXEL)]
        first, last = grid.cells(places[0], places[1])
        box = _TEXT_BOX.search(shape)
        text = unescape(_TAG.sub(b" ", box.group()).decode("utf-8", "replace")) if box else ""
        control = _CONTROLS.get(kind.group(1))
        if control is None:
            yield _drawn(first, last, "図形", " ".join(text.split()))
        else:
            is_on = bool(_CHECKED.search(shape))
            state = "オン" if is_on else "オフ"
            yield Drawn(first, last, control, " ".join([*text.split(), f"（{state}）"]), is_on)


def _drawn(first: Spot, last: Spot, word: str, text: str) -> Drawn:
    return Drawn(first, last, word, text or "（文字なし）", len(text) <= _SHORT and word != _WORDS["graphicFrame"])


def _shown(element: Any) -> Iterator[Any]:
    """An anchor's shapes, the outermost first, but what is hidden, and what only older programs show."""
    for part in element:
        name = local_name(part.tag)
        if name == "Fallback" or _is_hidden(part):
            continue
        yield part
        yield from _shown(part)


def _is_hidden(part: Any) -> bool:
    properties = next((p for own in part for p in own if local_name(p.tag) == "cNvPr"), None)
    return properties is not None and properties.get("hidden") in ("1", "true")


def _word(shape: Any) -> str:
    own = next((part for part in shape.iter() if local_name(part.tag) == "cNvSpPr"), None)
    is_box = own is not None and own.get("txBox") in ("1", "true") and local_name(shape.tag) == "sp"
    return "テキストボックス" if is_box else _WORDS[local_name(shape.tag)]


def _paragraphs(shape: Any) -> list[Any]:
    return [part for part in shape.iter() if local_name(part.tag) == "p"]


Point = tuple[int, int, int, int]
"""Row and how far into it, column and how far into it; rows and columns from 0."""


def _place(marker: Any) -> Point:
    row, down, column, right = (
        int(part.text or 0) if (part := child(marker, name)) is not None else 0
        for name in ("row", "rowOff", "col", "colOff")
    )
    return max(0, row), max(0, down), max(0, column), max(0, right)


def _end(anchor: Any, start: Any, grid: _Grid) -> Point:
    end, size = child(anchor, "to"), child(anchor, "ext")
    if end is not None:
        return _place(end)
    row, down, column, right = _place(start)
    if size is None:
        return row, down, column, right
    down, right = down + int(size.get("cy", 0)), right + int(size.get("cx", 0))
    while down > grid.height(row) and row < _LAST_ROW:
        down, row = down - grid.height(row), row + 1
    while right > grid.width(column) and column < _LAST_COLUMN:
        right, column = right - grid.width(column), column + 1
    return row, down, column, right


_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_FORMAT = re.compile(rb"<(?:\w+:)?sheetFormatPr\s[^>]*>")


class _Grid:
    """How high the rows of a sheet are and how wide its columns; both counted from 0."""

    def __init__(self, sheet: bytes) -> None:
        form = _FORMAT.search(sheet)
        tag = form.group() if form else b""
        self._height = _number(tag, b"defaultRowHeight") or _ROW_POINTS
        self._width = _number(tag, b"defaultColWidth") or _COLUMN_LETTERS
        heights = ((_number(row, b"r"), _number(row, b"ht")) for row in _ROW.findall(sheet))
        self._heights = {int(row) - 1: height for row, height in heights if row and height}
        self._columns = [
            tuple(_number(column, name) or 0 for name in (b"min", b"max", b"width"))
            for column in _COLUMN.findall(sheet)
        ]

    def height(self, row: int) -> int:
        """A row's height."""
        return int(self._heights.get(row, self._height) * _POINT) or 1

    def width(self, column: int) -> int:
        """A column's width."""
        letters = next((w for low, high, w in self._columns if low <= column + 1 <= high and w), self._width)
        return (int(letters * 7) + 5) * _PIXEL

    def cells(self, start: Point, end: Point) -> tuple[Spot, Spot]:
        """The first and the last cell between two points that are meant: (row, column), counted from 1."""
        top, bottom = _meant(start[:2], end[:2], self.height)
        left, right = _meant(start[2:], end[2:], self.width)
        return (top + 1, left + 1), (bottom + 1, right + 1)


def _meant(start: tuple[int, ...], end: tuple[int, ...], size: Any) -> tuple[int, int]:
    first, last = start[0], max(start[0], end[0])
    if first < last and end[1] < _REACH * size(last):
        last -= 1
    if first < last and start[1] > (1 - _REACH) * size(first):
        first += 1
    return first, last


def _number(tag: bytes, name: bytes) -> float | None:
    match = re.search(rb"\s" + name + rb"\s*=\s*[\"'](\d{1,7}(?:\.\d+)?)[\"']", tag)
    return float(match.group(1)) if match else None
