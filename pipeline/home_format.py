"""The format of a home: which one a folder has, and whether this version may read it or write to it.

A home says its format in `home.json`, with the version that wrote this. What each number means, and what leads from one to
the next, is in `pipeline/upgrade`.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline import __version__
from schemas.errors import InputError

CURRENT = 2
"""The format that this version writes. It reads all before."""
FORMAT_FILE = "home.json"
_LISTS = ("ledger.jsonl", "releases.jsonl")
"""A home that has one of these is in use."""


class HomeFormat(BaseModel):
    """The content of `home.json`: the format, and the version that made the home or brought it to this format.

    What a later version adds is left alone: whether it can be read, the number alone says.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    format: int = Field(ge=2)
    made_with: str


def format_content(number: int) -> bytes:
    """The content of `home.json` for a format, written by this version."""
    return (json.dumps({"format": number, "made_with": __version__}) + "\n").encode()


def read_format(root: Path) -> int | None:
    """The format of a home, None of a folder that nothing was taken in or released in.

    Version 0.1.0 wrote no format: a home in use that says none has format 1. Raises InputError where what it says cannot be read,
    or is a format of a later version.
    """
    path = root / FORMAT_FILE
    try:
        said = HomeFormat.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return 1 if any((root / name).exists() for name in _LISTS) else None
    except (ValidationError, OSError) as error:
        raise InputError(
            reference="damaged-home-format", where=str(path), found="no format of a home",
            expected=f"a format and who wrote it, as {format_content(CURRENT).decode().strip()}", fix="restore the file from a backup",
        ) from error  # fmt: skip
    if said.format > CURRENT:
        raise InputError(
            reference="home-of-later-format", where=str(path), found=f"format {said.format}, written by Kyogikai {said.made_with}",
            expected=f"format {CURRENT} at most, which Kyogikai {__version__} knows",
            fix=f"install Kyogikai {said.made_with} or later, or name another home with --home or KYOGIKAI_HOME",
        )  # fmt: skip
    return said.format


def expect_current(root: Path) -> None:
    """Raise InputError unless this version writes a home's format; one of an earlier format is upgraded first, by a person."""
    number = read_format(root)
    if number is not None and number < CURRENT:
        raise InputError(
            reference="home-of-earlier-format", where=str(root), found=f"format {number}",
            expected=f"format {CURRENT}, which Kyogikai {__version__} writes",
            fix="keep a copy of the folder, then run `kyogikai upgrade`",
        )  # fmt: skip
