"""What a run says of returns, findings and the gate: counts and codes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipeline.collect.ledger import Receipt
from pipeline.observe.record import RunLog

SEVERITIES = ("error", "warning", "info")


def tell_receipts(log: RunLog, receipts: Iterable[Receipt]) -> None:
    """Say of every file that came whether it was taken; the receipt's number in the ledger leads to its name."""
    for receipt in receipts:
        code = receipt.municipality_code
        if receipt.event == "accepted":
            log.say(
                "return_taken", municipality_code=code, receipt=receipt.seq, is_newer=receipt.supersedes is not None
            )
        elif receipt.event == "rejected":
            log.say(
                "return_refused", level=logging.WARNING, municipality_code=code, receipt=receipt.seq, reason=receipt.reason
            )  # fmt: skip
        else:
            log.say("file_recorded", municipality_code=code, receipt=receipt.seq, kind=receipt.event)


def tell_findings(log: RunLog, findings: pl.DataFrame) -> None:
    """Say how many findings of each severity there are of every return that has any, and of all together."""
    counts = findings.group_by("municipality_code", "severity").len().sort("municipality_code", "severity")
    by_code: dict[str | None, dict[str, int]] = {}
    for code, severity, count in counts.iter_rows():
        by_code.setdefault(code, dict.fromkeys(SEVERITIES, 0))[severity] = count
    for code, own in by_code.items():
        if code is not None:
            log.say("findings_of_return", municipality_code=code, **own)
    log.say("findings_found", **{word: sum(own[word] for own in by_code.values()) for word in SEVERITIES})


def tell_gate(log: RunLog, manifest: Mapping[str, Any]) -> None:
    """Say what the gate decided, and on what; its findings are those of returns and of figures."""
    log.say(
        "gate_judged", level=logging.INFO if manifest["verdict"] == "passed" else logging.WARNING, verdict=manifest["verdict"],
        returns_received=manifest["returns_received"], returns_expected=manifest["returns_expected"],
        blocking=len(manifest["blocking"]), waived=len(manifest["waived"]), **manifest["findings"],
    )  # fmt: skip
