"""The document model: every output renders from it, and each numeral in it knows where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["title", "heading", "paragraph", "item", "notice"]
SourceKind = Literal["figure", "constant"]


@dataclass(frozen=True)
class Source:
    """What stands behind a run: a figure's field, or a declared constant such as the reference date."""

    kind: SourceKind
    id: str


@dataclass(frozen=True)
class Run:
    """A piece of text. `source` is None for words of the template or of the official's prose."""

    text: str
    source: Source | None = None


@dataclass(frozen=True)
class Block:
    """A heading (level 1-4), paragraph or list item; `number` is the heading's own, as （１）."""

    kind: BlockKind
    runs: tuple[Run, ...]
    level: int = 0
    number: str = ""

    @property
    def text(self) -> str:
        """The block as plain text, its number first."""
        return self.number + "".join(run.text for run in self.runs)


DIGEST_LABEL = "照合番号"


@dataclass(frozen=True)
class Document:
    """A whole report. `notices` stand at the top of every rendering, `watermark` on every page, `digest` at the end."""

    title: str
    blocks: tuple[Block, ...]
    notices: tuple[str, ...] = ()
    watermark: str | None = None
    digest: str | None = None
