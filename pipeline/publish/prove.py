"""Proving a release before it is sealed: every place of its finished files shows what its source says, and nothing else.

Matching is by place and not by value, since most small numbers are some figure's. What the files must show comes from the
document model that they were rendered from; what figures and tables say is read again from the finished Parquet files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.beside import beside
from pipeline.csv_files import csv_value
from pipeline.japanese import HALF_WIDTH
from pipeline.publish.document import Words, is_numeral
from pipeline.publish.finished import ALTERNATIVE, plain, read_csv, read_places, read_sheets, read_shown_cells, solid
from pipeline.publish.reading_sheets import ReadingSheet
from pipeline.publish.site.prove import site_faults
from pipeline.publish.standards.examine import Finding, standard_faults
from pipeline.warehouse.connect import connect
from schemas.errors import GateRefusedError
from schemas.survey import YearDeclarations

IN_WORKBOOKS = ".16G"
"""A workbook holds a number in as many digits."""


@dataclass
class Shown:
    """What the files of a release must show, by the file's name within it."""

    documents: dict[str, Mapping[str, Sequence[Words]]] = field(default_factory=dict)
    """By the kind of part, as a document's header, the words of each place."""
    sheets: dict[str, Sequence[ReadingSheet]] = field(default_factory=dict)
    tables: Sequence[str] = ()
    """The tables of the DuckDB file."""
    in_workbook: Sequence[str] = ()
    """Those of them that the workbook for machines has too."""
    described: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """The sheets of the workbook for machines that describe its tables."""
    standards: Sequence[Finding] = ()
    """What the tables came to when they were examined by the standards for published tables."""
    package: Mapping[str, Any] = field(default_factory=dict)
    """What datapackage.json says."""
    csv_metadata: Mapping[str, Any] = field(default_factory=dict)
    """What csv-metadata.json says."""


def prove_release(folder: Path, shown: Shown, declarations: YearDeclarations, *, releases: Mapping[str, Path]) -> None:
    """Read every file of an unsealed release again and compare each place with its source.

    `releases` are the folders of this release and of those that its documents name, by name, as 2024/r1; the first is its
    own. Raises GateRefusedError, with file and place, for a numeral without a source and for a place that shows anything
    else than its source.
    """
    with beside(site_faults, folder, declarations) as of_pages:
        faults = _file_faults(folder, shown, _Figures(releases))
        faults += of_pages()
    faults += standard_faults(shown.standards)
    _refuse(faults)


def _file_faults(folder: Path, shown: Shown, figures: _Figures) -> list[GateRefusedError]:
    """Of all files but the pages of the site."""
    faults: list[GateRefusedError] = []
    for name, expected in shown.documents.items():
        faults += _document_faults(name, expected, folder / name, figures)
    for name, sheets in shown.sheets.items():
        faults += _sheet_faults(name, sheets, folder / name, figures)
    for path in sorted(folder.rglob("*.csv")):
        name = path.relative_to(folder).as_posix()
        faults += _row_faults(name, _table_rows(path.with_suffix(".parquet")), read_csv(path))
    faults += _machine_faults(folder, shown)
    faults += _database_faults(folder, shown.tables)
    faults += _tree_faults(folder, "public/datapackage.json", shown.package)
    faults += _tree_faults(folder, "public/csv-metadata.json", shown.csv_metadata)
    return faults


def prove_documents(
    folder: Path, documents: Mapping[str, Mapping[str, Sequence[Words]]], *, releases: Mapping[str, Path]
) -> None:
    """Read documents in a folder again, which are made from releases, and compare each place with its source.

    Raises GateRefusedError as `prove_release` does.
    """
    figures = _Figures(releases)
    _refuse(
        [f for name, expected in documents.items() for f in _document_faults(name, expected, folder / name, figures)]
    )


def _refuse(faults: Sequence[GateRefusedError]) -> None:
    if faults:
        first, more = faults[0], f" (and {len(faults) - 1} more places)" if len(faults) > 1 else ""
        raise GateRefusedError(
            reference=first.reference,
            where=first.where + more,
            found=first.found,
            expected=first.expected,
            fix=first.fix,
        )


def untraced(words: Words) -> str | None:
    """The first piece of text that holds a numeral and has no source; None where there is none."""
    return next((run.text for run in words.runs if run.source is None and has_numeral(run.text)), None)


