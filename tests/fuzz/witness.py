"""What a file holds, read once more by other libraries than the product's: lxml for XML, calamine for .xls, zlib for ZIPs.

A witness is generous: damaged XML is mended, checksums are left alone, and of several readings each one counts. So what it
does not find is not in the file.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from html import unescape
from io import BytesIO
from typing import Any

from lxml import etree
from openpyxl.utils.cell import get_column_letter

from tests.fuzz.packages import scanned_parts

OLD = b"\xd0\xcf\x11\xe0"
_TAG = re.compile(r"<[^>]*>")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")
_ILLEGAL = re.compile(
    r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|&#(?:x0*1?[0-9A-Fa-f]|0*(?:[0-2]?[0-9]|3[01]));"
)
_ODS_VALUES = ("value", "boolean-value", "date-value", "time-value", "string-value", "formula")
_ROWS, _COLUMNS = 3_000, 300
Place = tuple[str, str]
"""Sheet and address."""


def squeezed(text: str) -> str:
    """A text without blanks, letters that are not seen, and the escapes that the format has for them."""
    shown = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return "".join(
        c for c in unicodedata.normalize("NFKC", shown) if not c.isspace() and unicodedata.category(c)[0] != "C"
    )


class Witness:
    """The cells of a file by place, and all of its words and numbers wherever they stand."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.is_old = content.startswith(OLD)
        self.parts = [] if self.is_old else list(scanned_parts(content))

    @cached_property
    def cells(self) -> dict[Place, set[str]]:
        """What each cell may be said to hold; numbers as they are written."""
        found: dict[Place, set[str]] = defaultdict(set)
        # Where a part is there twice, as in a file with another one behind it, either may be meant.
        for parts in (dict(self.parts), dict(reversed(self.parts))):
            with suppress(ValueError, LookupError, OverflowError, etree.XMLSyntaxError):
                for sheet, address, text in self._cells(parts):
                    found[sheet, address].add(text)
        return found

    def _cells(self, parts: dict[str, bytes]) -> Iterator[tuple[str, str, str]]:
        if self.is_old:
            yield from _old_cells(self._content)
        elif "xl/workbook.xml" in parts:
            yield from _sheet_cells(parts)
        elif "content.xml" in parts:
            yield from _ods_cells(parts["content.xml"])

    @cached_property
    def words(self) -> str:
        """All texts of all parts, without and with what stands in their tags, without blanks."""
        if self.is_old:
            return "\n".join(self._old_words())
        texts = [text.decode("utf-8", "replace") for _, text in self.parts] or [
            self._content[shift:].decode(coding, "replace")
            for coding in ("utf-8", "cp932", "utf-16-le", "utf-16-be") for shift in (0, 1)
        ]  # fmt: skip
        return "\n".join(squeezed(unescape(form)) for text in texts for form in (_TAG.sub("", text), text))

    def _old_words(self) -> Iterator[str]:
        for content in (self._content, _without_breaks(self._content)):
            yield squeezed(content.decode("latin-1"))
            for shift in (0, 1):
                yield squeezed(content[shift:].decode("utf-16-le", "replace"))

    @cached_property
    def numbers(self) -> frozenset[float]:
        """All numbers that are written anywhere."""
        return frozenset(_float(number) for _, text in self.parts for number in _NUMBER.findall(text))

    def has_number(self, number: float) -> bool:
        """Whether a number stands anywhere in the file."""
        if not self.is_old:
            return number in self.numbers
        tries = [struct.pack("<d", number)]
        for factor, sign in ((1, 0), (100, 1)):
            if abs(number * factor) < 2**29:
                tries.append(struct.pack("<i", round(number * factor) << 2 | 2 | sign))
            tries.append(
                struct.pack("<Q", struct.unpack("<Q", struct.pack("<d", number * factor))[0] >> 34 << 2 | sign)[:4]
            )
        return any(one in self._content for one in tries)


def _float(written: bytes | str) -> float:
    try:
        return float(written)
    except (ValueError, OverflowError):
        return float("nan")


def _without_breaks(content: bytes) -> bytes:
    """An .xls without the heads of records that go on: texts that are too long for one are parted there."""
    return re.sub(rb"\x3c\x00..[\x00\x01]?", b"", content, flags=re.DOTALL)


