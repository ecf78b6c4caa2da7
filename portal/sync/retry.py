"""Retry of reads, which change nothing."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from portal.vendor.client import NoClearAnswer, NotSent

log = structlog.get_logger(__name__)

T = TypeVar("T")

TRIES_OF_A_READ = 3


def patiently(ask: Callable[[], T]) -> T:
    """
    Make a call, and make it again if no clear answer comes.

    Args:
        ask: makes one call that reads.

    Raises:
        NotSent, NoClearAnswer: three times over.
        PartnerApiError: any other error, without a retry: the answer would be the same.
    """
    for _again in range(TRIES_OF_A_READ - 1):
        try:
            return ask()
        except (NotSent, NoClearAnswer) as error:
            log.info("a read got no clear answer, asking again", operation=error.operation, problem=error.reason)
    return ask()
