"""What respondents typed, as a table for machines has it: without blanks for the look, and in letters that every machine shows."""

from __future__ import annotations

import re
from unicodedata import normalize

import polars as pl

from pipeline.publish.standards.texts import is_spaced_out, letters_of_machine

_BLANKS = re.compile(r"\s+")


def plain_texts(table: pl.DataFrame) -> pl.DataFrame:
    """The table with its texts in one line, and signs such as ① and ㈱ written out; nothing else changes."""
    changed = []
    for column in table.select(pl.col(pl.String)).iter_columns():
        texts = column.drop_nulls().unique()
        plain = {text: said for text in texts if (said := plain_text(text)) != text}
        if plain:
            changed.append(column.replace(plain).replace("", None))
    return table.with_columns(changed)


def plain_text(text: str) -> str:
    """A text in one line, without blanks at its ends, in a row or between single letters, and with signs written out."""
    for letter in letters_of_machine(text, "utf-8"):
        text = text.replace(letter, normalize("NFKC", letter))
    if is_spaced_out(text):
        text = _BLANKS.sub(" ", text).strip()
    return text.replace(" ", "") if is_spaced_out(text) else text
