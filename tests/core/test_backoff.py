"""The pause before another try."""

from datetime import timedelta

import pytest

from portal.core.backoff import LONGEST, SHORTEST, back_off


@pytest.mark.parametrize(
    ("failing_for", "at_least", "pause"),
    [
        (0, None, SHORTEST),
        (10, None, timedelta(seconds=5)),
        (10, 30.0, timedelta(seconds=30)),
        (3600, None, LONGEST),
        (0, 86_400.0, LONGEST),
    ],
)
def test_a_pause_grows_with_the_time_of_failing_up_to_a_limit(
    failing_for: int, at_least: float | None, pause: timedelta
) -> None:
    assert back_off(timedelta(seconds=failing_for), at_least=at_least) == pause