def has_numeral(text: str) -> bool:
    """Whether there is a digit of any script in a text, or a letter such as ③."""
    return any(map(is_numeral, text))


class _Figures:
    """What the figures of releases show, from their finished tables."""

    def __init__(self, releases: Mapping[str, Path]) -> None:
        self._shown: dict[tuple[str, str], str] = {}
        for number, (name, folder) in enumerate(releases.items()):
            table = pl.read_parquet(
                folder / "public" / "figures.parquet", columns=["figure_id", "display", "unit", "label_ja"]
            )
            for figure_id, display, unit, label in table.iter_rows():
                fields = {"display": display or "", "unit": unit or "", "label": label}
                fields["shown"] = f"{display}{unit or ''}"
                known = [f"{figure_id}@{name}"] + ([figure_id] if number == 0 else [])
                self._shown |= {(own, kind): text for own in known for kind, text in fields.items()}

    def faults(self, words: Words) -> Iterator[tuple[str, str]]:
        """(found, expected) for every run that is not what its figure shows; names of members are no numbers of it."""
        for run in words.runs:
            if run.source is None or run.source.kind != "figure" or run.source.field in (None, "members"):
                continue
            said = self._shown.get((run.source.id, str(run.source.field)))
            if said is None or run.text.translate(HALF_WIDTH) != said.translate(HALF_WIDTH):
                yield run.text, f"{said} ({run.source.field} of {run.source.id})"


def _words_faults(name: str, where: str, words: Words, figures: _Figures) -> Iterator[GateRefusedError]:
    if (text := untraced(words)) is not None:
        yield _untraced(name, where, text)
    for found, expected in figures.faults(words):
        yield _unproven(name, where, found, expected)


def _document_faults(
    name: str, expected: Mapping[str, Sequence[Words]], path: Path, figures: _Figures
) -> Iterator[GateRefusedError]:
    found = read_places(path)
    compared = solid if path.suffix == ".pdf" else plain
    for kind in dict.fromkeys([*expected, *found]):
        if kind == ALTERNATIVE:
            for place in found.get(kind, ()):
                if has_numeral(place.text):
                    yield _untraced(name, place.where, place.text)
            continue
        pairs = zip_longest(expected.get(kind, ()), found.get(kind, ()))
        for number, (words, place) in enumerate(pairs, start=1):
            where = place.where if place else f"{kind} {number}"
            if words is None:
                is_number = has_numeral(place.text)
                yield _untraced(name, where, place.text) if is_number else _unproven(name, where, place.text, "nothing")
                continue
            if place is None or compared(place.text) != compared(words.text):
                yield _unproven(name, where, place.text if place else "nothing", words.text)
            yield from _words_faults(name, where, words, figures)


def _sheet_faults(
    name: str, sheets: Sequence[ReadingSheet], path: Path, figures: _Figures
) -> Iterator[GateRefusedError]:
    found = read_shown_cells(path)
    for title in dict.fromkeys([*(sheet.name for sheet in sheets), *found]):
        cells = next((sheet.cells for sheet in sheets if sheet.name == title), {})
        shown = found.get(title, {})
        for place in sorted({*cells, *shown}):
            where = f"{title}!{_address(place)}"
            words, text = cells[place].words if place in cells else Words(()), shown.get(place, "")
            if plain(text) != plain(words.text):
                yield _unproven(name, where, text or "nothing", words.text or "nothing")
            yield from _words_faults(name, where, words, figures)


def _table_rows(path: Path) -> Iterator[Sequence[Any]]:
    yield from _frame_rows(pl.read_parquet(path))


def _frame_rows(table: pl.DataFrame) -> Iterator[Sequence[Any]]:
    yield table.columns
    yield from table.iter_rows()


def _row_faults(
    name: str, expected: Iterable[Sequence[Any]], found: Iterable[Sequence[str]]
) -> Iterator[GateRefusedError]:
    header: Sequence[str] = ()
    for line, (values, cells) in enumerate(zip_longest(expected, found), start=1):
        texts = None if values is None else ["" if value is None else str(csv_value(value)) for value in values]
        header = texts if line == 1 and texts else header
        if texts == cells:
            continue
        for column, (said, cell) in enumerate(zip_longest(texts or (), cells or ())):
            if said != cell:
                title = header[column] if column < len(header) else f"{column + 1}"
                yield _unproven(name, f"row {line}, column {title}", _or_nothing(cell), _or_nothing(said))