def _tree(text: bytes) -> Any:
    """XML, mended: letters that XML may not hold are left out, as they are where texts are compared."""
    text = _ILLEGAL.sub("", text.decode("utf-8", "replace")).encode()
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
    )
    root = etree.fromstring(text, parser)
    if root is None:
        raise ValueError("no XML at all")
    return root


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _local(child) == name]


def _shown(element: Any) -> tuple[str, str]:
    """The text of a string, without the readings above its letters and with them."""
    texts = [
        ("".join(t.itertext()), any(_local(above) == "rPh" for above in t.iterancestors()))
        for t in element.iter()
        if _local(t) == "t"
    ]
    return "".join(text for text, is_reading in texts if not is_reading), "".join(text for text, _ in texts)


def _sheet_cells(parts: dict[str, bytes]) -> Iterator[tuple[str, str, str]]:
    strings_part = next((name for name in parts if name.lower() == "xl/sharedstrings.xml"), "")
    strings = [_shown(e) for e in _tree(parts[strings_part]).iter() if _local(e) == "si"] if strings_part else []
    targets = {
        r.get("Id"): r.get("Target", "")
        for r in _tree(parts["xl/_rels/workbook.xml.rels"]).iter()
        if _local(r) == "Relationship"
    }
    for sheet in _tree(parts["xl/workbook.xml"]).iter():
        if _local(sheet) != "sheet":
            continue
        relation = next((value for name, value in sheet.attrib.items() if name.rpartition("}")[2] == "id"), "")
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in parts:
            yield from ((sheet.get("name", ""), *cell) for cell in _cells_of(_tree(parts[part]), strings))


def _cells_of(root: Any, strings: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    row = column = 0
    for element in root.iter():
        if _local(element) == "row":
            row, column = int(element.get("r") or row + 1), 0
        elif _local(element) == "c":
            match = re.fullmatch(r"\$?([A-Za-z]{1,7})\$?0*(\d{1,12})", element.get("r") or "")
            if match:
                row, column = int(match.group(2)), _column(match.group(1))
            else:
                column += 1
            if column <= 18_278:
                yield from ((f"{get_column_letter(column)}{row}", text) for text in _texts(element, strings))


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _texts(cell: Any, strings: list[tuple[str, str]]) -> Iterator[str]:
    """All that a cell may be said to hold."""
    for part in cell.iter():
        if _local(part) == "v":
            value = part.text or ""
            yield value
            yield "".join(part.itertext())
            index = _float(value)
            if cell.get("t") == "s" and index.is_integer() and 0 <= index < len(strings):
                yield from strings[int(index)]
        elif _local(part) == "is":
            yield from _shown(part)
        elif _local(part) == "f":
            yield f"={''.join(part.itertext())}"


def _old_cells(content: bytes) -> Iterator[tuple[str, str, str]]:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        rows = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_ROWS)
            for name in book.sheet_names
        }
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return
    for name, sheet in rows.items():
        for number, row in enumerate(sheet, start=1):
            for column, value in enumerate(row, start=1):
                if value != "":
                    yield name, f"{get_column_letter(column)}{number}", str(value)


def _ods_cells(content: bytes) -> Iterator[tuple[str, str, str]]:
    for table in _tree(content).iter():
        if _local(table) != "table":
            continue
        name = next((value for key, value in table.attrib.items() if key.endswith("}name")), "")
        row = 0
        for element in table.iter():
            if _local(element) != "table-row":
                continue
            rows = range(row + 1, min(_ROWS, row + _often(element, "number-rows-repeated")) + 1)
            row += _often(element, "number-rows-repeated")
            yield from ((name, *cell) for cell in _ods_row(element, rows))


def _ods_row(element: Any, rows: range) -> Iterator[tuple[str, str]]:
    column = 0
    for cell in element:
        if _local(cell) not in ("table-cell", "covered-table-cell"):
            continue
        count = _often(cell, "number-columns-repeated")
        columns = range(column + 1, min(_COLUMNS, column + count) + 1)
        column += count
        if not len(cell) and not cell.attrib:
            continue
        texts = {value for key, value in cell.attrib.items() if key.rpartition("}")[2] in _ODS_VALUES}
        texts.add("".join("".join(p.itertext()) for p in cell if _local(p) == "p"))
        texts |= {"=" + text.partition("=")[2] for text in texts if "=" in text}
        yield from ((f"{get_column_letter(c)}{r}", text) for text in texts - {""} for r in rows for c in columns)


def _often(element: Any, name: str) -> int:
    told = next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), "1")
    number = _float(told)
    return int(number) if 1 <= number < 10**9 else 1
