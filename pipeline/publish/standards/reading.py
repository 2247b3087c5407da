"""Reading a file of tables for the checks, once: .csv with the metadata beside it, .xlsx with `workbook`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from python_calamine import CalamineError, CalamineWorkbook

from pipeline.publish.standards.book import Book, Sheet, Told
from pipeline.publish.standards.workbook import read_workbook
from pipeline.workbooks.limits import MAX_FILE_BYTES
from schemas.errors import InputError

OLE = b"\xd0\xcf\x11\xe0"
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
"""How an .xls begins, and the type that an .ods tells."""
MOST_COLUMNS = 16_384
"""Of a sheet in a spreadsheet."""
ENCODINGS = ("utf-8-sig", "cp932")
PACKAGE, CSVW = "datapackage.json", "csv-metadata.json"
UNIT_KEYS = ("unit", "schema:unitText")


def read_book(path: Path, *, is_own: bool = False) -> Book:
    """Read a file; one whose tables cannot be read says why in `problem`. Raises InputError where there is no file.

    A file that the product itself made, `is_own`, may be of any size.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            reference="no-table-file", where=str(path), found=type(error).__name__, expected="an .xlsx or .csv file",
            fix="name a file that is there and can be read",
        ) from error  # fmt: skip
    suffix = path.suffix.lower()
    if len(content) > MAX_FILE_BYTES and not is_own:
        return Book(path.name, "too_large", problem=f"{MAX_FILE_BYTES:,}バイトより大きいファイルは調べません。")
    if suffix in (".xlsx", ".xlsm"):
        return read_workbook(path.name, content, is_own=is_own)
    if suffix == ".csv":
        return _read_csv(path, content)
    if suffix in OTHER_FORMATS and not OTHER_FORMATS[suffix](content):
        return Book(path.name, "unreadable", problem=f"中身が{suffix}ファイルではありません。")
    kind = f"{suffix or '拡張子のない'}ファイルは、この検査では読み取れません。.xlsx又は.csvで保存したものを調べてください。"
    return Book(path.name, "other", problem=kind)


def _is_old_workbook(content: bytes) -> bool:
    try:
        CalamineWorkbook.from_filelike(BytesIO(content)).close()
    except (CalamineError, ValueError, OSError):
        return False
    return content.startswith(OLE)


def _is_open_document(content: bytes) -> bool:
    """OpenDocument 1.2, part 3: the first part of the package is its type, not compressed."""
    try:
        with ZipFile(BytesIO(content)) as package:
            return OPEN_DOCUMENT in content[:100] and "content.xml" in package.namelist()
    except (BadZipFile, ValueError, OSError):
        return False


def _is_xml(content: bytes) -> bool:
    try:
        fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return False
    return True


OTHER_FORMATS: Mapping[str, Callable[[bytes], bool]] = {
    ".xls": _is_old_workbook, ".ods": _is_open_document, ".xml": _is_xml,
}  # fmt: skip
"""Formats that the rules name beside .xlsx and .csv, with how they are known; the tables in them are not read here."""


def _read_csv(path: Path, content: bytes) -> Book:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        try:
            rows = [[value or None for value in line] for line in csv.reader(StringIO(text, newline=""), strict=True)]
        except csv.Error:
            break
        if not any(any(line) for line in rows):
            return Book(path.name, "unreadable", problem="何も書かれていないファイルです。")
        if max(map(len, rows), default=0) > MOST_COLUMNS:
            return Book(
                path.name, "too_large", problem=f"表計算ソフトで開ける{MOST_COLUMNS:,}列を超えているため、調べません。"
            )
        sheet = Sheet("", rows, is_of_texts=True)
        told = _told(path.name, _tree(path.with_name(PACKAGE)), _tree(path.with_name(CSVW)))
        return Book(path.name, "csv", (sheet,), encoding=encoding, told=told)
    problem = "CSVとして読み取れません（文字コード、引用符又は破損）。UTF-8のCSVで保存してください。"
    return Book(path.name, "unreadable", problem=problem)


def _tree(path: Path) -> Any:
    """What a JSON file holds, None where there is none."""
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=8)
def _parsed(path: Path, _changed: int) -> Any:
    return json.loads(path.read_bytes())


def _told(name: str, package: Any, group: Any) -> Told:
    """What a Data Package and CSV on the Web say of a file."""
    told = [
        _of_schema(_dicts(schema, "fields"), bool(schema.get("missingValues")))
        for resource in _dicts(package, "resources")
        if resource.get("path") == name and isinstance(schema := resource.get("schema"), dict)
    ]
    for table in _dicts(group, "tables") or ([group] if isinstance(group, dict) else []):
        if table.get("url") == name and isinstance(schema := table.get("tableSchema"), dict):
            columns = _dicts(schema, "columns")
            told.append(_of_schema(columns, any("null" in part for part in (group, table, schema, *columns))))
    units = {column: unit for part in told for column, unit in part.units.items()}
    return Told(units, any(part.tells_blanks for part in told))


def _of_schema(columns: list[dict[str, Any]], tells_blanks: bool) -> Told:
    units = {str(column.get("name")): str(unit) for column in columns for key in UNIT_KEYS if (unit := column.get(key))}
    return Told(units, tells_blanks)


def _dicts(tree: Any, key: str) -> list[dict[str, Any]]:
    found = tree.get(key) if isinstance(tree, dict) else None
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
