"""What the styles of an .ods file say of its cells and sheets, where it changes what is read: letters struck out, hidden sheets."""

from __future__ import annotations

from typing import Any

from pipeline.workbooks.ods_text import OFFICE, STYLE, TABLE, TEXT

_LINES = (f"{STYLE}text-line-through-style", f"{STYLE}text-line-through-type")
_POSITION = f"{STYLE}text-position"
_DEEPEST = 50
"""Styles that rest on one another in a longer chain, or in a ring, are damaged."""

Style = tuple[str, str]
"""Family and name."""


class Looks:
    """The styles of a file, by family and name, with what they rest on."""

    def __init__(self) -> None:
        self._own: dict[Style, bool] = {}
        self._parents: dict[Style, Style] = {}
        self._hidden: set[str] = set()

    def add_common(self, document: Any) -> None:
        """Take in the styles that have names for people; the others of their file are for its page headers."""
        for styles in document.iter(f"{OFFICE}styles"):
            self.add(styles)

    def add(self, styles: Any) -> None:
        """Take in a list of styles."""
        for style in styles.iter(f"{STYLE}style"):
            family, name = style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")
            parent = style.get(f"{STYLE}parent-style-name")
            if parent:
                self._parents[family, name] = family, parent
            for properties in style:
                struck = _struck(properties.attrib)
                if struck is not None:
                    self._own[family, name] = struck
                if properties.get(f"{TABLE}display") == "false" and family == "table":
                    self._hidden.add(name)

    def is_hidden_table(self, name: str) -> bool:
        """Whether a sheet of this style is not shown."""
        return name in self._hidden

    def is_struck(self, name: str, family: str = "table-cell") -> bool:
        """Whether the letters of this style are struck out, raised or lowered. Raises ValueError for styles in a ring."""
        style: Style | None = (family, name)
        for _ in range(_DEEPEST):
            if style is None:
                return False
            if style in self._own:
                return self._own[style]
            style = self._parents.get(style)
        raise ValueError("styles that rest on one another")

    def has_struck_text(self, cell: Any) -> bool:
        """Whether a part of a cell's text is struck out, raised or lowered by a style of its own."""
        for paragraph in cell:
            if paragraph.tag == f"{TEXT}p":
                spans = (span.get(f"{TEXT}style-name", "") for span in paragraph.iter(f"{TEXT}span"))
                if self.is_struck(paragraph.get(f"{TEXT}style-name", ""), "paragraph"):
                    return True
                if any(self.is_struck(span, "text") for span in spans):
                    return True
        return False


def _struck(properties: Any) -> bool | None:
    """Whether these properties strike letters out, raise or lower them; None where they say nothing of it."""
    lines = [properties[name] for name in _LINES if name in properties]
    position = properties.get(_POSITION)
    if not lines and position is None:
        return None
    is_moved = position is not None and position.split()[0] not in ("0%", "0")
    return is_moved or any(line != "none" for line in lines)
