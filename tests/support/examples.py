"""How many made-up cases a test looks at: some in every run of the tests, many in ``make chaos``."""

import os

from hypothesis import HealthCheck, settings

# Set by `make chaos`.
LONG = os.environ.get("LONG_TESTS") == "1"
MANY_TIMES = 60


def made_up(some: int) -> settings:
    """
    Return the settings of a test of made-up cases, in which LINE WORKS is asked over and over.

    Args:
        some: how many cases a short run looks at; a long one looks at many times as many.
    """
    return settings(
        max_examples=some * MANY_TIMES if LONG else some,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
