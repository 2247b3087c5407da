"""Writing what replies decided into the reviewed files of decisions, beside what people wrote there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.home import write_atomically
from schemas.errors import InputError


def append_decisions(path: Path, year: int, kind: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Add entries at the end of a year's file of decisions, whose `kind` is its list: corrections or waivers.

    What people wrote there stays as it is, comments included. Raises InputError where the file is not written so that lines
    can be added at its end; nothing is written then.
    """
    if not entries:
        return
    text = path.read_bytes().decode() if path.exists() else f"year: {year}\n{kind}:\n"
    line_end = "\r\n" if "\r\n" in text else "\n"
    before = text.replace("\r\n", "\n")
    known = yaml.safe_load(before) if path.exists() else {}
    listed = list((known or {}).get(kind) or ())
    if not listed:
        lines = [line for line in before.splitlines() if not line.startswith(f"{kind}:")]
        before = "\n".join([*lines, f"{kind}:"])
    after = before.rstrip("\n") + "\n" + _as_lines(entries, _indent(before))
    try:
        found = yaml.safe_load(after)
    except yaml.YAMLError:
        found = None
    expected = {**(known or {"year": year}), kind: [*listed, *(dict(entry) for entry in entries)]}
    if found != expected:
        raise InputError(
            reference="cannot-append", where=str(path), found=f"a file to whose list of {kind} no line can be added",
            expected=f"{kind}: as the last key, each entry beginning with '- ' on a line of its own",
            fix="write the file so; no reply was taken, collect them again then",
        )  # fmt: skip
    write_atomically(path, after.replace("\n", line_end).encode())


def _indent(text: str) -> str:
    """How far the entries of the list stand from the margin."""
    first = next((line for line in text.splitlines() if line.lstrip().startswith("- ")), "  - ")
    return first[: len(first) - len(first.lstrip())]


def _as_lines(entries: Sequence[Mapping[str, Any]], indent: str) -> str:
    dumped = yaml.safe_dump(
        [dict(entry) for entry in entries], allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000
    )
    return "".join(f"{indent}{line}\n" if line else "\n" for line in dumped.splitlines())
