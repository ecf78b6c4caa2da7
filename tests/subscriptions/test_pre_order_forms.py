"""
What the forms of pre-orders refuse: each says what is wrong at the field that is wrong, and nothing comes of it.

Nothing means: no call at LINE WORKS, no operation, no change in the cache.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support.orders import day
from tests.support.portal import (
    PAID_MONTHLY,
    WITHOUT_CONTRACT,
    WITHOUT_CONTRACT_OF_A_GROUP,
    People,
    ReadIn,
    SignIn,
)
from tests.support.sandbox import Sandbox

GOOD = {"product_id": "STD", "plan": "ANNUAL_LICENSE", "license_count": "10", "apply_date": "2026-02-01"}
REQUIRED = "This field is required."
LICENSES = "Enter a number of licenses from 1 to 1,000,000 for this contract type."
WHOLE_NUMBER = "Enter a whole number of licenses, such as 10."
A_DAY = "Enter a date as YYYY-MM-DD, or select one."
PRODUCT = "Choose Standard or Advanced."
PLAN = "Choose one of the contract types."
WINDOW = "Choose a start date from 16 Jan 2026 to 15 Feb 2026."

BAD: list[tuple[str, str, str]] = [
    ("apply_date", "", REQUIRED),
    ("apply_date", "tomorrow", A_DAY),
    ("apply_date", "2026-02-30", A_DAY),
    ("apply_date", "02/01/2026", A_DAY),
    ("apply_date", "2026-02-01T00:00", A_DAY),
    ("apply_date", str(day(-1)), WINDOW),
    ("apply_date", str(day(0)), WINDOW),
    ("apply_date", str(day(32)), WINDOW),
    ("apply_date", "9999-12-31", WINDOW),
    ("apply_date", "0001-01-01", WINDOW),
    ("product_id", "", REQUIRED),
    ("product_id", "FR", PRODUCT),
    ("product_id", "STD_T", PRODUCT),
    ("product_id", "std", PRODUCT),
    ("product_id", "<script>alert(1)</script>", PRODUCT),
    ("plan", "", REQUIRED),
    ("plan", "TRIAL", PLAN),
    ("plan", "annual", PLAN),
    ("license_count", "", LICENSES),
    ("license_count", "0", LICENSES),
    ("license_count", "-1", LICENSES),
    ("license_count", "1000001", LICENSES),
    ("license_count", "9" * 40, LICENSES),
    ("license_count", "ten", WHOLE_NUMBER),
    ("license_count", "10.5", WHOLE_NUMBER),
    ("license_count", "1e3", WHOLE_NUMBER),
]


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def nothing_comes_of_it(sandbox: Sandbox, synced_customer: Customer) -> Iterator[None]:
    """Whatever the test posts leads to no call, no operation and no change of the cache."""
    sandbox.reset_calls()
    before = list(Customer.objects.values())
    yield
    assert sandbox.calls() == {}
    assert sandbox.ledger() == []
    assert not Operation.objects.exists()
    assert list(Customer.objects.values()) == before


def add_url(domain_id: int = WITHOUT_CONTRACT) -> str:
    return reverse("subscriptions:pre_order_add", args=[domain_id])


def errors_of(response: Any) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize(("field", "value", "words"), BAD)
def test_a_bad_value_is_told_at_its_field(field: str, value: str, words: str, browser: Client) -> None:
    response = browser.post(add_url(), GOOD | {field: value})

    assert response.status_code == 422
    assert errors_of(response) == {field: [words]}
    page = response.content.decode()
    assert f'id="id_{field}_error"' in page
    assert page.count(words) == 1
    assert "<script>alert" not in page


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize("count", ["1", "10", "0"])
def test_a_monthly_plan_has_no_number_of_licenses(count: str, browser: Client) -> None:
    response = browser.post(add_url(), GOOD | {"plan": "MONTHLY", "license_count": count})

    assert response.status_code == 422
    assert errors_of(response) == {"license_count": ["A monthly contract has no number of licenses. Leave it empty."]}


@pytest.mark.usefixtures("nothing_comes_of_it")
def test_every_problem_is_told_at_once_and_what_was_typed_stays(browser: Client) -> None:
    bad = {"product_id": "ADV", "plan": "MONTHLY", "license_count": "7", "apply_date": "2026-01-15"}

    response = browser.post(add_url(), bad)

    assert set(errors_of(response)) == {"license_count", "apply_date"}
    form = response.context["form"]
    assert {name: form[name].value() for name in form.fields} == bad
    assert "Nothing was sent. Fix the marked fields, then try again." in response.content.decode()


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize("missing", [["apply_date"], ["plan", "product_id"], list(GOOD)])
def test_a_hand_made_post_without_fields_is_told_so(missing: list[str], browser: Client) -> None:
    fields = {name: value for name, value in GOOD.items() if name not in missing}

    response = browser.post(add_url(), fields)

    assert response.status_code == 422
    assert set(errors_of(response)) == set(missing) - {"license_count"}


def test_fields_that_the_form_does_not_have_change_nothing(
    browser: Client, synced_customer: Customer, people: People
) -> None:
    planted = {
        "state": "succeeded", "domain_id": "300000001", "customer_name": "x", "proposed_by_id": "1", "kind": "delete",
        "request": "{}", "productId": "ADV", "reason": "x", "preOrderId": "1",
    }  # fmt: skip

    response = browser.post(add_url(), GOOD | planted)

    operation = Operation.objects.get()
    assert response.headers["Location"] == operation.get_absolute_url()
    assert (operation.state, operation.kind, operation.domain_id) == (State.PROPOSED, "addPreOrder", WITHOUT_CONTRACT)
    assert operation.proposed_by_id == people.account_manager.pk
    assert operation.reason == ""
    assert operation.request == {
        "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10, "applyDate": "2026-02-01",
    }  # fmt: skip


def test_advanced_needs_a_domain(browser: Client, read_in: ReadIn, sandbox: Sandbox) -> None:
    customer = read_in(WITHOUT_CONTRACT_OF_A_GROUP)

    response = browser.post(add_url(customer.pk), GOOD | {"product_id": "ADV"})

    assert response.status_code == 422
    [sentence] = errors_of(response)["product_id"]
    assert customer.domain in sentence
    assert not Operation.objects.exists()


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize("domain_id", [0, 1, 10**12, 10**30])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_customer_is_not_found(domain_id: int, method: str, browser: Client) -> None:
    assert getattr(browser, method)(add_url(domain_id), GOOD).status_code == 404


@pytest.mark.usefixtures("nothing_comes_of_it")
def test_a_customer_that_has_gone_is_not_found(browser: Client) -> None:
    Customer.objects.update(removed_at="2026-01-01T00:00Z")

    response = browser.post(add_url(), GOOD)
    Customer.objects.update(removed_at=None)

    assert response.status_code == 404


def test_a_customer_that_was_never_read_is_told_so(browser: Client, synced_customer: Customer) -> None:
    """The listing brought its row, but nobody has read its contracts yet."""
    stranger = Customer.objects.get()
    stranger.pk = stranger.domain_id = PAID_MONTHLY
    stranger.save(force_insert=True)

    response = browser.post(add_url(PAID_MONTHLY), GOOD)

    assert response.status_code == 422
    assert "hasn’t been synced" in errors_of(response)["__all__"][0]
    assert not Operation.objects.exists()


class TestAnotherCustomersPreOrder:
    """A pre-order's number belongs to one customer; below another one it leads nowhere."""

    @pytest.fixture
    def number(self, sandbox: Sandbox, read_in: ReadIn, synced_customer: Customer) -> int:
        """A pre-order of somebody else."""
        order = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
        sandbox.add_pre_order_outside(PAID_MONTHLY, order)
        return read_in(PAID_MONTHLY).pre_orders.get().pre_order_id

    @pytest.mark.parametrize("name", ["pre_order_move", "pre_order_delete"])
    @pytest.mark.parametrize("strange", [0, 1, 10**30])
    def test_it_is_not_found(self, name: str, strange: int, number: int, browser: Client) -> None:
        pre_order_id = number if strange == 0 else strange + number

        response = browser.post(
            reverse(f"subscriptions:{name}", args=[WITHOUT_CONTRACT, pre_order_id]), {"apply_date": str(day(5))}
        )

        assert response.status_code == 404
        assert not Operation.objects.exists()


