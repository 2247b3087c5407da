"""The ledger: an append-only, hash-chained list of everything that was received."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipeline.home import write_atomically
from schemas.errors import InputError

Event = Literal["accepted", "rejected", "duplicate", "unpacked", "reply", "withdrawn"]
GENESIS = "0" * 64
_LATER = {"evidence": None, "issue": None, "by": None, "format": None, "notes": ()}
"""Fields that older ledgers do not know, with what they stand for there: so they are in no hash."""


class Receipt(BaseModel):
    """One line of the ledger. `received_at` is written once, when the file is first seen.

    `evidence` says in Japanese what shows whose an accepted return is; `issue` is the number of the query sheet that a reply
    is to; `by` is who withdrew a return.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
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
    previous_hash: str
    hash: str

    def computed_hash(self) -> str:
        """SHA-256 over every other field, the previous line's hash among them; later ones only where they have a value."""
        absent = {name for name, default in _LATER.items() if getattr(self, name) == default}
        content = self.model_dump(exclude={"hash", *absent})
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_ledger(path: Path) -> list[Receipt]:
    """Read the ledger and check its chain; an absent ledger is empty.

    Raises InputError that names the first line that is damaged or does not follow from the line before.
    """
    if not path.exists():
        return []
    receipts: list[Receipt] = []
    previous = GENESIS
    for number, line in enumerate(path.read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        try:
            receipt = Receipt.model_validate_json(line)
        except ValueError as error:
            raise _broken(path, number, "the line is damaged") from error
        if receipt.previous_hash != previous or receipt.hash != receipt.computed_hash():
            raise _broken(path, number, "the hash chain is broken")
        receipts.append(receipt)
        previous = receipt.hash
    return receipts


def _broken(path: Path, line: int, found: str) -> InputError:
    return InputError(
        reference="broken-ledger", where=f"{path}:{line}", found=found,
        expected="a line that carries the hash of the line before",
        fix="restore the ledger from a backup; never edit it by hand",
    )  # fmt: skip


def append_receipts(path: Path, receipts: Sequence[Receipt]) -> None:
    """Add lines at the end of the ledger; all of them are on disk, or none."""
    if receipts:
        before = path.read_bytes() if path.exists() else b""
        lines = "".join(f"{receipt.model_dump_json(exclude_none=False)}\n" for receipt in receipts)
        write_atomically(path, before + lines.encode())


def chain(previous: Sequence[Receipt], drafts: Sequence[dict[str, object]]) -> list[Receipt]:
    """Turn drafts without number and hash into receipts that continue the chain."""
    receipts: list[Receipt] = []
    last_hash = previous[-1].hash if previous else GENESIS
    seq = previous[-1].seq if previous else 0
    for draft in drafts:
        seq += 1
        open_receipt = Receipt.model_validate({**draft, "seq": seq, "previous_hash": last_hash, "hash": ""})
        receipt = open_receipt.model_copy(update={"hash": open_receipt.computed_hash()})
        receipts.append(receipt)
        last_hash = receipt.hash
    return receipts


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
