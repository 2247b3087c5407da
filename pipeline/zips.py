"""ZIP files, as .docx and .xlsx are, whose bytes follow from what is in them alone: writers stamp the time of writing in."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def normalise_zip_bytes(content: bytes, edits: Mapping[str, Callable[[bytes], bytes]] | None = None) -> bytes:
    """Return the same entries in the same order, without times and with fixed permissions.

    `edits` change the content of entries, by their names.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, FIXED_TIME)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            fixed.create_system = 3
            text, edit = source.read(entry), (edits or {}).get(entry.filename)
            target.writestr(fixed, edit(text) if edit else text, compresslevel=6)
    return buffer.getvalue()


def normalise_zip(path: Path, edits: Mapping[str, Callable[[bytes], bytes]] | None = None) -> None:
    """Normalise a docx or xlsx file in place, with these edits of its parts."""
    path.write_bytes(normalise_zip_bytes(path.read_bytes(), edits))
