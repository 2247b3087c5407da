"""The archive: every file that came in, under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib

from pipeline.home import Home
from schemas.errors import InputError


def archived_bytes(home: Home, sha256: str) -> bytes:
    """The bytes that were received. Raises InputError where the archive holds others, or none."""
    path = home.archived(sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            reference="broken-archive", where=str(path), found="bytes that are not those received",
            expected=f"SHA-256 {sha256}", fix="restore the file from a backup",
        )  # fmt: skip
    return content
