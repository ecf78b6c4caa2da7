"""Asking again, where asking changes nothing."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from portal.vendor.client import NoClearAnswer, NotSent

log = structlog.get_logger(__name__)

T = TypeVar("T")

TRIES_OF_A_READ = 3


def patiently(ask: Callable[[], T]) -> T:
    """
    Ask once, and again when no clear answer comes.

    Args:
        ask: makes one call that reads.

    Raises:
        NotSent, NoClearAnswer: three times over.
        PartnerApiError: anything else, at once: asking again brings the same, or is of use only later.
    """
    for _again in range(TRIES_OF_A_READ - 1):
        try:
            return ask()
        except (NotSent, NoClearAnswer) as error:
            log.info("a read got no clear answer, asking again", operation=error.operation, problem=error.reason)
    return ask()
