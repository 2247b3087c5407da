"""The order in which findings are listed: the gravest first, then what would change a figure most."""

from __future__ import annotations

import polars as pl

from pipeline.audit.listing import list_findings
from pipeline.home import Home
from pipeline.tables import TABLES, frame, save
from pipeline.validate.judged import Judged, Judgements

YEAR = 2025


def test_findings_of_one_severity_begin_with_the_largest_effect(home: Home) -> None:
    judgements = Judgements(YEAR, "macro")
    effects = {
        "a": ("warning", None),
        "b": ("warning", 0.02),
        "c": ("warning", 0.4),
        "d": ("error", None),
        "e": ("warning", 0.4),
    }
    for subject, (severity, effect) in effects.items():
        judgements.doubt(
            Judged(
                "rule", severity, 3, "", "fail", subject=subject, figure_id="figure" if effect else None, effect=effect
            )
        )
    judgements.doubt(Judged("rule", "warning", 3, "", "unverifiable", subject="f"))
    empty = {name: frame(name, []) for name in TABLES}
    save(home, YEAR, {**empty, "findings": judgements.findings()})
    rows = list_findings(home, YEAR)
    assert [row["finding_id"][-1] for row in rows] == ["d", "c", "e", "b", "a", "f"]
    assert [(row["figure_id"], row["effect"]) for row in rows[1:4]] == [
        ("figure", 0.4),
        ("figure", 0.4),
        ("figure", 0.02),
    ]


def test_the_effect_is_kept_with_the_finding() -> None:
    judgements = Judgements(YEAR, "macro")
    judgements.doubt(Judged("rule", "warning", 3, "", "fail", effect=0.25))
    assert judgements.findings().select("effect").to_series().to_list() == [0.25]
    assert judgements.findings().schema["effect"] == pl.Float64
