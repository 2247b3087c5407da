"""Messages name pages of the documentation as their readers find them, in a clone or not: by title."""

from __future__ import annotations

import re

from docs.generate import PAGES, ROOT

NAMED = re.compile(r"documentation's page '([^']+)'")
PATH = re.compile(r"docs/pages|(?:how-to|reference|explanation)/[\w-]+\.md")


def test_messages_name_pages_that_there_are_and_no_path_of_one() -> None:
    titles = {path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ") for path in PAGES.rglob("*.md")}
    sources = [path for folder in ("pipeline", "schemas") for path in (ROOT / folder).rglob("*.py")]
    texts = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in sources}
    named = {title for text in texts.values() for title in NAMED.findall(text)}
    assert named
    assert named - titles == set()
    assert [str(path) for path, text in texts.items() if PATH.search(text)] == []
