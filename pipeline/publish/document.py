"""The document model: every output renders from it, and each numeral in it knows where it comes from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from schemas.visible import fit_for_documents

BlockKind = Literal["heading", "paragraph", "item", "table"]
SourceKind = Literal["figure", "mart", "constant"]
FigureField = Literal["display", "unit", "label", "members", "shown"]
"""A figure's field that is printed; `shown` is its display with its unit."""


NUMERALS = ("Nd", "Nl", "No")
"""Unicode categories: digits, letters such as Ⅲ, and others such as ①."""


def is_numeral(letter: str) -> bool:
    """Whether a letter is a digit of any script, one such as ③, or holds one, as ㋀ does. 〇 is a mark."""
    return letter != "〇" and any(
        unicodedata.category(one) in NUMERALS for one in letter + unicodedata.normalize("NFKC", letter)
    )


@dataclass(frozen=True)
class Source:
    """What stands behind a run: a figure's field, a cell of a table of the release, or a declared constant.

    `id` is a figure's id, with `@r1` behind it where the figure is another release's; a table's name with row and column; or
    the constant's name, as reference_date. `field` is that of a figure.
    """

    kind: SourceKind
    id: str
    field: FigureField | None = None


@dataclass(frozen=True)
class Run:
    """A piece of text. `source` is None for words of the template or of the official's prose, which hold no numeral.

    Letters that no document may hold are told by their numbers, in every format alike.
    """

    text: str
    source: Source | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", fit_for_documents(self.text))


@dataclass(frozen=True)
class Words:
    """Pieces of text that stand together."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "".join(run.text for run in self.runs)


def words(*parts: str | Run) -> Words:
    """Words of plain texts, which hold no numeral, and of runs with a source."""
    return Words(tuple(Run(part) if isinstance(part, str) else part for part in parts))


def constant(text: object, name: str) -> Run:
    """A declared constant of this name."""
    return Run(str(text), Source("constant", name))


def figure_field(text: str, figure_id: str, field: FigureField) -> Run:
    """A field of a figure, as it is printed."""
    return Run(text, Source("figure", figure_id, field))


@dataclass(frozen=True)
class Table:
    """The heads of a table's columns, and its rows of as many cells.

    `shares` are those of the width that the columns take, together 1; without them they follow from what the columns hold.
    """

    header: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Block:
    """A heading (level 1-4), paragraph, list item, or a table, which has no runs; `number` is the heading's own, as （１）."""

    kind: BlockKind
    runs: tuple[Run, ...]
    level: int = 0
    number: str = ""
    table: Table | None = None

    @property
    def words(self) -> Words:
        """The block's words, its number first: a constant that follows from the headings before it."""
        return Words((constant(self.number, "heading number"), *self.runs)) if self.number else Words(self.runs)

    @property
    def text(self) -> str:
        """The block as plain text, its number first."""
        return self.words.text

    @property
    def places(self) -> tuple[Words, ...]:
        """The words of each of its places: one, or every cell of a table, row by row from its header."""
        if self.table is None:
            return (self.words,)
        return tuple(cell for row in (self.table.header, *self.table.rows) for cell in row)


@dataclass(frozen=True)
class Document:
    """A whole report. `notices` stand at the top of every rendering, `watermark` on every page, `closing` lines at the end."""

    title: Words
    blocks: tuple[Block, ...]
    notices: tuple[Words, ...] = ()
    watermark: Words | None = None
    closing: tuple[Words, ...] = ()