def _machine_faults(folder: Path, said_to_show: Shown) -> Iterator[GateRefusedError]:
    name = "public/tables_for_machines.xlsx"
    sources = {table[:31]: _table_rows(folder / "public" / f"{table}.parquet") for table in said_to_show.in_workbook}
    sources |= {table[:31]: _frame_rows(frame) for table, frame in said_to_show.described.items()}
    for title, found in read_sheets(folder / name) if said_to_show.in_workbook else ():
        if title in sources:
            yield from _cell_faults(name, title, sources.pop(title), found)
        else:
            yield _untraced(name, title, "a sheet that is no table of the release")
    for title, rows in sources.items():
        yield from _cell_faults(name, title, rows, ())


def _cell_faults(
    name: str, title: str, expected: Iterable[Sequence[Any]], found: Iterable[Sequence[Any]]
) -> Iterator[GateRefusedError]:
    for line, (values, cells) in enumerate(zip_longest(expected, found, fillvalue=())):
        for column, (said, cell) in enumerate(zip_longest(values, cells)):
            if not _is_same(said, cell):
                place = _address((line, column))
                yield _unproven(name, f"{title}!{place}", _or_nothing(cell), _or_nothing(said))


def _database_faults(folder: Path, tables: Sequence[str]) -> Iterator[GateRefusedError]:
    """The rows of the DuckDB file beside those of the Parquet files, whatever their order."""
    for path in sorted((folder / "public").glob("*.duckdb")) if tables else ():
        name = path.relative_to(folder).as_posix()
        with connect(path, read_only=True) as database:
            found = {table for (table,) in database.execute("select table_name from duckdb_tables()").fetchall()}
            for table in sorted(found ^ set(tables)):
                yield _untraced(name, table, "a table that is there or in the release alone")
            for table in sorted(found & set(tables)):
                source = str(folder / "public" / f"{table}.parquet")
                own, released = database.table(table), database.read_parquet(source)
                if (own.columns, own.types) != (released.columns, released.types):
                    yield _unproven(name, table, _columns_of(own), _columns_of(released))
                    continue
                for row in database.sql("from own except all from released").fetchall():
                    yield _unproven(name, table, repr(row), "nothing")
                for row in database.sql("from released except all from own").fetchall():
                    yield _unproven(name, table, "nothing", repr(row))


def _columns_of(rows: duckdb.DuckDBPyRelation) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in zip(rows.columns, rows.types, strict=True))


def _tree_faults(folder: Path, name: str, tree: Mapping[str, Any]) -> Iterator[GateRefusedError]:
    if tree:
        found, said = (dict(_leaves(part)) for part in (json.loads((folder / name).read_bytes()), tree))
        for key in sorted(key for key in {*found, *said} if found.get(key) != said.get(key)):
            yield _unproven(name, key, _or_nothing(found.get(key)), _or_nothing(said.get(key)))


def _leaves(tree: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a JSON tree that hold no others, by their keys with dots between them."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if parts is None:
        yield key, tree
    else:
        for name, part in parts:
            yield from _leaves(part, f"{key}.{name}" if key else str(name))


def _is_same(said: Any, cell: Any) -> bool:
    if cell in (None, ""):
        return said in (None, "")
    if isinstance(said, bool) or isinstance(cell, bool):
        return said is cell
    if isinstance(said, int | float):
        return isinstance(cell, int | float) and f"{said:{IN_WORKBOOKS}}" == f"{cell:{IN_WORKBOOKS}}"
    return str(said) == str(cell) if isinstance(said, date) else said == cell


def _or_nothing(value: Any) -> str:
    return "nothing" if value in (None, "") else str(value)


def _address(place: tuple[int, int]) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(place[1] + 1)}{place[0] + 1}"


def _untraced(name: str, where: str, text: str) -> GateRefusedError:
    return GateRefusedError(
        reference="untraced-numeral", where=f"{name}, {where}", found=f"「{text.strip()}」",
        expected="a figure, a cell of a table or a declared constant behind every numeral",
        fix="name the source of the number where the text is written; nothing was released",
    )  # fmt: skip


def _unproven(name: str, where: str, found: str, expected: str) -> GateRefusedError:
    return GateRefusedError(
        reference="unproven-numeral", where=f"{name}, {where}", found=f"「{found.strip()}」", expected=f"「{expected.strip()}」",
        fix="report this as a defect of the product; nothing was released",
    )  # fmt: skip
