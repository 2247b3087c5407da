"""CSV as Excel expects it in Japan."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from schemas.visible import UNSEEN

# The full-width ones count as formulas too where Excel speaks Japanese, but alone they are no more than a dash.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDE_FORMULA_STARTS = ("＝", "＋", "－", "＠")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """CSV as Excel expects it in Japan: UTF-8 with BOM, CRLF; a text that would become a formula is disarmed."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([csv_value(name) for name in header])
    writer.writerows([csv_value(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def csv_value(value: Any) -> Any:
    """A value as a cell of a CSV file has it."""
    if isinstance(value, str):
        return f"'{value}" if _is_formula(value) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula, whatever blanks and unseen letters it passes over before."""
    if text[:1].isalnum():
        return False
    seen = UNSEEN.sub("", text).lstrip()
    is_wide = len(seen) > 1 and seen.startswith(WIDE_FORMULA_STARTS)
    return is_wide or text.startswith(FORMULA_STARTS) or seen.startswith(FORMULA_STARTS)
