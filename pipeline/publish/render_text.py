"""A document as plain text, with the indents of the printed report."""

from __future__ import annotations

from pipeline.publish.document import DIGEST_LABEL, Block, Document


def render_text(document: Document) -> str:
    """Return the report as UTF-8 text with LF line ends."""
    lines = [*(f"【{notice}】" for notice in document.notices)]
    if document.watermark:
        lines.append(f"〔{document.watermark}〕")
    lines += ["", document.title, ""]
    previous: Block | None = None
    for block in document.blocks:
        if block.kind == "heading" and previous is not None:
            lines.append("")
        lines.append(_line(block))
        previous = block
    if document.digest:
        lines += ["", f"{DIGEST_LABEL}　{document.digest}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _line(block: Block) -> str:
    if block.kind == "heading":
        return "　" * max(block.level - 2, 0) + block.text
    if block.kind == "item":
        return "　" * (block.level + 1) + "・" + block.text
    return "　　" + block.text
