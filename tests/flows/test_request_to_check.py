"""From a request to the bill: licenses added through the portal, metered and billed by LINE WORKS, and explained."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import CheckDifference, InvoiceDetail, MonthCheck
from billing.rules.check_kinds import Kind
from billing.sync.invoice_details import INVOICE_DETAILS
from billing.sync.invoices import INVOICES
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support.clicks import Person
from tests.support.orders import REASON, rest
from tests.support.portal import PAID_ADVANCED, TODAY, People, ReadIn, SignIn
from tests.support.reads import read
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

MONTH = date(2026, 1, 1)
CHECK = "/billing/check/2026-01/"


@pytest.fixture
def manager(people: People, sign_in: SignIn) -> Person:
    return Person(sign_in(people.account_manager, enforce_csrf_checks=True))


@pytest.fixture
def finance(people: People, sign_in: SignIn) -> Person:
    return Person(sign_in(people.finance, enforce_csrf_checks=True))


def test_the_check_of_the_month_names_the_request_that_added_licenses(
    manager: Person, finance: Person, worker: Worker, sandbox: Sandbox, read_in: ReadIn
) -> None:
    customer = read_in(PAID_ADVANCED)
    contract = customer.subscriptions.current().get()
    before = contract.license_count or 0
    add = reverse("subscriptions:licenses_add", args=[customer.pk, contract.subscription_id])
    preview = manager.send(manager.open(add).form(add), add_license_count="25", apply_date=TODAY)
    manager.send(preview.form("/confirm/"), reason=REASON)
    request = rest(Operation.objects.get())
    assert request.state == State.SUCCEEDED

    # The bill of January is made on 1 February; three days later its details no longer grow.
    sandbox.set_clock("2026-02-04")
    read_in(PAID_ADVANCED)
    assert read(INVOICES, period="2026").done == 1
    for month in ("2025-12", "2026-01"):
        assert read(INVOICE_DETAILS, period=month).done == 1
    billed = (
        InvoiceDetail.objects.get(domain_id=PAID_ADVANCED, month=MONTH)
        .lines.filter(item_type="PRODUCT")
        .order_by("start_date")
    )
    assert [item.license_count for item in billed] == [before, before + 25]

    finance.send(finance.open(CHECK).form("/run/"))
    wait_for(lambda: MonthCheck.objects.finished().exists(), "the month is checked")
    found = CheckDifference.objects.get(domain_id=PAID_ADVANCED, item_type="PRODUCT", kind=Kind.CHANGED)
    assert found.is_explained
    [cause] = found.causes
    assert (cause["id"], cause["count"], cause["day"]) == ("licenses_more", 25, str(billed[1].start_date))
    assert (cause["source"], cause["number"], cause["ref"]) == ("request", request.pk, request.ref)

    page = finance.open(f"/billing/invoices/2026-02/{PAID_ADVANCED}/")
    assert request.get_absolute_url() in page.links
    assert request.ref in page.text
    listed = finance.open("/billing/differences/?source=request")
    assert request.ref in listed.text
