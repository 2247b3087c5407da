"""Declarations of a next year from those of another: what moves on with the years, written as an overlay.

Days move by whole years; in wordings, so do years of an era and of the western calendar, but for those of a law or a notice.
All else is inherited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import yaml

WORDED = {"label", "ja", "en", "note", "title", "baseline", "statement"}
"""Keys whose texts people read."""
KEPT = {"changes", "disclosure_policy", "based_on", "year"}
"""Keys of what was said of one year and does not move on."""
FIRST_OF_REIWA = 2019
SATURDAY = 5
_LAW = r"(?![^、。]{0,12}(?:法律|政令|省令|規則|条例|告示|通知|通達|訓令))"
_ERA = re.compile(rf"(令和|平成)([元0-9０-９]+)(?=年){_LAW}")
_WESTERN = re.compile(rf"(?<![0-9０-９])((?:19|20)[0-9]{{2}}|(?:１９|２０)[０-９]{{2}})(?![0-9０-９]){_LAW}")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Moved:
    """A value that moves on: the path of keys and ids to it, and what it was and becomes."""

    path: str
    before: str
    after: str


def next_year_overlay(data: Mapping[str, Any], source: int, target: int) -> tuple[dict[str, Any], list[Moved]]:
    """The declaration of `target` as an overlay on that of `source`, and everything in it that moved on.

    `data` is the whole declaration of the source year, with what it is based on.
    """
    moved: list[Moved] = []
    overlay: dict[str, Any] = {"based_on": source, "year": target}
    if isinstance(data.get("version"), str):
        overlay["version"] = _next_version(data["version"], source, target)
        moved.append(Moved("version", data["version"], overlay["version"]))
    for key, value in data.items():
        if key in KEPT or key == "version":
            continue
        changed = _moved(value, key, target - source, (key,), moved)
        if changed is not None:
            overlay[key] = changed
    return overlay, moved


def overlay_text(overlay: Mapping[str, Any], head: str) -> str:
    """The overlay as YAML below a comment."""
    text = yaml.safe_dump(dict(overlay), allow_unicode=True, sort_keys=False, width=120)
    return f"# {head}\n{text}"


def move_text(text: str, years: int) -> str:
    """A wording in which every year that moves on is so many years later, in the width in which it was written."""

    def era(found: re.Match[str]) -> str:
        number = 1 if found[2] == "元" else int(found[2].translate(_HALF_WIDTH))
        year = number + (FIRST_OF_REIWA - 1 if found[1] == "令和" else 1988) + years
        name, later = ("令和", year - FIRST_OF_REIWA + 1) if year >= FIRST_OF_REIWA else ("平成", year - 1988)
        return name + _in_width("元" if later == 1 else str(later), found[2])

    def western(found: re.Match[str]) -> str:
        return _in_width(str(int(found[1].translate(_HALF_WIDTH)) + years), found[1])

    return _WESTERN.sub(western, _ERA.sub(era, text))


def _in_width(text: str, like: str) -> str:
    return text.translate(_FULL_WIDTH) if any(letter in "０１２３４５６７８９" for letter in like) else text


def move_day(day: date, years: int) -> date:
    """The same day so many years later; the 29th of February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def move_working_day(day: date, years: int) -> date:
    """The same day so many years later, or the Monday after it where that is a Saturday or Sunday."""
    later = move_day(day, years)
    return later + timedelta(days=7 - later.weekday()) if later.weekday() >= SATURDAY else later


def _next_version(version: str, source: int, target: int) -> str:
    return version.replace(str(source), str(target)) if str(source) in version else f"{target}-1"


def _moved(value: Any, key: str, years: int, path: tuple[str, ...], told: list[Moved]) -> Any:
    """What of a value moves on, as an overlay of it; None where nothing does."""
    if isinstance(value, dict):
        parts = {name: _moved(child, name, years, (*path, name), told) for name, child in value.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(value, list):
        return _moved_list(value, key, years, path, told)
    later: Any = None
    if isinstance(value, date):
        later = move_working_day(value, years) if "calendar" in path else move_day(value, years)
    elif isinstance(value, str) and key in WORDED:
        later = move_text(value, years)
    elif isinstance(value, str) and key == "reference" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        later = move_day(date.fromisoformat(value), years).isoformat()
    if later is None or later == value:
        return None
    told.append(Moved(".".join(path), str(value), str(later)))
    return later


def _moved_list(value: list[Any], key: str, years: int, path: tuple[str, ...], told: list[Moved]) -> Any:
    """Entries with an id are changed one by one; a list of others is replaced whole where any of them moves on."""
    if all(isinstance(item, dict) and "id" in item for item in value):
        found = [(item["id"], _moved(item, key, years, (*path, item["id"]), told)) for item in value]
        return [{"id": name, **part} for name, part in found if part is not None] or None
    parts = [_moved(item, key, years, (*path, str(number)), told) for number, item in enumerate(value)]
    if all(part is None for part in parts):
        return None
    return [item if part is None else _laid_over(item, part) for item, part in zip(value, parts, strict=True)]


def _laid_over(item: Any, part: Any) -> Any:
    if not isinstance(item, dict):
        return part
    return {key: _laid_over(value, part[key]) if key in part else value for key, value in item.items()}


def unmoved_years(data: Mapping[str, Any], moved: list[Moved]) -> Iterator[tuple[str, str]]:
    """(path, text) of every wording that names a year and did not move on, as that of a law."""
    paths = {one.path for one in moved}
    for path, text in _wordings(data, ()):
        if ".".join(path) not in paths and re.search(r"(?:令和|平成)[元0-9０-９]+年|(?<!\d)(?:19|20)\d{2}(?!\d)", text):
            yield ".".join(path), text


def _wordings(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            if name not in KEPT:
                yield from _wordings(child, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _wordings(item, (*path, item["id"] if isinstance(item, dict) and "id" in item else str(number)))
    elif isinstance(value, str) and path and path[-1] in WORDED:
        yield path, value
