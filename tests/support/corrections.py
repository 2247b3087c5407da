"""Corrections in a home of the second survey."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from pipeline.home import Home
from schemas.survey import YearDeclarations


def correction(
    declarations: YearDeclarations, code: str, place: tuple[str, int, str | None], *, expect: Any, to: Any, **keys: Any
) -> dict[str, Any]:
    """One correction of the cell that (question, row, choice) names, as it would be declared."""
    slot = next(s for s in declarations.layout.slots if (s.question_id, s.row_no, s.choice) == place)
    return {
        "id": "by-telephone", "municipality": code, "sheet": slot.sheet, "cell": slot.address, "expect": str(expect), "to": str(to),
        "reason": "電話で確認した", "authority": "課長", "granted": "2025-06-01", "expires": "2025-12-31", **keys,
    }  # fmt: skip


def put_corrections(home: Home, year: int, *corrections: dict[str, Any]) -> None:
    """Write the year's corrections into the home."""
    path = home.corrections(year)
    path.parent.mkdir(parents=True, exist_ok=True)
    days = [{key: date.fromisoformat(c[key]) for key in ("granted", "expires") if key in c} for c in corrections]
    content = {"year": year, "corrections": [c | of for c, of in zip(corrections, days, strict=True)]}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
