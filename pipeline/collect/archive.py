"""The archive: every file that came in, under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib

from pipeline.collect.ledger import Receipt
from pipeline.home import Home
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Workbook
from schemas.errors import InputError
from schemas.passwords import Passwords


def archived_bytes(home: Home, sha256: str) -> bytes:
    """The bytes that were received. Raises InputError where the archive holds others, or none."""
    path = home.archived(sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            reference="broken-archive", where=str(path), found="bytes that are not those received",
            expected=f"SHA-256 {sha256}", fix="restore the file from a backup",
        )  # fmt: skip
    return content


def open_return(home: Home, receipt: Receipt, passwords: Passwords) -> Workbook:
    """An archived return that was accepted.

    Raises InputError where the archive holds other bytes, or where its password is known no more.
    """
    content = archived_bytes(home, receipt.sha256)
    try:
        return open_workbook(content, passwords.likely([receipt.municipality_code or ""]))
    except UnreadableWorkbookError as error:
        if error.reason != "encrypted":
            raise
        raise InputError(
            reference="password-gone", where=str(home.archived(receipt.sha256)),
            found=f"'{receipt.file_name}' of {receipt.municipality_code}, locked", expected="the password it was accepted with",
            fix=f"write the password into {home.passwords} below '{receipt.municipality_code}', then run again",
        ) from None  # fmt: skip
