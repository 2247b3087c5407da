"""The compound file in which an .xls, or a workbook behind a password, lies."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import olefile

SIGNATURE = b"\xd0\xcf\x11\xe0"
_CELLS = ("Workbook", "Book")
"""Names of the stream with the cells, of Excel 97 and of Excel 5."""
_MACROS = "_VBA_PROJECT_CUR"
_SECTORS = (b"\x09\0\x06\0", b"\x0c\0\x06\0")
"""Sizes of sectors, large and small, that the format allows, as they stand in the header: as powers of two."""


def open_container(content: bytes) -> olefile.OleFileIO[str]:
    """The compound file in these bytes, to be closed. Raises OSError for damaged ones."""
    import olefile

    if content[30:34] not in _SECTORS:
        raise OSError("sectors of no size that the format allows")
    return olefile.OleFileIO(BytesIO(content))


def cells_stream(content: bytes) -> bytes | None:
    """The records of an .xls, None where the file is of another kind. Raises OSError for damaged bytes."""
    with open_container(content) as file:
        name = next((name for name in _CELLS if file.exists(name)), None)
        if name is None:
            return None
        found: bytes = file.openstream(name).read()
        return found


def has_macro_storage(content: bytes) -> bool:
    """Whether an .xls holds programs. Raises OSError for damaged bytes."""
    with open_container(content) as file:
        return bool(file.exists(_MACROS))
