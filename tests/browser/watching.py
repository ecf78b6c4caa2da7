"""Listens to what a browser complains of, and to whom it speaks."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

# Chromium notes every answer of this kind: a page that was refused, a form with errors.
_REFUSED = r"Failed to load resource: the server responded with a status of 4\d\d"
# And a line that a test has cut, together with htmx.
_CUT = r"Failed to load resource: net::ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest"
_EXPECTED = re.compile(f"{_REFUSED}|{_CUT}")


class Watch:
    """
    Hears everything in a browser from now on.

    Args:
        context: the browser.
        url: the only address with which it may speak.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.complaints: list[str] = []
        self._host = urlsplit(url).netloc
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # A breach of the Content-Security-Policy is an error here, too.
        if message.type in ("error", "warning") and not _EXPECTED.match(message.text):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != self._host:
            self.complaints.append(f"speaks with {parts.scheme}://{parts.netloc}")
