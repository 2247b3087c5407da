"""What the pages of a PDF draw, by the marks around each letter. Loads pdfminer, and is imported only where a PDF is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.utils import decode_text

BESIDE = {"Header": "header", "Footer": "footer", "Background": "background", "Pagination": "repeated"}
"""What only stands on a page, by what its mark says of it; the more exact word is looked for first."""


@dataclass
class DrawnPage:
    """What is drawn on a page: marked texts by their number, and texts that only stand there by their kind."""

    marked: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    beside: dict[str, str] = field(default_factory=lambda: defaultdict(str))


def draw(pages: Iterable[Any]) -> dict[Any, DrawnPage]:
    """What each page draws, by the number of the page's object, in the order of the pages."""
    resources = PDFResourceManager()
    found = {}
    for page in pages:
        device = _Device(resources)
        PDFPageInterpreter(resources, device).process_page(page)
        found[page.pageid] = device.page
    return found


class _Device(PDFTextDevice):
    """Puts every letter to the innermost mark around it; a text that stands for letters takes their place."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.page = DrawnPage()
        self._marks: list[tuple[str, Any]] = []

    def begin_tag(self, tag: Any, props: Any = None) -> None:
        held: Mapping[str, Any] = props if isinstance(props, dict) else {}
        if "ActualText" in held:
            self._put(decode_text(held["ActualText"]))
            self._marks.append(("instead", None))
        elif "MCID" in held:
            self._marks.append(("marked", held["MCID"]))
        elif tag.name == "Artifact":
            said = {str(getattr(held.get(key), "name", "")) for key in ("Type", "Subtype")}
            self._marks.append(("beside", next((kind for word, kind in BESIDE.items() if word in said), "artifact")))
        else:
            self._marks.append(("none", None))

    def end_tag(self) -> None:
        self._marks.pop()

    def render_char(
        self,
        matrix: Any,
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        if not any(kind == "instead" for kind, _ in self._marks):
            try:
                self._put(font.to_unichr(cid))
            except PDFUnicodeNotDefined:
                self._put(f"(letter {cid} of a font, of which nothing tells what it is)")
        return float(font.char_width(cid)) * fontsize * scaling

    def _put(self, text: str) -> None:
        for kind, key in reversed(self._marks):
            if kind in ("marked", "beside"):
                (self.page.marked if kind == "marked" else self.page.beside)[key] += text
                return
        self.page.beside["loose text"] += text
