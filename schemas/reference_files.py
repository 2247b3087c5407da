"""The CSV files of a `data/reference` folder: read row by row, and checked against each other.

Takes a folder; gives a `Reference`, or all faults of all files together, each with file, 1-based line and column.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Generic

from pydantic import ValidationError

from schemas.errors import DeclarationError, raise_all
from schemas.reference import (
    Dated,
    Grouping,
    Municipality,
    Reference,
    RegisterEntity,
    RegisterMember,
    RowT,
    RowT_co,
    TilePlace,
    grouped,
)
from schemas.visible import visible

Faults = Iterator[DeclarationError]


def load_reference(folder: Path) -> Reference:
    """Load and check `municipalities.csv` and, where they exist, groupings, register, register_members and tile_grid.

    Raises DeclarationError naming file, 1-based line and column; the faults of all files come together.
    """
    faults: list[DeclarationError] = []
    roster = _read_table(folder / "municipalities.csv", Municipality, faults)
    groupings = _read_table(folder / "groupings.csv", Grouping, faults, is_optional=True)
    register = _read_table(folder / "register.csv", RegisterEntity, faults, is_optional=True)
    members = _read_table(folder / "register_members.csv", RegisterMember, faults, is_optional=True)
    tiles = _read_table(folder / "tile_grid.csv", TilePlace, faults, is_optional=True)
    faults += _overlap_faults(roster.rows, "code")
    faults += _overlap_faults(groupings.rows, "code", "grouping")
    faults += _overlap_faults(members.rows, "entity_id", "code")
    faults += _overlap_faults(tiles.rows, "code")
    faults += _overlap_faults(tiles.rows, "prefecture_code", "column", "row")
    faults += _duplicate_faults(register.rows)
    faults += _roster_faults(groupings.rows, "code", roster)
    faults += _roster_faults(register.rows, "secretariat_code", roster)
    faults += _roster_faults(members.rows, "code", roster)
    faults += _roster_faults(tiles.rows, "code", roster)
    faults += _unknown_entity_faults(members.rows, register)
    faults += _composition_faults(register.rows, members)
    raise_all(faults)
    return Reference(
        municipalities=tuple(row.value for row in roster.rows),
        groupings=tuple(row.value for row in groupings.rows),
        register=tuple(row.value for row in register.rows),
        register_members=tuple(row.value for row in members.rows),
        tile_places=tuple(row.value for row in tiles.rows),
    )


@dataclass(frozen=True)
class _Row(Generic[RowT_co]):
    where: str
    value: RowT_co

    def at(self, column: str) -> str:
        return f"{self.where}, column '{column}'"


@dataclass
class _Table(Generic[RowT]):
    """The good rows of a file, and what the others would have been called.

    Bad rows' keys count as known, and a file that is no table (not `is_whole`) is not searched,
    so that one fault does not show up as several.
    """

    rows: list[_Row[RowT]] = field(default_factory=list)
    bad_keys: set[str] = field(default_factory=set)
    is_whole: bool = True


def _fault(reference: str, where: str, found: str, expected: str, fix: str = "correct the cell") -> DeclarationError:
    return DeclarationError(reference=reference, where=where, found=found, expected=expected, fix=fix)


def _read_table(
    path: Path, model: type[RowT], faults: list[DeclarationError], *, is_optional: bool = False
) -> _Table[RowT]:
    table = _Table[RowT]()
    if is_optional and not path.exists():
        return table
    shown = f"{path.parent.name}/{path.name}"
    columns = list(model.model_fields)
    key = "entity_id" if "entity_id" in columns else "code"
    try:
        lines = list(_read_lines(path))
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        fix = "save the file as CSV UTF-8"
        faults.append(_fault("unreadable-reference-file", str(path), str(error), "CSV in UTF-8", fix))
        table.is_whole = False
        return table
    header = lines[0][1] if lines else []
    header_faults = list(_header_faults(f"{shown}:1", header, columns))
    faults += header_faults
    table.is_whole = all(fault.reference == "unknown-column" for fault in header_faults)
    for line, cells in lines[1:] if table.is_whole else ():
        where = f"{shown}:{line}"
        values = {name: cell for name, cell in zip(header, cells, strict=False) if name in columns}
        if len(cells) != len(header):
            expected = f"{len(header)} cells, as in the header"
            faults.append(_fault("wrong-cell-count", where, str(len(cells)), expected, "correct the line"))
            table.bad_keys.add(values.get(key, ""))
            continue
        try:
            table.rows.append(_Row(where, model.model_validate(values)))
        except ValidationError as error:
            faults += _row_faults(where, error)
            table.bad_keys.add(values[key])
    return table


def _read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its cells; blank lines are passed over."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        start = 1
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1


def _header_faults(where: str, header: Sequence[str], columns: Sequence[str]) -> Faults:
    for name in dict.fromkeys([*columns, *header]):
        if name not in columns:
            yield _fault("unknown-column", where, name, ", ".join(columns), "rename or drop the column")
        elif name not in header:
            yield _fault("missing-column", where, ", ".join(header) or "nothing", name, "add the column")
        elif header.count(name) > 1:
            yield _fault("duplicate-column", where, name, "each column once", "drop one of the columns")


def _row_faults(where: str, error: ValidationError) -> Faults:
    for detail in error.errors():
        column = str(detail["loc"][0])
        is_own_complaint = "-" in detail["type"]
        verdict = "unknown" if detail["type"] == "literal_error" else "invalid"
        reference = detail["type"] if is_own_complaint else f"{verdict}-{column.replace('_', '-')}"
        found = visible(str(detail["input"])) or "nothing"
        yield _fault(reference, f"{where}, column '{column}'", found, detail["msg"])


def _overlap_faults(rows: Iterable[_Row[Dated]], *keys: str) -> Faults:
    seen: dict[str, list[_Row[Dated]]] = defaultdict(list)
    for row in rows:
        subject = " ".join(str(getattr(row.value, key)) for key in keys)
        other = next((earlier for earlier in seen[subject] if earlier.value.overlaps(row.value)), None)
        if other is not None:
            found = f"{subject}, also at {other.where}"
            fix = "drop one row, or end one before the other begins"
            yield _fault("overlapping-validity", row.where, found, "one row for each day", fix)
        seen[subject].append(row)


def _duplicate_faults(rows: Iterable[_Row[RegisterEntity]]) -> Faults:
    first: dict[str, str] = {}
    for row in rows:
        where = first.setdefault(row.value.entity_id, row.where)
        if where != row.where:
            found = f"{row.value.entity_id}, also at {where}"
            yield _fault("duplicate-entity", row.at("entity_id"), found, "an id of its own", "change the id")


def _roster_faults(rows: Iterable[_Row[Dated]], column: str, roster: _Table[Municipality]) -> Faults:
    """A code must be on the roster on at least one day on which the row holds."""
    if not roster.is_whole:
        return
    by_code = grouped((row.value for row in roster.rows), "code")
    for row in rows:
        code = getattr(row.value, column)
        if code not in roster.bad_keys and not any(row.value.overlaps(m) for m in by_code.get(code, ())):
            yield _fault("not-on-roster", row.at(column), code, "a code valid then in municipalities.csv")


def _unknown_entity_faults(rows: Iterable[_Row[RegisterMember]], register: _Table[RegisterEntity]) -> Faults:
    known = {row.value.entity_id for row in register.rows} | register.bad_keys
    for row in rows:
        if register.is_whole and row.value.entity_id not in known:
            found = row.value.entity_id
            yield _fault("unknown-entity", row.at("entity_id"), found, "an entity_id of register.csv")


def _composition_faults(rows: Iterable[_Row[RegisterEntity]], members: _Table[RegisterMember]) -> Faults:
    """On every day an entity has as many members as its kind says, its secretariat among them.

    Each fault is reported once for an entity, with the first day on which it occurs.
    """
    by_entity = grouped((row.value for row in members.rows), "entity_id")
    for row in rows:
        if members.is_whole and row.value.entity_id not in members.bad_keys:
            first: dict[str, DeclarationError] = {}
            own = by_entity.get(row.value.entity_id, [])
            for day in _days_of_change(row.value, own):
                codes = sorted({m.code for m in own if m.is_valid(day)})
                for fault in _faults_on(day, row, codes):
                    first.setdefault(fault.reference, fault)
            yield from first.values()


def _faults_on(day: date, row: _Row[RegisterEntity], codes: Sequence[str]) -> Faults:
    entity = row.value
    members = ", ".join(codes) or "no member"
    found = members if day == date.min else f"{members} on {day.isoformat()}"
    fix = "correct the cell, or the members in register_members.csv"
    if entity.kind == "single" and len(codes) != 1:
        yield _fault("wrong-member-count", row.at("kind"), found, "exactly one member (single)", fix)
    if entity.kind == "joint" and len(codes) < 2:
        yield _fault("wrong-member-count", row.at("kind"), found, "two members or more (joint)", fix)
    if entity.secretariat_code not in codes:
        where, code = row.at("secretariat_code"), entity.secretariat_code
        yield _fault("secretariat-not-member", where, code, f"one of the members: {found}", fix)


def _days_of_change(entity: RegisterEntity, members: Sequence[RegisterMember]) -> list[date]:
    """Return the first day of the entity and each later one on which its members may change."""
    days = {entity.valid_from or date.min, *(m.valid_from for m in members if m.valid_from)}
    days |= {m.valid_to + timedelta(days=1) for m in members if m.valid_to and m.valid_to < date.max}
    return sorted(day for day in days if entity.is_valid(day))
