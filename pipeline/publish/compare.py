"""Two releases side by side: the figures, rows and cells that differ, each with what made it differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipeline.publish.open_data import Resource
from pipeline.tables import TABLES, Schema
from pipeline.warehouse.released import expect_tables, expect_unchanged, read_manifest

CauseKind = Literal[
    "return", "late_return", "correction", "withdrawn_correction", "declaration", "earlier_release", "code", "another_year"
]  # fmt: skip
FIGURES, RANKINGS = "public/figures.parquet", "public/rankings.parquet"
DEFINITION = ("figure_id", "operation", "numerator_id", "denominator_id", "rounding_mode", "rounding_digits")
"""Columns that a figure's declaration fills."""
TEXTS = (".md",)
"""Declarations that change no figure: the report's template and the official's prose."""
INTERNAL: dict[str, Schema] = {
    "contributions": {
        "figure_id": pl.String, "entity_id": pl.String, "municipality_code": pl.String, "value": pl.Int64,
        "reason": pl.String,
    },
    "cells": TABLES["cells"],
    "corrections": TABLES["corrections"],
    "figure_corrections": {"figure_id": pl.String, "correction_id": pl.String},
}  # fmt: skip
"""Tables with the columns that are compared; a release of an earlier version of the product may lack some."""


@dataclass(frozen=True, order=True)
class Cause:
    """What changed: a municipality's return, a correction by its id, a declaration by its file, or all by the year."""

    kind: CauseKind
    subject: str = ""


@dataclass(frozen=True)
class FigureChange:
    """A figure that is shown otherwise, value and unit together; None where a release does not have it."""

    figure_id: str
    published_id: str | None
    section: str
    label: str
    before: str | None
    after: str | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class LabelChange:
    """A figure that is called otherwise, in Japanese, whether or not its value is another one too."""

    figure_id: str
    published_id: str | None
    section: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """An entity that adds something else to a figure, or nothing for another reason; None where it is not in a release."""

    figure_id: str
    entity_id: str
    municipality_code: str
    value_before: int | None
    value_after: int | None
    reason_before: str | None
    reason_after: str | None


@dataclass(frozen=True)
class CellChange:
    """An answer cell, by its place on the form, in which something else is read; None where there is no return in a release."""

    municipality_code: str
    sheet: str
    address: str
    before: str | None
    after: str | None
    cause: Cause


