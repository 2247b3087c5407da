"""The ledger: an append-only, hash-chained list of everything that was received."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline.chained import ChainedLine, hash_of, read_chain

Event = Literal["accepted", "rejected", "duplicate", "unpacked", "reply", "withdrawn"]
_LATER = {"evidence": None, "issue": None, "by": None, "format": None, "notes": ()}
"""Fields that older ledgers do not know, with what they stand for there: so they are in no hash."""


class Receipt(ChainedLine):
    """One line of the ledger. `received_at` is written once, when the file is first seen.

    `evidence` says in Japanese what shows whose an accepted return is; `issue` is the number of the query sheet that a reply
    is to; `by` is who withdrew a return.
    """

    received_at: str
    event: Event
    year: int
    file_name: str
    sha256: str
    size: int
    municipality_code: str | None = None
    is_synthetic: bool = False
    supersedes: str | None = None
    reason: str | None = None
    cell: str | None = None
    message: str | None = None
    evidence: tuple[str, ...] | None = None
    issue: int | None = None
    by: str | None = None
    format: str | None = None
    notes: tuple[str, ...] = ()

    def computed_hash(self) -> str:
        """SHA-256 over every other field, the previous line's hash among them; later ones only where they have a value."""
        absent = {name for name, default in _LATER.items() if getattr(self, name) == default}
        content = self.model_dump(exclude={"hash", *absent})
        return hash_of(content)

    def written(self) -> str:
        """The line as it stands in the ledger, with every field."""
        return self.model_dump_json()


def read_ledger(path: Path) -> list[Receipt]:
    """Read the ledger and check its chain; an absent ledger is empty.

    Raises InputError that names the first line that is damaged or does not follow from the line before.
    """
    return read_chain(path, Receipt)


def current_returns(receipts: Sequence[Receipt], year: int) -> dict[str, Receipt]:
    """The return that counts for each municipality: the last one accepted, by municipality code; none that was withdrawn."""
    found: dict[str, Receipt] = {}
    for receipt in receipts:
        if receipt.year == year and receipt.municipality_code:
            if receipt.event == "accepted":
                found[receipt.municipality_code] = receipt
            elif receipt.event == "withdrawn":
                found.pop(receipt.municipality_code, None)
    return found
