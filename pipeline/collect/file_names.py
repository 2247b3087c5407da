"""What the name of a file that came in tells: whether anybody sent it, and what it reads."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from schemas.visible import visible

TEMPORARY_PREFIXES = ("~$", ".")
TEMPORARY_SUFFIXES = (".tmp", ".part", ".crdownload")
FOLDER_FILES = ("thumbs.db", "desktop.ini")


def is_temporary(path: PurePath) -> bool:
    """True for what nobody sends: files left while another is open or still being copied, or by a folder's own view."""
    name = path.name.lower()
    return name.startswith(TEMPORARY_PREFIXES) or name.endswith(TEMPORARY_SUFFIXES) or name in FOLDER_FILES


def readable_name(path: Path) -> str:
    """A file's name as text; where it is no UTF-8, as after unpacking an archive made on Windows, read as Shift_JIS.

    Letters that nobody sees are told by their numbers: whoever sends a file names it.
    """
    name = os.fsencode(path.name)
    try:
        return visible(name.decode("utf-8"))
    except UnicodeDecodeError:
        return visible(name.decode("cp932", errors="replace"))
