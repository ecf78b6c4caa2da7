"""A read by hand: answered and not kept; a change never goes this way."""

import pytest

from portal.sync.models import Reading
from portal.sync.raw_reads import ask
from portal.vendor.client import OPERATIONS, Customer, Page, Refused
from tests.support.portal import WITHOUT_CONTRACT
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def test_the_answer_is_given_and_not_kept(vendor_settings: None) -> None:
    page = ask(OPERATIONS["listCustomers"], {"count": 3})

    assert isinstance(page, Page)
    assert [type(customer) for customer in page.items] == [Customer] * 3
    assert not Reading.objects.exists()


def test_a_question_that_is_posted_is_a_read_too(vendor_settings: None) -> None:
    assert ask(OPERATIONS["verifyDomain"], {}, {"domain": "nobody-has-it"}).domain == "nobody-has-it"


def test_a_refused_read_is_not_noted_as_a_problem_of_anybody(vendor_settings: None) -> None:
    with pytest.raises(Refused):
        ask(OPERATIONS["getCustomer"], {"domainId": 5})
    assert not Reading.objects.exists()


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.changes])
def test_a_change_is_turned_away(name: str, vendor_settings: None, sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"goes through portal\.operations"):
        ask(OPERATIONS[name], {"domainId": WITHOUT_CONTRACT})
    assert sandbox.calls()[name] == 0
