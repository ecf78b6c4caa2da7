"""The WSGI application: ``gunicorn --config python:portal.gunicorn portal.wsgi``."""

import os
import re
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_CHARSET = re.compile(r"\s*;\s*charset\s*=[^;]*", re.IGNORECASE)


def in_utf8(environ: dict[str, Any]) -> dict[str, Any]:
    """
    Leave out the charset that a request names for itself.

    Pages are in UTF-8, and so is all that they send. Django would read the address in that charset too: some have a
    second way to write a NUL, and whatever cannot be read there ends outside of Django, without a page.
    """
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return environ


class Portal:
    """Partnerdesk as a WSGI application."""

    def __init__(self, handler: WSGIHandler) -> None:
        self._handler = handler

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Return one request."""
        return self._handler(in_utf8(environ), start_response)


application = Portal(get_wsgi_application())
