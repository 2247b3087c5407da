"""What a benchmark prints: figures, each with the limit that it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Line:
    """One figure of the benchmark; without a limit it is only told."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_kept(self) -> bool:
        """True where there is no limit or the value is not above it."""
        return self.limit is None or self.value <= self.limit


def print_lines(lines: Sequence[Line], console: Console) -> bool:
    """Print a table; True where every limit is kept."""
    table = Table(box=None, header_style="bold")
    for heading in ("what", "value", "", "limit", ""):
        table.add_column(heading, justify="right" if heading in ("value", "limit") else "left")
    for line in lines:
        limit = "" if line.limit is None else f"{line.limit:g}"
        kept = "" if line.limit is None else "kept" if line.is_kept else "[red]EXCEEDED[/]"
        table.add_row(line.what, f"{line.value:.2f}", line.unit, limit, kept)
    console.print(table)
    return all(line.is_kept for line in lines)


def site_lines(site: dict[str, Any], seconds: float) -> list[Line]:
    """The first page is soon there, and no page is large but for its data."""
    return [
        Line(f"first of {site['pages']} pages of the site, opened from disk", site["first_page"], "s", seconds),
        Line("  the largest before its data, with what it loads", site["largest_page"] / MEGABYTE, "MB", 1),
    ]
