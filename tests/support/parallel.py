"""Somebody who presses many times at once: real HTTP, from many threads."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import requests
from django.test import Client
from pytest_django.live_server_helper import LiveServer

T = TypeVar("T")


class Browser:
    """Somebody signed in, over real HTTP; may post the same form from many threads at once."""

    def __init__(self, server: LiveServer, client: Client) -> None:
        self._server = server
        # As the page of the form would have it: the cookie and the field carry the same secret.
        self._secret = secrets.token_hex(16)
        self._cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": self._secret}

    def post(self, path: str, **fields: Any) -> requests.Response:
        """Send a form, and stay where the answer leads away."""
        return requests.post(
            f"{self._server.url}{path}",
            data={"csrfmiddlewaretoken": self._secret, **fields},
            cookies=self._cookies,
            allow_redirects=False,
            timeout=60,
        )


def all_at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it at the same time, and answer what came of each."""
    with ThreadPoolExecutor(len(work)) as threads:
        return [started.result() for started in [threads.submit(one) for one in work]]
