"""A page that is older than what happened since: it says what became of its subject, and that nothing was sent."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.core.clock import now
from portal.operations.models import Operation
from subscriptions.models import PreOrder, Subscription
from tests.support.portal import PAID_ADVANCED, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.usefixtures("japanese")
def test_a_form_whose_subject_has_gone_says_so(
    method: str, language: str, browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    customer = read_in(PAID_ADVANCED)
    number = Subscription.objects.get(customer=customer).subscription_id
    url = reverse("subscriptions:licenses_add", args=[customer.pk, number])
    assert browser.get(url).status_code == 200
    Subscription.objects.filter(customer=customer).delete()
    sandbox.reset_calls()
    browser.cookies["django_language"] = language

    answer = getattr(browser, method)(url, {"add_license_count": "3"})

    assert answer.status_code == 404
    page = answer.content.decode()
    for words in {
        "en": ("no longer exists", "Nothing was sent"),
        "ja": ("終了", "送信されていません"),
    }[language]:
        assert words in page
    assert f'href="{customer.get_absolute_url()}"' in page
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


def test_a_pre_order_that_was_removed_meanwhile_is_told(browser: Client, read_in: ReadIn) -> None:
    customer = read_in(PAID_ADVANCED)
    assert not PreOrder.objects.filter(customer=customer, pre_order_id=9).exists()
    answer = browser.post(reverse("subscriptions:pre_order_move", args=[customer.pk, 9]), {"apply_date": "2026-02-01"})
    assert answer.status_code == 404
    assert "Nothing was sent" in answer.content.decode()


def test_a_customer_that_has_gone_is_told(browser: Client, read_in: ReadIn, sandbox: Sandbox) -> None:
    customer = read_in(PAID_ADVANCED)
    Customer.objects.filter(pk=customer.pk).update(removed_at=now())
    sandbox.reset_calls()
    answer = browser.post(reverse("customers:edit", args=[customer.pk]), {"company_name": "x"})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "LINE WORKS no longer lists" in page
    assert f'href="{customer.get_absolute_url()}"' in page
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []
