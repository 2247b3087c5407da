"""The short digest that a printed report carries: it stands for all that the report was made from.

A forged release can carry a whole chain of hashes that fit one another; it cannot fit a digest that is printed already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

BYTES = 10
GROUP = 4


def report_digest(judged: Mapping[str, Any]) -> str:
    """The digest of a gate or a manifest: 80 bits of SHA-256 over `fingerprint` and `contents`, as ABCD-EFGH-IJKL-MNOP.

    Base32 (RFC 4648) has no 0, 1, 8 and 9, which print like letters.
    """
    said = json.dumps({key: judged[key] for key in ("fingerprint", "contents")}, ensure_ascii=False, sort_keys=True)
    text = base64.b32encode(hashlib.sha256(said.encode()).digest()[:BYTES]).decode()
    return "-".join(text[place : place + GROUP] for place in range(0, len(text), GROUP))


def is_same_digest(typed: str, digest: str) -> bool:
    """Whether a digest as somebody typed it, in whatever width and case and with whatever hyphens, is this one."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", typed).upper() if letter.isalnum())
    return letters == digest.replace("-", "")
