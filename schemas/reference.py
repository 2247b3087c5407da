"""The roster of municipalities, their groupings, and the register of councils, centers and bases.

Takes the CSV files of one `data/reference` folder; gives frozen rows that were checked against each other.
Does not hold who answered: that is the ledger's business.

Validity: `valid_from` and `valid_to` are both inclusive; blank means unbounded, or no date documented.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BeforeValidator, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared

MunicipalityKind = Literal["市", "特別区", "町", "村"]

KIND_LETTERS: Final[Mapping[MunicipalityKind, str]] = {"市": "市", "特別区": "区", "町": "町", "村": "村"}
"""The letter that a unit word shows for each kind of municipality, in the order of the word (市区町村)."""

_CHECK_WEIGHTS: Final = (6, 5, 4, 3, 2)

Faults = Iterator[DeclarationError]


def check_digit(code5: str) -> str:
    """Return the sixth digit of a municipality's code.

    Weights 6, 5, 4, 3, 2 over the five digits; the last digit of 11 minus (sum mod 11).
    Raises ValueError unless `code5` is five ASCII digits. Source: 全国地方公共団体コード仕様.
    """
    if not re.fullmatch(r"[0-9]{5}", code5):
        raise ValueError(f"five digits expected, found {code5!r}")
    total = sum(int(digit) * weight for digit, weight in zip(code5, _CHECK_WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def _as_date(value: Any) -> Any:
    if value == "" or value is None or isinstance(value, date):
        return value or None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value), re.ASCII):
            return date.fromisoformat(str(value))
    except ValueError:
        pass
    raise PydanticCustomError("invalid-date", "a date that exists, as YYYY-MM-DD, or blank")


def _as_code(value: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", value):
        raise PydanticCustomError("invalid-code", "six digits, leading zero included")
    if value[5] != check_digit(value[:5]):
        right = value[:5] + check_digit(value[:5])
        raise PydanticCustomError("wrong-check-digit", "{right}", {"right": right})
    return value


Day = Annotated[date | None, BeforeValidator(_as_date)]
Code = Annotated[str, BeforeValidator(_as_code)]
Filled = Annotated[str, StringConstraints(min_length=1)]
EntityId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Status = Literal["confirmed", "assumed"]
EntityKind = Literal["single", "joint"]


class Dated(Declared):
    """A fact that holds from one day to another, both included; None is unbounded."""

    valid_from: Day
    valid_to: Day

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        valid_from = info.data.get("valid_from")
        if valid_from and valid_to and valid_from > valid_to:
            raise PydanticCustomError("reversed-validity", "{start} or later", {"start": str(valid_from)})
        return valid_to

    def is_valid(self, on: date) -> bool:
        """Say whether the fact holds on a day."""
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)

    def overlaps(self, other: Dated) -> bool:
        """Say whether both facts hold on at least one common day."""
        latest_start = max(self.valid_from or date.min, other.valid_from or date.min)
        return latest_start <= min(self.valid_to or date.max, other.valid_to or date.max)


RowT = TypeVar("RowT", bound=Dated)
RowT_co = TypeVar("RowT_co", bound=Dated, covariant=True)


class Municipality(Dated):
    """One municipality under one name and kind."""

    code: Code
    prefecture_code: str
    prefecture: Filled
    name: Filled
    kana: Filled
    kind: MunicipalityKind

    @field_validator("prefecture_code")
    @classmethod
    def _begins_the_code(cls, prefecture_code: str, info: ValidationInfo) -> str:
        code = info.data.get("code")
        if code and prefecture_code != code[:2]:
            raise PydanticCustomError("other-prefecture", "{begin}", {"begin": code[:2]})
        return prefecture_code


class Grouping(Dated):
    """The group a municipality belongs to within one grouping, for example a 圏域."""

    code: Code
    grouping: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Filled
    source: Filled


class RegisterEntity(Dated):
    """A council, a center or a base: what a municipality's answers can be about besides itself.

    `entity_kind` is the word that a questionnaire's grain names as its `register_kind`.
    `secretariat_code` is the member whose answer counts. `status` judges the entity, not its members.
    """

    entity_id: EntityId
    entity_kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Filled
    kind: EntityKind
    secretariat_code: Code
    status: Status
    source: Filled


class RegisterMember(Dated):
    """A municipality's share in an entity; `status` says whether that membership is confirmed."""

    entity_id: EntityId
    code: Code
    status: Status
    source: Filled


