"""SHA-256 of files and texts, by which the product knows bytes again."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(*parts: str) -> str:
    """SHA-256 of texts, each on a line of its own, in hexadecimal digits."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits; the file is not held in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
