"""The watermarked draft of a report: always written, also when the gate refuses, and never a release."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.home import Home, write_atomically
from pipeline.publish.document import constant, words
from pipeline.publish.report import compose_report, write_report
from schemas.survey import Survey, YearDeclarations


def write_draft(home: Home, survey: Survey, declarations: YearDeclarations, gate: dict[str, Any]) -> Path:
    """Write the draft to the home's drafts; returns its folder."""
    verdict = "公表前審査に合格" if gate["verdict"] == "passed" else "公表前審査は未合格"
    counts = gate["open_findings"]
    watermark = words(
        "案（", constant(gate["returns_expected"], "gate: returns_expected"), "市町村中",
        constant(gate["returns_received"], "gate: returns_received"), "市町村回答、未解決のエラー",
        constant(counts["error"], "gate: open errors"), "件・警告", constant(counts["warning"], "gate: open warnings"),
        f"件、{verdict}）",
    )  # fmt: skip
    document = compose_report(home.warehouse, survey, declarations, gate, watermark=watermark)
    folder = home.drafts(declarations.year)
    write_report(document, folder, created=datetime.fromisoformat(gate["as_of"]))
    write_atomically(home.draft_inputs(declarations.year), gate["fingerprint"].encode())
    return folder