@dataclass(frozen=True)
class Reference:
    """All reference data of one survey root. Rows stand in the order of their files."""

    municipalities: tuple[Municipality, ...]
    groupings: tuple[Grouping, ...] = ()
    register: tuple[RegisterEntity, ...] = ()
    register_members: tuple[RegisterMember, ...] = ()

    def surveyed(self, prefecture_code: str, on: date) -> list[Municipality]:
        """Return the municipalities of that day, by code: the prefecture's, or with `all` those of the whole country."""
        found = (m for m in self.municipalities if prefecture_code in (m.prefecture_code, "all") and m.is_valid(on))
        return sorted(found, key=lambda m: m.code)

    def entities(self, kind: str, on: date) -> list[RegisterEntity]:
        """Return the entities of an `entity_kind` on that day, in register order."""
        return [e for e in self.register if e.entity_kind == kind and e.is_valid(on)]

    def members(self, entity_id: str, on: date) -> list[RegisterMember]:
        """Return an entity's members on that day, by code; none when the entity is unknown or not valid."""
        is_alive = any(e.entity_id == entity_id and e.is_valid(on) for e in self.register)
        found = self._members_by_entity.get(entity_id, ()) if is_alive else ()
        return sorted((m for m in found if m.is_valid(on)), key=lambda m: m.code)

    def entities_of(self, code: str, kind: str, on: date) -> list[RegisterEntity]:
        """Return the entities of a kind that a municipality is in on that day, in register order."""
        ids = {m.entity_id for m in self._members_by_code.get(code, ()) if m.is_valid(on)}
        return [e for e in self.entities(kind, on) if e.entity_id in ids]

    @cached_property
    def _members_by_entity(self) -> dict[str, list[RegisterMember]]:
        return _group(self.register_members, "entity_id")

    @cached_property
    def _members_by_code(self) -> dict[str, list[RegisterMember]]:
        return _group(self.register_members, "code")


def load_reference(folder: Path) -> Reference:
    """Load and check `municipalities.csv` and, where they exist, groupings, register and register_members.

    Raises DeclarationError naming file, 1-based line and column; the faults of all files come together.
    """
    faults: list[DeclarationError] = []
    roster = _read_table(folder / "municipalities.csv", Municipality, faults)
    groupings = _read_table(folder / "groupings.csv", Grouping, faults, is_optional=True)
    register = _read_table(folder / "register.csv", RegisterEntity, faults, is_optional=True)
    members = _read_table(folder / "register_members.csv", RegisterMember, faults, is_optional=True)
    faults += _overlap_faults(roster.rows, "code")
    faults += _overlap_faults(groupings.rows, "code", "grouping")
    faults += _overlap_faults(members.rows, "entity_id", "code")
    faults += _duplicate_faults(register.rows)
    faults += _roster_faults(groupings.rows, "code", roster)
    faults += _roster_faults(register.rows, "secretariat_code", roster)
    faults += _roster_faults(members.rows, "code", roster)
    faults += _unknown_entity_faults(members.rows, register)
    faults += _composition_faults(register.rows, members)
    raise_all(faults)
    return Reference(
        municipalities=tuple(row.value for row in roster.rows),
        groupings=tuple(row.value for row in groupings.rows),
        register=tuple(row.value for row in register.rows),
        register_members=tuple(row.value for row in members.rows),
    )


def _group(rows: Iterable[RowT], key: str) -> dict[str, list[RowT]]:
    groups: dict[str, list[RowT]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


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
        found = str(detail["input"]) or "nothing"
        yield _fault(reference, f"{where}, column '{column}'", found, detail["msg"])


def _overlap_faults(rows: Iterable[_Row[Dated]], *keys: str) -> Faults:
    seen: dict[str, list[_Row[Dated]]] = defaultdict(list)
    for row in rows:
        subject = " ".join(getattr(row.value, key) for key in keys)
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
    by_code = _group((row.value for row in roster.rows), "code")
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
    by_entity = _group((row.value for row in members.rows), "entity_id")
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
