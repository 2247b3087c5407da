"""Waivers in a home of the second survey."""

from __future__ import annotations

from pipeline.home import Home
from tests.conftest import SECOND_YEAR


def waive(home: Home, findings: list[str], *, expires: str = "2025-12-31") -> None:
    """Let these findings pass, in a waiver called non-response."""
    listed = "".join(f'\n      - "{finding}"' for finding in findings)
    text = (
        f"year: {SECOND_YEAR}\nwaivers:\n  - id: non-response\n    findings:{listed}\n    reason: 期限までに回答がない\n"
        f"    authority: 課長\n    granted: 2025-06-01\n    expires: {expires}\n"
    )
    home.waivers(SECOND_YEAR).parent.mkdir(parents=True, exist_ok=True)
    home.waivers(SECOND_YEAR).write_text(text, encoding="utf-8")
