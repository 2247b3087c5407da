"""The roster of municipalities, their groupings, and the register of councils, centers and bases.

Frozen rows, as `schemas/reference_files.py` reads and checks them. Does not hold who answered: that is the ledger's business.

Validity: `valid_from` and `valid_to` are both inclusive; blank means unbounded, or no date documented.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from schemas.labels import Declared
from schemas.visible import UNSEEN

MunicipalityKind = Literal["市", "特別区", "町", "村"]

KIND_LETTERS: Final[Mapping[MunicipalityKind, str]] = {"市": "市", "特別区": "区", "町": "町", "村": "村"}
"""The letter that a unit word shows for each kind of municipality, in the order of the word (市区町村)."""

LONGEST_NAME: Final = 60
"""Letters of a name: files are named by it, and file systems take 255 bytes."""
_CHECK_WEIGHTS: Final = (6, 5, 4, 3, 2)


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


def _as_name(value: str) -> str:
    if UNSEEN.search(value):
        raise PydanticCustomError("letter-not-seen", "a name of letters that are seen")
    if len(value) > LONGEST_NAME:
        raise PydanticCustomError("too-long-name", "at most {longest} letters", {"longest": LONGEST_NAME})
    return value


Day = Annotated[date | None, BeforeValidator(_as_date)]
Code = Annotated[str, BeforeValidator(_as_code)]
Filled = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[Filled, AfterValidator(_as_name)]
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
    prefecture: Name
    name: Name
    kana: Name
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
    name: Name
    source: Filled


class RegisterEntity(Dated):
    """A council, a center or a base: what a municipality's answers can be about besides itself.

    `entity_kind` is the word that a questionnaire's grain names as its `register_kind`.
    `secretariat_code` is the member whose answer counts. `status` judges the entity, not its members.
    """

    entity_id: EntityId
    entity_kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Name
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


class TilePlace(Dated):
    """Where a municipality stands on the tile map of its prefecture; columns and rows are counted from 1, rows downwards."""

    code: Code
    column: Annotated[int, Field(ge=1, le=99)]
    row: Annotated[int, Field(ge=1, le=99)]

    @property
    def prefecture_code(self) -> str:
        """The prefecture on whose map it is."""
        return self.code[:2]


@dataclass(frozen=True)
class Reference:
    """All reference data of one survey root. Rows stand in the order of their files."""

    municipalities: tuple[Municipality, ...]
    groupings: tuple[Grouping, ...] = ()
    register: tuple[RegisterEntity, ...] = ()
    register_members: tuple[RegisterMember, ...] = ()
    tile_places: tuple[TilePlace, ...] = ()

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
        own = [place for entity_id in ids for place in self._places_of.get(entity_id, ())]
        found = (self.register[place] for place in sorted(own))
        return [e for e in found if e.entity_kind == kind and e.is_valid(on)]

    def tiles(self, codes: Collection[str], on: date) -> dict[str, TilePlace]:
        """Where each of these municipalities stands on the tile map on that day; empty where one of them has no place."""
        places = {place.code: place for place in self.tile_places if place.is_valid(on) and place.code in codes}
        return places if len(places) == len(set(codes)) else {}

    @cached_property
    def _places_of(self) -> dict[str, list[int]]:
        """The places in the register of each entity, by id."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, entity in enumerate(self.register):
            places[entity.entity_id].append(place)
        return places

    @cached_property
    def _members_by_entity(self) -> dict[str, list[RegisterMember]]:
        return grouped(self.register_members, "entity_id")

    @cached_property
    def _members_by_code(self) -> dict[str, list[RegisterMember]]:
        return grouped(self.register_members, "code")


def grouped(rows: Iterable[RowT], key: str) -> dict[str, list[RowT]]:
    """Rows by what they hold in a column."""
    groups: dict[str, list[RowT]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups
