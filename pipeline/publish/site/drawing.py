"""The library that draws charts in the reader's browser, as one file: Vega, Vega-Lite and Vega's expression interpreter."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import lru_cache

from platformdirs import user_cache_path

from pipeline.home import write_atomically

VEGA_LITE = "6.4"
"""The version of Vega-Lite that charts are written in."""
LIBRARY_SHA256 = "373b1f84072b31010f15ceb787be6b415c53936411aae267c8c2b2b6ccde46e7"
"""Of the library that the locked package makes."""
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@lru_cache(maxsize=1)
def drawing_library() -> str:
    """The text of the library, of which no part is fetched from a network; the same version gives the same text.

    Making it takes more than a second, in which other threads can work; so it is kept in the user's cache folder, where that
    can be written to, and taken from there only where it is `LIBRARY_SHA256`.
    """
    kept = user_cache_path("kyogikai", appauthor=False) / f"drawing-{LIBRARY_SHA256[:16]}.js"
    with suppress(OSError):
        content = kept.read_bytes()
        if hashlib.sha256(content).hexdigest() == LIBRARY_SHA256:
            return content.decode()
    text = make_library()
    with suppress(OSError):
        if hashlib.sha256(text.encode()).hexdigest() == LIBRARY_SHA256:
            write_atomically(kept, text.encode())
    return text


def make_library() -> str:
    """The library, made anew."""
    import vl_convert

    return str(vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGA_LITE))
