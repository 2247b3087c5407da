"""What a full disk or a folder that may not be written to looks like, from whichever library it comes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from schemas.errors import InputError

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
_WORDS = tuple(os.strerror(number) for number in _NUMBERS)
"""DuckDB and dbt give the system's words and no number."""


def storage_fault(text: str) -> str | None:
    """The system's words for a place that cannot be written to, where a text holds them."""
    return next((words for words in _WORDS if words in text), None)


def as_storage_error(error: BaseException, home: str) -> InputError | None:
    """The error of the product for one that comes from a full disk or from a place that may not be written to.

    None where it, and what it was raised from, come from anything else.
    """
    for one in _chain(error):
        if found := storage_fault(str(one)):
            return InputError(
                reference="cannot-write", where=str(getattr(one, "filename", None) or home), found=found,
                expected="room, and the right to write there",
                fix="make room or correct the rights, then run the command again; what was published is as it was",
            )  # fmt: skip
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
