"""Old containers: an .xls, or a workbook behind a password, which is opened with those that are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

from pipeline.workbooks.biff import is_encrypted
from pipeline.workbooks.container import cells_stream, open_container
from pipeline.workbooks.limits import UnreadableWorkbookError, damaged, expands_too_far, has_entities, not_excel

ALWAYS = "VelvetSweatshop"
"""The password that Excel itself sets and tries, where a workbook is only protected against changes."""
MAX_ROUNDS = 1_000_000
"""How often a file may have a password hashed; Excel has it 100,000 times."""
_ROUNDS = re.compile(rb"spinCount\s*=\s*[\"'](\d+)")
_PACKAGE, _INFO = "EncryptedPackage", "EncryptionInfo"


def locked() -> UnreadableWorkbookError:
    """The refusal of a file that no password opens."""
    return UnreadableWorkbookError(
        "encrypted",
        "パスワード付きのファイルで、開けるパスワードが登録されていません。パスワードが分かる場合は passwords.yaml に書いてから"
        "もう一度受け付けてください。分からない場合は、パスワードを外して再提出してもらってください。",
    )


def unlock(content: bytes, passwords: Sequence[str]) -> tuple[bytes, bool]:
    """The bytes of the workbook in an old container, and whether it took a password that somebody set.

    An .xls without a password is given back as it came. Raises UnreadableWorkbookError where no password opens the file,
    or where it holds no workbook; and OSError and ValueError for damaged bytes.
    """
    with open_container(content) as file:
        if file.exists(_PACKAGE):
            info = file.openstream(_INFO).read() if file.exists(_INFO) else b""
            _judge_info(info)
        else:
            stream = cells_stream(content)
            if stream is None:
                raise not_excel()
            if not is_encrypted(stream):
                return content, False
    for password in (ALWAYS, *passwords):
        opened = _opened_with(content, password)
        if opened is not None:
            if len(opened) > 2 * len(content):
                raise expands_too_far()
            return opened, password != ALWAYS
    raise locked()


def _judge_info(info: bytes) -> None:
    """How the file is encrypted, before a library reads it. Raises UnreadableWorkbookError for what would take too long."""
    if not info:
        raise locked()
    if b"<!DOCTYPE" in info or b"<!ENTITY" in info:
        raise has_entities()
    if any(int(rounds) > MAX_ROUNDS for rounds in _ROUNDS.findall(info)):
        raise locked()


def _opened_with(content: bytes, password: str) -> bytes | None:
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError

    target = BytesIO()
    try:
        file = msoffcrypto.OfficeFile(BytesIO(content))
        verify = {"verify_password": True} if file.format == "ooxml" else {}
        try:
            file.load_key(password=password, **verify)
        except DecryptionError:
            return None
        file.decrypt(target)
    except Exception as error:
        # On damaged bytes it raises whatever comes, also what the libraries below it do.
        raise damaged() from error
    return target.getvalue()
