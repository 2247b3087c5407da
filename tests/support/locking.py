"""A workbook with a password, as Excel saves one."""

from __future__ import annotations

from io import BytesIO

import olefile
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from tests.support.biff import wrapped


def lock(content: bytes, password: str) -> bytes:
    """The bytes of an .xlsx encrypted with a password."""
    locked: bytes = ECMA376Agile.encrypt(password, BytesIO(content))
    return locked


def with_info(content: bytes, old: bytes, new: bytes) -> bytes:
    """A locked workbook that says otherwise how it is locked."""
    with olefile.OleFileIO(BytesIO(content)) as file:
        info, package = (file.openstream(name).read() for name in ("EncryptionInfo", "EncryptedPackage"))
    assert old in info
    return wrapped(EncryptionInfo=info.replace(old, new), EncryptedPackage=package)
