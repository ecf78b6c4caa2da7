"""In which order a customer's resources are read: what others rest on comes first."""

from itertools import permutations

from portal.sync.fetch import in_order
from portal.sync.resources import CUSTOMER, RESOURCES


def test_the_customer_comes_first_and_parts_after_what_tells_them() -> None:
    names = (CUSTOMER, "usage_status", "subscriptions", "reservations")
    for order in permutations(names):
        read = [resource.name for resource in in_order(RESOURCES[name] for name in order)]
        assert read[0] == CUSTOMER
        assert read.index("subscriptions") < read.index("reservations")
