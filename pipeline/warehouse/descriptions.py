"""The notation in which dbt's YAML describes tables and columns: `Japanese | English`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.errors import DeclarationError

SEPARATOR = " | "
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Description:
    """What is said of a table or column, in both languages."""

    ja: str
    en: str


def split_description(text: str, where: str) -> Description:
    """The two languages of a description; `where` names its file, table and column for an error.

    Raises DeclarationError where the bar or a part is missing, or where the first part is not Japanese.
    """
    ja, _, en = (part.strip() for part in text.partition(SEPARATOR))
    if ja and en and _JAPANESE.search(ja):
        return Description(ja, en)
    raise DeclarationError(
        reference="one-language-description", where=where, found=text or "nothing",
        expected="both languages in one text: Japanese | English, as 調査年 | Survey year.",
        fix="write the part that is missing in the key `description`",
    )  # fmt: skip