@dataclass(frozen=True)
class Comparison:
    """What differs between two releases; `inputs` names the inputs that do, `texts` the files of the report's words.

    Cells only within one year.
    """

    before: str
    after: str
    inputs: tuple[str, ...]
    figures: tuple[FigureChange, ...]
    labels: tuple[LabelChange, ...]
    texts: tuple[str, ...]
    rows: tuple[RowChange, ...]
    cells: tuple[CellChange, ...]

    def as_json(self) -> dict[str, Any]:
        """The comparison as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True)
class Side:
    """What a comparison needs of one release."""

    name: str
    year: int
    inputs: Mapping[str, Any]
    figures: pl.DataFrame
    rankings: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]


def read_side(folder: Path) -> Side:
    """Read a release. Raises InputError where a file of it is not what was released."""
    manifest = read_manifest(folder)
    names = {FIGURES, RANKINGS, *(_path(name) for name in INTERNAL)}
    expect_tables(folder, (FIGURES, RANKINGS))
    expect_unchanged(folder, {name: said for name, said in manifest["outputs"].items() if name in names})
    return side_of(folder, manifest["year"], manifest["release"], manifest["inputs"])


def side_of(folder: Path, year: int, release: str, inputs: Mapping[str, Any]) -> Side:
    """The side of a release whose tables lie in the folder, also where its manifest is not written yet."""
    tables = {name: _table(folder / _path(name), schema) for name, schema in INTERNAL.items()}
    figures, rankings = pl.read_parquet(folder / FIGURES), pl.read_parquet(folder / RANKINGS)
    return Side(f"{year}/{release}", year, inputs, figures, rankings, tables)


def changed_rows(before: Path, after: Path, resources: Iterable[Resource]) -> list[tuple[Resource, int]]:
    """Tables of rows about municipalities and what they run that differ from a release's, with the number of rows that do.

    A row that is gone, or is there now, counts as one, and so does one of which a value changed.
    """
    found = []
    for resource in resources:
        name = f"public/{resource.name}.parquet"
        if not resource.name.startswith("mart_") or not (before / name).exists():
            continue
        old, new = (Counter(pl.read_parquet(folder / name).rows()) for folder in (before, after))
        if count := max((old - new).total(), (new - old).total()):
            found.append((resource, count))
    return found


def _path(name: str) -> str:
    return f"internal/{name}.parquet"


def _table(path: Path, schema: Schema) -> pl.DataFrame:
    empty = pl.DataFrame(schema=schema)
    return pl.concat([empty, pl.read_parquet(path)], how="diagonal_relaxed") if path.exists() else empty


def compare(before: Side, after: Side) -> Comparison:
    """Compare two releases of one year, or of two years, of which the second is the newer."""
    rows = _rows(before, after)
    is_one_year = before.year == after.year
    causes = _Causes(before, after, rows) if is_one_year else None
    return Comparison(
        before=before.name, after=after.name,
        inputs=tuple(_changed(before.inputs, after.inputs)),
        figures=tuple(_figures(before, after, causes)),
        labels=tuple(_labels(before, after)),
        texts=tuple(path for path in _changed(*_inputs(before, after, "declarations")) if path.endswith(TEXTS)),
        rows=tuple(rows),
        cells=tuple(_cells(before, after)) if is_one_year else (),
    )  # fmt: skip


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    return (name for name in sorted({*before, *after} - {"year"}) if before.get(name) != after.get(name))


def _rows(before: Side, after: Side) -> list[RowChange]:
    columns = ("figure_id", "entity_id", "municipality_code", "value", "reason")
    first, second = (
        {row[:2]: row[2:] for row in side.tables["contributions"].select(columns).iter_rows()}
        for side in (before, after)
    )
    nothing = (None, None, None)
    changes = []
    for key in sorted(key for key in {*first, *second} if first.get(key) != second.get(key)):
        (code, value, reason), (new_code, new_value, new_reason) = first.get(key, nothing), second.get(key, nothing)
        if (value, reason) != (new_value, new_reason):
            figure_id, entity_id = key
            changes.append(RowChange(figure_id, entity_id, str(new_code or code), value, new_value, reason, new_reason))
    return changes


def _figures(before: Side, after: Side, causes: _Causes | None) -> Iterable[FigureChange]:
    """In the order of the newer release; those that it no longer has come last."""
    first, second = ({row["figure_id"]: row for row in side.figures.to_dicts()} for side in (before, after))
    for figure_id in [*second, *(name for name in first if name not in second)]:
        old, new = first.get(figure_id), second.get(figure_id)
        shown_before, shown_after = (_shown(row) for row in (old, new))
        if shown_before != shown_after:
            known = new or old
            assert known
            yield FigureChange(
                figure_id, known["published_id"], known["section_id"], known["label_ja"], shown_before, shown_after,
                causes.of(figure_id) if causes else (Cause("another_year"),),
            )  # fmt: skip


def _labels(before: Side, after: Side) -> Iterable[LabelChange]:
    """In the order of the newer release."""
    called = dict(before.figures.select("figure_id", "label_ja").iter_rows())
    columns = ("figure_id", "published_id", "section_id", "label_ja")
    for figure_id, published_id, section, label in after.figures.select(columns).iter_rows():
        if called.get(figure_id, label) != label:
            yield LabelChange(figure_id, published_id, section, called[figure_id], label)


def _shown(figure: Mapping[str, Any] | None) -> str | None:
    return None if figure is None else f"{figure['display']}{figure['unit'] or ''}"


class _Causes:
    """What made a figure of one year change, from the inputs that differ and the rows that do."""

    def __init__(self, before: Side, after: Side, rows: Iterable[RowChange]) -> None:
        self._late = after.inputs["returns"].keys() - before.inputs["returns"].keys()
        self._returns = {
            code for code in {*before.inputs["returns"], *after.inputs["returns"]}
            if before.inputs["returns"].get(code) != after.inputs["returns"].get(code)
        }  # fmt: skip
        declared = _changed(*_inputs(before, after, "declarations"))
        self._declared = [Cause("declaration", path) for path in declared if not path.endswith(TEXTS)]
        self._others = [
            Cause("earlier_release", year) for year in _changed(*_inputs(before, after, "earlier_releases"))
        ] + [Cause("code") for name in _changed(before.inputs, after.inputs) if name in ("code", "lock")][:1]
        self._codes: dict[str, set[str]] = {}
        for row in rows:
            self._codes.setdefault(row.figure_id, set()).add(row.municipality_code)
        self._corrections, corrected = _changed_corrections(before, after)
        self._explained = self._returns | corrected
        self._terms = _terms(before) | _terms(after)
        first, second = (set(side.figures.select(DEFINITION).iter_rows()) for side in (before, after))
        self._redefined = {figure_id for figure_id, *_ in first ^ second}

    def of(self, figure_id: str) -> tuple[Cause, ...]:
        """Returns and corrections behind its rows; declarations, where it is defined otherwise or these do not explain it."""
        used = [figure_id, *self._terms.get(figure_id, ())]
        codes = {code for name in used for code in self._codes.get(name, ())}
        found = [self._return(code) for code in codes & self._returns]
        found += [cause for term in used for cause in self._corrections.get(term, ())]
        if codes - self._explained or not found or self._redefined.intersection(used):
            found += self._declared
        return tuple(sorted(set(found or self._others or [self._return(code) for code in self._returns])))

    def _return(self, code: str) -> Cause:
        return Cause("late_return" if code in self._late else "return", code)


def _inputs(before: Side, after: Side, name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return before.inputs[name], after.inputs[name]


def _changed_corrections(before: Side, after: Side) -> tuple[dict[str, set[Cause]], set[str]]:
    """Corrections that were applied on one side only, or read another text there, by the figures that rest on them.

    Also the municipalities whose returns they correct. One that is applied no longer is withdrawn.
    """
    columns = ("correction_id", "municipality_code", "sheet", "address", "corrected_text")
    first, second = (
        set(side.tables["corrections"].filter(pl.col("state") == "applied").select(columns).iter_rows())
        for side in (before, after)
    )
    differing = first ^ second
    kept = {row[0] for row in second}
    changed = {row[0]: _of_correction(row[0], kept) for row in differing}
    found: dict[str, set[Cause]] = {}
    for side in (before, after):
        for figure_id, name in side.tables["figure_corrections"].select("figure_id", "correction_id").iter_rows():
            if name in changed:
                found.setdefault(figure_id, set()).add(changed[name])
    return found, {row[1] for row in differing}


def _of_correction(name: str, applied: Container[Any]) -> Cause:
    return Cause("correction" if name in applied else "withdrawn_correction", name)


def _terms(side: Side) -> dict[str, set[str]]:
    """The figures of which a ratio or ranking is made."""
    terms: dict[str, set[str]] = {}
    for figure_id, *ids in side.figures.select("figure_id", "numerator_id", "denominator_id").iter_rows():
        if any(ids):
            terms[figure_id] = {name for name in ids if name}
    for figure_id, candidate in side.rankings.select("figure_id", "candidate_id").iter_rows():
        terms.setdefault(figure_id, set()).add(candidate)
    return terms


def _read(cell: tuple[str, str | None, str | None] | None) -> str | None:
    """What is read of a cell's text, correction and corrected text."""
    if cell is None:
        return None
    text, _, corrected = cell
    return text if corrected is None else corrected


def _cells(before: Side, after: Side) -> Iterable[CellChange]:
    """By the place on the form, so that an answer is not another one where its row was moved."""
    place = (pl.coalesce("form_sheet", "sheet"), pl.coalesce("form_address", "address"))
    columns = ("municipality_code", *place, "text", "correction_id", "corrected_text")
    first, second = (
        {row[:3]: row[3:] for row in side.tables["cells"].filter("is_declared").select(columns).iter_rows()}
        for side in (before, after)
    )
    for key in sorted(key for key in {*first, *second} if first.get(key) != second.get(key)):
        old, new = first.get(key), second.get(key)
        read_before, read_after = _read(old), _read(new)
        if read_before == read_after:
            continue
        code, sheet, address = key
        withdrawn, applied = (old and old[1]), (new and new[1])
        name = applied or withdrawn
        is_same_return = before.inputs["returns"].get(code) == after.inputs["returns"].get(code)
        cause = _of_correction(name, (applied,)) if is_same_return and name else Cause("return", code)
        yield CellChange(code, sheet, address, read_before, read_after, cause)
