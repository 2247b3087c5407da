"""Names as parts of the names of files that the product writes."""

from __future__ import annotations

import re

_NOT_IN_A_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def file_title(name: str) -> str:
    """A name without what no file's name may have on some system."""
    return _NOT_IN_A_FILE_NAME.sub("_", name)
