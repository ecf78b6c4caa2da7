"""A customer's options as people see them: used, scheduled, available, and why the rest is not."""

import pytest
from django.test import Client
from django.urls import reverse

from options.models import OptionProduct, OptionUsage
from options.sync.usages import OPTION_USAGES
from portal.core.clock import now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from tests.support import vendor_json
from tests.support.orders import day
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.rows import keep_options, one_customer
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def page_of(domain_id: int, browser: Client) -> str:
    response = browser.get(reverse("options:customer", args=[domain_id]))
    assert response.status_code == 200
    return response.content.decode()


def test_options_are_shown_with_what_becomes_of_them(read_in: ReadIn, sandbox: Sandbox, browser: Client) -> None:
    do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, {"optionProductId": "SSTG2", "subOptionId": "SSTG203"})
    order = {"optionProductId": "SSTG2", "type": "MODIFY", "subOptionId": "SSTG204", "applyDate": str(day(9))}
    do_outside(sandbox, "addOptionProductOrder", PAID_ADVANCED, order)
    renewal = {"type": "CHANGE", "subOptionId": "SSTG201"}
    do_outside(sandbox, "updateOptionProductRenewal", PAID_ADVANCED, renewal, optionProductId="SSTG2")
    read_in(PAID_ADVANCED)

    page = page_of(PAID_ADVANCED, browser)

    for words in ("Shared Storage", "10 TB", "Upgrade, 25 TB", "Renew with changes", "1 TB", "Annual, monthly"):
        assert words in page
    for name in ("options:upgrade", "options:cancel"):
        assert reverse(name, args=[PAID_ADVANCED, "SSTG2"]) in page


def test_what_cannot_be_had_stands_there_with_its_reason(read_in: ReadIn, browser: Client) -> None:
    read_in(PAID_MONTHLY)
    read_in(TRIAL_OF_A_GROUP)

    standard, trial = page_of(PAID_MONTHLY, browser), page_of(TRIAL_OF_A_GROUP, browser)

    assert "This option is not available with Standard." in standard
    assert reverse("options:add", args=[PAID_MONTHLY, "ACV3"]) not in standard
    assert reverse("options:add", args=[PAID_MONTHLY, "SSTG2"]) in standard
    assert "This option is not available with Standard Trial." in trial
    assert reverse("options:add", args=[TRIAL_OF_A_GROUP, "SSTG2"]) not in trial
    assert reverse("options:add", args=[TRIAL_OF_A_GROUP, "ACV2"]) in trial


def test_whoever_may_only_look_sees_why(read_in: ReadIn, people: People, sign_in: SignIn) -> None:
    read_in(PAID_MONTHLY)
    page = page_of(PAID_MONTHLY, sign_in(people.finance))
    assert "You have read-only access" in page
    assert reverse("options:add", args=[PAID_MONTHLY, "SSTG2"]) not in page


def test_of_years_of_metering_the_page_loads_the_last_day_of_each_option() -> None:
    customer = one_customer()
    for period, used in (("2024-12", "2024-12-31"), ("2025-02", "2025-02-01"), ("2025-02", "2025-02-02")):
        records = [
            client.OptionProductUsage.from_vendor(vendor_json.option_usage(usedDate=used, optionProductId=option))
            for option in ("ACV2", "SSTG2")
        ]
        keep(OPTION_USAGES, {customer.pk: Answer(records, period=period, is_part=True)}, read_at=now())
    # LINE WORKS took the last day of one of them back.
    OptionUsage.objects.filter(used_date="2025-02-02", option_product_id="SSTG2").update(removed_at=now())

    latest = customer.option_usages.latest_of_each_option()

    assert [(usage.option_product_id, str(usage.used_date)) for usage in latest] == [
        ("ACV2", "2025-02-02"),
        ("SSTG2", "2025-02-01"),
    ]


def test_an_option_that_nobody_knows_is_shown_and_never_offered(browser: Client) -> None:
    customer = one_customer()
    keep_options(customer.pk, options=[vendor_json.option(optionProductId="NEW9", subOptionId="NEW901")])

    page = page_of(customer.pk, browser)

    assert "NEW901" in page
    assert "/NEW9/" not in page
    for name in ("options:cancel", "options:add"):
        assert browser.get(reverse(name, args=[customer.pk, "NEW9"])).status_code == 404


def test_an_option_of_a_subscription_that_has_gone_is_shown_too(browser: Client) -> None:
    customer = one_customer()
    keep_options(customer.pk, options=[vendor_json.option(subscriptionId=999)])
    assert OptionProduct.objects.get().subscription_id == 999
    assert "Options of a subscription that LINE WORKS no longer lists" in page_of(customer.pk, browser)


def test_a_customer_without_options_is_told_so(browser: Client) -> None:
    customer = one_customer()
    keep_options(customer.pk)
    assert "This customer has none." in page_of(customer.pk, browser)
