"""How many calls a run is thought to make, where what is read depends on what was read before."""

import pytest

from portal.core.clock import now
from portal.sync import runs
from portal.sync.estimates import calls_of
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES, Resource
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

BY_PARTS = [resource for resource in RESOURCES if resource.parts is not None]


@pytest.mark.django_db
@pytest.mark.parametrize("resource", BY_PARTS, ids=lambda resource: resource.name)
def test_of_a_customer_whose_parts_are_not_known_one_call_is_thought_of(resource: Resource) -> None:
    keep_customers(*(customer(number) for number in (1, 2, 3)))
    # Of the first nothing was read, of the second something else, of the third that it has no parts.
    for number in (1, 2, 3):
        Reading.objects.create(domain_id=number, resource=resource.name)
        Reading.objects.create(domain_id=number, resource=resource.after, read_at=now() if number == 3 else None)
    Reading.objects.create(domain_id=2, resource="usage_status", read_at=now())
    assert calls_of(runs.start())[resource.operation] == 2
