"""Withdrawing a return: the municipality takes it back, and no return of its counts until it sends another."""

from __future__ import annotations

from pipeline.chained import append_lines, chain
from pipeline.clock import Clock, now
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.home import Home
from schemas.errors import UsageError


def withdraw_return(home: Home, year: int, code: str, *, by: str, reason: str, clock: Clock = now) -> Receipt:
    """Record that the return that counts for a municipality is withdrawn; it stays in the archive.

    Raises UsageError where no return of the municipality counts. The caller holds the home's writer lock.
    """
    ledger = read_ledger(home.ledger)
    counting = current_returns(ledger, year).get(code)
    if counting is None:
        raise UsageError(
            reference="nothing-to-withdraw", where=code, found=f"no return of {year} that counts",
            expected="the six-digit code of a municipality whose return came", fix=f"see `kyogikai status {year}`",
        )  # fmt: skip
    draft: dict[str, object] = {
        "received_at": clock().isoformat(), "event": "withdrawn", "year": year, "file_name": counting.file_name,
        "sha256": counting.sha256, "size": counting.size, "municipality_code": code,
        "is_synthetic": counting.is_synthetic, "message": reason, "by": by,
    }  # fmt: skip
    (receipt,) = chain(ledger, [draft], Receipt)
    append_lines(home.ledger, [receipt])
    return receipt
