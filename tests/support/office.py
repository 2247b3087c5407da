"""Files as LibreOffice writes them, since no library writes them as an office program does."""

from __future__ import annotations

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=32)
def saved_as(content: bytes, suffix: str, *, source_suffix: str = "xlsx") -> bytes:
    """A workbook, saved by LibreOffice as another kind of file: xls, ods, xlsx."""
    with tempfile.TemporaryDirectory(prefix="kyogikai-office-") as place:
        folder = Path(place)
        source = folder / "in" / f"book.{source_suffix}"
        source.parent.mkdir()
        source.write_bytes(content)
        subprocess.run(
            [  # noqa: S607
                "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
                "--convert-to", suffix, "--outdir", str(folder), str(source),
            ],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        return (folder / f"book.{suffix}").read_bytes()
