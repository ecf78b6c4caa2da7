"""Every read of the contract reaches the cache, or it is said here why not."""

import pytest

from portal.sync.resources import RESOURCES
from tests.support.contract import operations
from tests.support.reads import read_with_what_it_needs
from tests.support.sandbox import Sandbox
from tests.sync.cached_cases import CASES, Case

# What no resource reads, and why the cache misses nothing by it.
NOT_READ_BY_A_RESOURCE = {
    "listCustomers": "the listing with which every run begins brings the records that `customer` reads one by one",
    "getSubscription": "listSubscriptions brings the same record of all subscriptions in one call",
    "getRenewal": "listSubscriptions brings the renewal inside each subscription",
    "getOptionProductOrder": "listOptionProductOrders brings the same record of all options in one call",
    "getPotentialCustomer": "it needs a code that somebody who is no customer yet has issued, so it is asked by hand",
}


def test_every_read_has_its_place() -> None:
    read = {resource.operation for resource in RESOURCES}
    assert not read & NOT_READ_BY_A_RESOURCE.keys()
    assert read | NOT_READ_BY_A_RESOURCE.keys() == {
        operation.id for operation in operations().values() if operation.method == "GET"
    }


def test_every_resource_has_a_case() -> None:
    assert {case.name for case in CASES} == {resource.name for resource in RESOURCES}


@pytest.mark.django_db
@pytest.mark.usefixtures("vendor_settings")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_resource_reads_by_the_operation_that_it_names(case: Case, sandbox: Sandbox) -> None:
    if case.arrange:
        case.arrange(sandbox)
    sandbox.reset_calls()
    read_with_what_it_needs(case.resource, case.domain_id, period=case.period)
    assert sandbox.calls()[case.resource.operation] > 0
