"""
What one call sent and got, as evidence: an `Exchange` that can be stored and shown, with every secret
struck out.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ._pace import RateLimits

ANSWER_TEXT_LIMIT = 4_000
STRUCK = "***"

_SECRET_KEY = re.compile(r"password|secret|token|assertion|private_?key", re.IGNORECASE)
# A shorter value would be found by chance inside harmless text and make the evidence unreadable.
_SHORTEST_SECRET = 6
# JSON that is meant to be safe inside HTML.
_CAREFUL_JSON = {ord(character): f"\\u{ord(character):04x}" for character in "<>&'+="}


@dataclass(frozen=True)
class Exchange:
    """
    One HTTP call to the vendor, whatever came of it.

    A call that is repeated after a renewed token makes two exchanges. Calls to the token endpoint make
    none, because they consist of secrets.

    Attributes:
        operation: the vendor's operationId, such as `addPreOrder`.
        method: the HTTP method.
        path: path and query below the API's base URL.
        body: the JSON object that was sent, secrets struck out; None when the call had no body.
        status: the HTTP status, or None when no answer arrived.
        answer_text: the answer's body, at most 4,000 characters, secrets struck out.
        rate_limits: what the answer's rate headers said; None when no answer arrived.
        seconds: from the first attempt to connect until the answer was read or given up.
        started_at: when the call began (UTC).
        digest: stands for the answer's body, byte for byte: the same again is the same answer.
    """

    operation: str
    method: str
    path: str
    body: dict[str, Any] | None
    status: int | None
    answer_text: str
    rate_limits: RateLimits | None
    seconds: float
    started_at: datetime
    digest: bytes = b""


class Striker:
    """Replaces secrets by `***`: those it is told, and those found in a request body under a telling name."""

    def __init__(self, secrets: Iterable[str], body: Mapping[str, Any] | None) -> None:
        told = {*secrets, *(str(value) for value in _secret_values(body))}
        found = {form for secret in told for form in _forms(secret)}
        # Longest first, so that a secret that contains another is struck out whole.
        self._secrets = sorted((s for s in found if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return `text` with every known secret struck out."""
        for secret in self._secrets:
            text = text.replace(secret, STRUCK)
        return text

    def body(self, body: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return a copy of a JSON object in which no secret is left."""
        if body is None:
            return None
        return {key: STRUCK if _SECRET_KEY.search(key) else self._value(value) for key, value in body.items()}

    def answer(self, value: Any) -> Any:
        """
        Return a copy of JSON that came back, with every known secret struck out. Names tell nothing here: the
        vendor calls a public DNS entry a token.
        """
        match value:
            case dict():
                return {self.text(key): self.answer(item) for key, item in value.items()}
            case list():
                return [self.answer(item) for item in value]
            case str():
                return self.text(value)
            case _:
                return value

    def _value(self, value: Any) -> Any:
        match value:
            case dict():
                return self.body(value)
            case list():
                return [self._value(item) for item in value]
            case str():
                return self.text(value)
            case _:
                return value


def _forms(secret: str) -> Iterator[str]:
    """Yield the ways in which an answer may spell a secret: plain, in JSON, HTML, or an address."""
    yield secret
    yield html.escape(secret)
    yield quote(secret, safe="")
    for text in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        inner = text[1:-1]
        yield inner
        yield inner.replace("/", "\\/")
        yield inner.translate(_CAREFUL_JSON)


def _secret_values(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if _SECRET_KEY.search(key):
                yield inner
            else:
                yield from _secret_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secret_values(inner)
