"""Requests that a page of somebody else, open in a browser that reaches Dagster's pages, could send: they are refused.

Dagster looks neither at where a request comes from nor at who sends it. Browsers tell where: in `Host`, `Origin` and
`Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), which a page cannot change. A program that says nothing of that is no browser.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_SITES = ("same-origin", "none")
"""What browsers say of a request of our own page, and of an address that a person typed."""
LOOKING = ("GET", "HEAD")


class OwnOrigin:
    """Lets through to an application what its own pages and programs ask, and links that lead to a page."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(urlsplit(origin).netloc for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or websocket: 403 with the reason, or what the application answers."""
        reason = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if reason is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(f"refused: {reason}", status_code=403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = HTTPConnection(scope).headers
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if host not in self._hosts:
            return f"{host or 'no host'} is no name of these pages; start them with --origin where it should be"
        if origin is not None and origin not in self._origins:
            return f"a page of {origin} may not ask this; start these pages with --origin where it should"
        is_ours = headers.get("sec-fetch-site", "none") in OWN_SITES
        if scope["type"] == "websocket":
            return None if is_ours else "a page of somebody else may not ask this"
        is_looking, is_graphql = scope["method"] in LOOKING, scope["path"].endswith("/graphql")
        is_opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        if not is_ours and not (is_looking and is_opened and not is_graphql):
            return "a page of somebody else may lead here by a link, and nothing else"
        # Old browsers say nothing of their site. What they send unasked for a page of somebody else is no JSON.
        if is_looking and is_graphql and "text/html" not in headers.get("accept", ""):
            return "questions and orders come by POST"
        if not is_looking and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return "questions and orders come as application/json"
        return None
