"""YAML declarations that remember their lines.

Gives plain data together with the 1-based line of every node, and merges `based_on` documents by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from schemas.bundle import PROJECT_ROOT
from schemas.errors import DeclarationError, raise_all
from schemas.visible import UNFIT

Position = tuple[str, int]
KeyPath = tuple[str | int, ...]
DEEPEST = 100
"""Lists and mappings in one another: libyaml's composer keeps each on the stack of the process, which ends where that is full."""
MOST_VALUES = 300_000
"""Values of a file, each counted as often as aliases repeat it: a few lines of them can ask for all memory."""
WIDEST_INTEGER = 63  # bits
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass(frozen=True)
class YamlDocument:
    """A YAML mapping with the file and line of every node, by path of keys and indexes."""

    path: Path
    data: dict[str, Any]
    positions: dict[KeyPath, Position] = field(repr=False)

    def where(self, key_path: Sequence[str | int]) -> str:
        """Return `file:line` of the node, or of its nearest known ancestor, and who takes it over where it is another file's."""
        current = tuple(key_path)
        while current and current not in self.positions:
            current = current[:-1]
        own = shown_path(self.path)
        file, line = self.positions.get(current, (own, 1))
        return f"{file}:{line}" + ("" if file == own else f", taken over by {own}")


def shown_path(path: Path) -> str:
    """A path as errors show it: from the project's root where it lies there, else whole."""
    return path.relative_to(PROJECT_ROOT).as_posix() if path.is_relative_to(PROJECT_ROOT) else str(path)


def read_yaml(path: Path) -> YamlDocument:
    """Read one YAML mapping, which is data alone: no tag makes anything else of it.

    Raises DeclarationError when the file is absent, is not YAML, holds a duplicate key, asks for more than the limits, or is not
    a mapping.
    """
    shown = shown_path(path)
    text = read_declared_text(path)
    try:
        if _is_too_deep(text):
            raise _too_deep(shown)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        problem = str(getattr(error, "problem", None) or error)
        # A key without its colon is known only on the line behind it.
        mark = getattr(error, "context_mark" if "expected ':'" in problem else "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise DeclarationError(
            reference="invalid-yaml", where=f"{shown}:{line}", found=problem,
            fix="correct the YAML there: behind a key stand a colon in half width and a blank, and a text with a colon in it in"
            " quotation marks",
        ) from error  # fmt: skip
    builder = _Builder(shown)
    try:
        data = builder.build(node, ())
    except RecursionError as error:
        raise _too_deep(shown) from error
    raise_all(builder.faults)
    if not isinstance(data, dict):
        raise DeclarationError(
            reference="invalid-yaml", where=f"{shown}:1", expected="a mapping at the top level",
            fix="begin with a key, as `year: 2024`",
        )  # fmt: skip
    return YamlDocument(path=path, data=data, positions=builder.positions)


def read_declared_text(path: Path) -> str:
    """The text of a declaration. Raises DeclarationError, with the line, for what is no UTF-8, no file, or absent."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DeclarationError(
            reference="missing-declaration", where=str(path), fix="create the file, or correct the year"
        ) from error
    except OSError as error:
        raise DeclarationError(
            reference="unreadable-declaration", where=str(path), found=error.strerror or str(error), expected="a text file",
            fix="put a file that can be read there",
        ) from error  # fmt: skip
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DeclarationError(
            reference="unreadable-declaration", where=f"{shown_path(path)}:{line}", found="bytes that are no UTF-8",
            expected="UTF-8, without which Japanese cannot be read", fix="save the file as UTF-8",
        ) from error  # fmt: skip


def _is_too_deep(text: str) -> bool:
    """Whether more lists and mappings lie in one another than are read; seen event by event, which needs no stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


def _too_deep(shown: str) -> DeclarationError:
    return DeclarationError(
        reference="invalid-yaml", where=f"{shown}:1",
        found=f"lists or mappings that contain themselves, or more than {DEEPEST} in one another", fix="write out what is meant",
    )  # fmt: skip


