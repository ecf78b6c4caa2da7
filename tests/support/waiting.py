"""Waiting for what another process does: for the condition itself, never for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST = 30.0
_BETWEEN_LOOKS = 0.02


def wait_for(condition: Callable[[], T], what: str, *, seconds: float = LONGEST) -> T:
    """
    Look until a condition holds, and answer what it gave.

    Args:
        condition: answers something true when it holds.
        what: what is waited for, for the message when it never comes.
        seconds: the deadline.

    Raises:
        AssertionError: it did not hold by then.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(_BETWEEN_LOOKS)
    return answer