class TestMoving:
    @pytest.fixture
    def url(self, sandbox: Sandbox, read_in: ReadIn) -> str:
        """The form of a pre-order that starts on the ninth day."""
        order = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
        sandbox.add_pre_order_outside(WITHOUT_CONTRACT, order)
        number = read_in(WITHOUT_CONTRACT).pre_orders.get().pre_order_id
        return reverse("subscriptions:pre_order_move", args=[WITHOUT_CONTRACT, number])

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("", REQUIRED),
            ("soon", A_DAY),
            (str(day(0)), WINDOW),
            (str(day(32)), WINDOW),
            (str(day(9)), "The start date is already 24 Jan 2026. Choose another date."),
        ],
    )
    def test_a_bad_day_is_told_at_its_field(self, value: str, words: str, url: str, browser: Client) -> None:
        response = browser.post(url, {"apply_date": value})

        assert response.status_code == 422
        assert errors_of(response) == {"apply_date": [words]}
        assert not Operation.objects.exists()

    def test_a_good_day_becomes_a_proposal(self, url: str, browser: Client) -> None:
        response = browser.post(url, {"apply_date": str(day(20))})

        operation = Operation.objects.get()
        assert response.headers["Location"] == operation.get_absolute_url()
        assert (operation.kind, operation.request["applyDate"]) == ("updatePreOrder", str(day(20)))


@pytest.mark.parametrize("value", [str(day(1)), str(day(31))])
def test_the_first_and_the_last_day_of_the_window_are_good(
    value: str, browser: Client, synced_customer: Customer
) -> None:
    response = browser.post(add_url(), GOOD | {"apply_date": value})

    assert response.headers["Location"] == Operation.objects.get().get_absolute_url()


@pytest.mark.parametrize("count", ["1", "1000000", " 12 "])
def test_the_least_and_the_most_licenses_are_good(count: str, browser: Client, synced_customer: Customer) -> None:
    browser.post(add_url(), GOOD | {"license_count": count})

    assert Operation.objects.get().request["licenseCount"] == int(count)


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize(
    "query", ["", "?apply_date=soon&plan=odd&product_id=%0A&license_count=-5", "?apply_date=2026-01-20&unknown=1"]
)
def test_looking_at_the_form_does_nothing(query: str, browser: Client) -> None:
    response = browser.get(add_url() + query)

    assert response.status_code == 200
    assert errors_of(response) == {}
