"""The library that draws charts in the reader's browser, as one file: Vega, Vega-Lite and Vega's expression interpreter."""

from __future__ import annotations

from functools import lru_cache

VEGA_LITE = "6.4"
"""The version of Vega-Lite that charts are written in."""
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@lru_cache(maxsize=1)
def drawing_library() -> str:
    """The text of the library, of which no part is fetched from a network; the same version gives the same text.

    It takes a second, in which other threads can work.
    """
    import vl_convert

    return str(vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGA_LITE))
