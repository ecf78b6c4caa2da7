"""Interface of the rate limiter, and the limits that answer headers state."""

import math
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from ._assumptions import A_MOMENT, USED_HEADERS

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class RateLimits:
    """
    What one answer said about the budget of its operation.

    Attributes:
        limit: calls allowed in the present window, None when not told.
        remaining: calls left in it, None when not told.
        reset_seconds: seconds until the count starts anew, None when not told.
        used: calls already counted in it, None when not told.
        refused: True when this answer was 429, so the call was turned away.

    Vendor page: rate-limits
    """

    limit: int | None
    remaining: int | None
    reset_seconds: float | None
    used: int | None
    refused: bool

    @property
    def crowded(self) -> bool:
        """
        Whether this answer was 429 although calls were left: too many at the same time.

        LINE WORKS names a limit on calls at the same time, and tells neither its number nor its answer.
        """
        return self.refused and bool(self.remaining)

    @property
    def retry_seconds(self) -> float | None:
        """Seconds after which a call that was turned away may be put again; None when not told."""
        return A_MOMENT if self.crowded else self.reset_seconds

    @classmethod
    def from_answer(cls, status: int, headers: Mapping[str, str]) -> "RateLimits":
        """
        Read the limits from an answer's status and headers.

        LINE WORKS warns that the case of header names may change, and prints one of them with a letter
        missing, so names are compared by their letters alone. A value that isn't a number of 0 or more
        counts as not told.
        """
        told = {_letters(name): number for name, text in headers.items() if (number := _number(text)) is not None}
        used = next((told[name] for name in USED_HEADERS if name in told), None)
        return cls(
            limit=_whole(told.get("ratelimitlimit")),
            remaining=_whole(told.get("ratelimitremaining")),
            reset_seconds=told.get("ratelimitreset"),
            used=_whole(used),
            refused=status == TOO_MANY_REQUESTS,
        )


class Gate(Protocol):
    """
    Where every API call takes its turn. Calls to the token endpoint don't pass it: they have no part in the
    budget.

    Whatever a gate raises passes through to the caller unchanged.
    """

    def wait(self, operation: str) -> AbstractContextManager[None]:
        """
        Return what is entered before one HTTP call of `operation` and left when that call has ended; may
        block.
        """
        ...

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Take note of what an answer of `operation` said; called for every answer, 429 included."""
        ...


class OpenGate:
    """A gate without limits, for scripts and tests."""

    def wait(self, operation: str) -> AbstractContextManager[None]:
        """Let the call through at once."""
        return nullcontext()

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Take note of nothing."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a `Retry-After` header asks to wait; None without one, or when it holds a date."""
    return _number(headers.get("Retry-After", ""))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).removeprefix("x")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
