"""Counts of large lists, which are kept for a minute."""

from collections.abc import Iterator

import pytest

from portal.core import counting


@pytest.fixture(autouse=True)
def _count_anew() -> Iterator[None]:
    """No test finds what another one counted."""
    counting.forget()
    yield
    counting.forget()