class _Builder:
    """Python data from YAML nodes, with the place of every node; a duplicate key is a fault."""

    def __init__(self, shown: str) -> None:
        self.positions: dict[KeyPath, Position] = {}
        self.faults: list[DeclarationError] = []
        self._shown = shown
        self._count = 0
        self._scalars = SafeConstructor()

    def build(self, node: yaml.Node | None, key_path: KeyPath) -> Any:
        if node is None:
            return {}
        self._count += 1
        if self._count > MOST_VALUES:
            raise DeclarationError(
                reference="invalid-yaml", where=f"{self._shown}:{node.start_mark.line + 1}", found="values that aliases repeat without end",
                expected=f"at most {MOST_VALUES:,} values", fix="write out what is meant, without & and *",
            )  # fmt: skip
        self.positions[key_path] = self._place(node)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
            self._add_fault(node, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key_path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*key_path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        """A value, or None with a fault where it is none, as 2024-02-30, or what no text can show."""
        try:
            value = self._scalars.construct_object(node)
        except (ValueError, TypeError, AttributeError, KeyError, yaml.YAMLError):
            self._add_fault(node, f"{node.value}: no {node.tag.removeprefix('tag:yaml.org,2002:')}")
            return None
        if isinstance(value, int | float) and ":" in node.value:
            self._add_fault(node, f"{node.value}: a number to the base of sixty")
        if isinstance(value, int) and value.bit_length() > WIDEST_INTEGER:
            self._add_fault(node, "a number larger than any table holds")
            return None
        if isinstance(value, str) and (control := UNFIT.search(value)):
            self._add_fault(node, f"the control character {control.group()!r}")
        return value

    def _add_fault(self, node: yaml.Node, found: str) -> None:
        file, line = self._place(node)
        self.faults.append(DeclarationError(
            reference="invalid-yaml", where=f"{file}:{line}", found=found, fix="correct the value there",
        ))  # fmt: skip

    def _mapping(self, node: yaml.MappingNode, key_path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            file, line = self._place(key_node)
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self.faults.append(DeclarationError(
                    reference="invalid-yaml", where=f"{file}:{line}", expected="a word",
                    found=f"the key {key}" if isinstance(key, str) else "a key that is a list or a mapping",
                    fix="write every key as a word; to share keys between years, use based_on",
                ))  # fmt: skip
                continue
            if key in mapping:
                self.faults.append(DeclarationError(
                    reference="duplicate-key", where=f"{file}:{line}", found=str(key),
                    fix="keep one of the two entries",
                ))  # fmt: skip
            mapping[key] = self.build(value_node, (*key_path, key))
            self.positions[(*key_path, key)] = file, line
        return mapping

    def _place(self, node: yaml.Node) -> Position:
        return self._shown, node.start_mark.line + 1


def read_year(folder: Path, year: int) -> YamlDocument:
    """Read `folder/<year>.yaml`; where it says `based_on: <year>`, overlay it on that document.

    Mappings merge key by key, where null removes a key; lists of mappings with `id` merge by id, where `drop: true` removes
    an entry; every other value is replaced. Raises DeclarationError for a chain that refers to itself.
    """
    return _read_chain(folder, year, ())


def _read_chain(folder: Path, year: int, seen: tuple[int, ...]) -> YamlDocument:
    document = read_yaml(folder / f"{year}.yaml")
    own_year, base_year = document.data.get("year", year), document.data.get("based_on")
    if own_year != year:
        raise DeclarationError(
            reference="year-of-another-file", where=document.where(("year",)), found=shorten(own_year), expected=str(year),
            fix="correct the year, or rename the file",
        )  # fmt: skip
    if base_year is None:
        return document
    if not isinstance(base_year, int):
        raise DeclarationError(
            reference="invalid-based-on", where=document.where(("based_on",)), found=str(base_year), expected="a year",
            fix="write the year whose file this one changes",
        )  # fmt: skip
    if base_year == year or base_year in seen:
        raise DeclarationError(
            reference="circular-based-on", where=document.where(("based_on",)), found=str(base_year),
            expected="a year that is not based on this one", fix="let one of the years stand alone, without based_on",
        )  # fmt: skip
    base = _read_chain(folder, base_year, (*seen, year))
    positions: dict[KeyPath, Position] = {}
    faults: list[DeclarationError] = []
    own = {key: value for key, value in document.data.items() if key != "based_on"}
    data = _merge(base, base.data, (), document, own, (), positions, (), faults)
    raise_all(faults)
    return YamlDocument(path=document.path, data=data, positions=positions)


def _copy_positions(
    source: YamlDocument, source_path: KeyPath, target: dict[KeyPath, Position], target_path: KeyPath
) -> None:
    size = len(source_path)
    for path, position in source.positions.items():
        if path[:size] == source_path:
            target[(*target_path, *path[size:])] = position


def _merge(
    base: YamlDocument,
    base_value: Any,
    base_path: KeyPath,
    over: YamlDocument,
    over_value: Any,
    over_path: KeyPath,
    positions: dict[KeyPath, Position],
    path: KeyPath,
    faults: list[DeclarationError],
) -> Any:
    if isinstance(base_value, dict) and isinstance(over_value, dict):
        positions[path] = over.positions.get(over_path, (shown_path(over.path), 1))
        merged: dict[str, Any] = {}
        for key in [*base_value, *(k for k in over_value if k not in base_value)]:
            child = (*path, key)
            if key in over_value and over_value[key] is None:
                continue
            if key not in over_value:
                merged[key] = base_value[key]
                _copy_positions(base, (*base_path, key), positions, child)
            elif key not in base_value:
                merged[key] = over_value[key]
                _copy_positions(over, (*over_path, key), positions, child)
            else:
                merged[key] = _merge(
                    base, base_value[key], (*base_path, key),
                    over, over_value[key], (*over_path, key), positions, child, faults,
                )  # fmt: skip
        return merged
    if _has_ids(base_value) and _has_ids(over_value):
        return _merge_by_id(base, base_value, base_path, over, over_value, over_path, positions, path, faults)
    _copy_positions(over, over_path, positions, path)
    return over_value


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _merge_by_id(
    base: YamlDocument,
    base_items: list[dict[str, Any]],
    base_path: KeyPath,
    over: YamlDocument,
    over_items: list[dict[str, Any]],
    over_path: KeyPath,
    positions: dict[KeyPath, Position],
    path: KeyPath,
    faults: list[DeclarationError],
) -> list[Any]:
    overlays = {item["id"]: (i, item) for i, item in enumerate(over_items)}
    merged: list[Any] = []
    for i, item in enumerate(base_items):
        j, overlay = overlays.pop(item["id"], (None, None))
        child = (*path, len(merged))
        if overlay is None or j is None:
            merged.append(item)
            _copy_positions(base, (*base_path, i), positions, child)
        elif not overlay.get("drop"):
            merged.append(_merge(base, item, (*base_path, i), over, overlay, (*over_path, j), positions, child, faults))
    for j, item in overlays.values():
        if item.get("drop"):
            faults.append(
                DeclarationError(
                    reference="nothing-to-drop",
                    where=over.where((*over_path, j)),
                    found=str(item["id"]),
                    expected="an id of the document this one is based on",
                    fix="correct the id, or remove the entry",
                )
            )
            continue
        _copy_positions(over, (*over_path, j), positions, (*path, len(merged)))
        merged.append(item)
    return merged


def shorten(value: Any, limit: int = 80) -> str:
    """A value as errors show it, in so many letters at most."""
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def find_year_file(folder: Path, year: int, suffix: str) -> Path:
    """The file of the year, else of the nearest year that has one: texts may serve several years.

    Raises DeclarationError when the folder holds none.
    """
    years = {int(path.stem): path for path in folder.glob(f"[0-9]*{suffix}") if path.stem.isdecimal()}
    if not years:
        raise DeclarationError(
            reference="missing-declaration", where=str(folder), expected=f"<year>{suffix}", fix="create the file"
        )
    return years[min(years, key=lambda other: (abs(other - year), other))]
