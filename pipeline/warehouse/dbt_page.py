"""dbt's own page as one file, in which what a project says of itself stays text."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

BEGIN, END = '<script defer="defer">', "</script>"
MANIFEST, CATALOG = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
POLICY = (
    "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " base-uri 'none'; form-action 'none'"
)
"""What a browser may take for a part of the page: its one script, and what lies in it."""


def static_page(manifest: str, catalog: str) -> str:
    """dbt's page with the two JSON documents that it shows. Raises RuntimeError where dbt's page has no place for them.

    dbt itself puts them in as they are: a description with `</script>` would end the script and begin another one.
    """
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    if any(page.count(part) != 1 for part in (BEGIN, END, MANIFEST, CATALOG)):
        raise RuntimeError(f"{DOCS_INDEX_FILE_PATH} is no page with one script and two places for documents")
    before, _, rest = page.partition(BEGIN)
    script, _, after = rest.partition(END)
    first, _, second = script.partition(MANIFEST)
    second, _, third = second.partition(CATALOG)
    script = f"{first}{_in_script(manifest)}{second}{_in_script(catalog)}{third}"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(hash=digest)}">'
    return before.replace("<head>", f"<head>{meta}", 1) + BEGIN + script + END + after


def _in_script(document: str) -> str:
    """A JSON document whose texts neither end the script that it stands in nor begin a comment there."""
    return document.replace("<", r"\u003c")
