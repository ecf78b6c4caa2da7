"""An `Exchange`: what one call sent and received, with every secret redacted."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ._throttle import RateLimits

ANSWER_TEXT_LIMIT = 4_000
STRUCK = "***"

_SECRET_KEY = re.compile(r"password|secret|token|assertion|private_?key", re.IGNORECASE)
# A shorter value would be found by chance inside harmless text and make the evidence unreadable.
_SHORTEST_SECRET = 6
# Passwords and client secrets are looked for in every spelling; doing so for keys and tokens would take longer
# than the call.
_LONGEST_ESCAPED = 60
# Of one character, such as `&#x000001f600;` or four bytes of an address.
_LONGEST_SPELLING = 14


@dataclass(frozen=True)
class Exchange:
    """
    One HTTP call to LINE WORKS, whatever came of it.

    A call that is repeated after a renewed token makes two exchanges. Calls to the OAuth endpoints make
    none, because they consist of secrets.

    Attributes:
        operation: LINE WORKS's operationId, such as `addPreOrder`.
        method: the HTTP method.
        path: path and query below the API's base URL.
        body: the JSON object that was sent, secrets struck out; None when the call had no body.
        status: the HTTP status, or None when no answer arrived.
        answer_text: the answer's body, at most 4,000 characters, secrets struck out.
        rate_limits: what the answer's rate headers said; None when no answer arrived.
        seconds: from the first attempt to connect until the answer was read or given up.
        started_at: when the call began (UTC).
        digest: stands for the answer's body, byte for byte, and its type: the same again, with the same status, is the
            same answer and as much to be trusted.
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
        found = {*secrets, *(str(value) for value in _secret_values(body))}
        # Longest first, so that a secret that contains another is struck out whole.
        self._secrets = sorted((s for s in found if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
        escapable = [s for s in self._secrets if len(s) <= _LONGEST_ESCAPED and not _is_plain(s)]
        self._escaped = re.compile("|".join(map(_spelled, escapable))) if escapable else None
        self._reach = max([len(s) for s in self._secrets] + [len(s) * _LONGEST_SPELLING for s in escapable], default=0)

    def text(self, text: str) -> str:
        """Return `text` with every known secret struck out."""
        for secret in self._secrets:
            text = text.replace(secret, STRUCK)
        return self._escaped.sub(STRUCK, text) if self._escaped else text

    def start(self, text: str, length: int) -> str:
        """
        Return the start of `text`, at most so many characters, with every known secret struck out.

        The rest isn't looked through, as answers may be long. So that no half of a secret is left where it is cut,
        the cut is made as far before it as a secret can reach.
        """
        looked_through = text[: length + self._reach]
        struck = self.text(looked_through)
        if len(looked_through) < len(text):
            struck = struck[: max(0, len(struck) - self._reach)]
        return struck[:length]

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


def _spelled(secret: str) -> str:
    """
    Return a pattern for a secret as an answer may spell it: plain, or escaped for JSON, HTML or an address.

    Letters and digits are escaped nowhere; other characters differ from one library to the next.
    """
    return "".join(character if _is_plain(character) else _spellings(character) for character in secret)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _spellings(character: str) -> str:
    code = ord(character)
    escapes = {character, f"\\{character}", json.dumps(character)[1:-1], html.escape(character)}
    hexadecimal = (rf"\\u{code:04x}", re.escape(quote(character, safe="")), rf"&\#x0*{code:x};")
    either_case = "|".join(hexadecimal)
    return f"(?:{'|'.join(map(re.escape, escapes))}|&\\#0*{code};|(?i:{either_case}))"


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
