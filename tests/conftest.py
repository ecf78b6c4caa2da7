"""What all tests share is kept in tests/support; here it is only named."""

from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.support.portal",
    "tests.support.own_redis",
    "tests.support.languages",
    "tests.support.scheduling",
    "tests.support.emptying",
    "tests.support.every_order",
    "tests.support.addresses",
    "tests.support.counts",
]

# How long one example takes says more about what else the machine is doing than about the code.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")

# What takes longest begins first, so that no process works on it alone in the end.
LONGEST = ("tests/browser/", "tests/dev/server/", "tests/sync/")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Put the longest tests first, once all else has had its say about the order."""
    yield
    items.sort(key=lambda item: [not item.nodeid.startswith(place) for place in LONGEST])
