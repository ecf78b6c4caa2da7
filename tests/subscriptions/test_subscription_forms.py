"""
What the forms about subscriptions refuse: each says what is wrong at the field that is wrong, and nothing comes of it;
and what each begins with, which follows the plan.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.operations.models import Operation
from portal.sync.models import Reading
from tests.subscriptions.states import AtVendor, tomorrow
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

REQUIRED = "This field is required."
WHOLE = "Enter a whole number of licenses, such as 10."
NEEDED = "Enter a number of licenses from 1 to 1,000,000 for this contract type."
A_DAY = "Enter a date as YYYY-MM-DD, or select one."
MORE = "Enter a number of licenses to add, from 1 to 1,000,000."
NOT_FOR_PLAN = "This change can’t be scheduled for this plan."
WINDOW = "Choose a date from 16 Jan 2026 to 15 Jan 2027, the day after the contract ends."
ALREADY = "The change is already scheduled for 20 Jan 2026. Choose another date."
PLAN = "Choose one of the contract types."
PAID, TRIAL, FREE = "paid", "trial", "free"
SITUATIONS: dict[str, Callable[[AtVendor], AtVendor]] = {
    PAID: lambda vendor: vendor.paid(),
    TRIAL: lambda vendor: vendor.start("STD_T", "TRIAL"),
    FREE: lambda vendor: vendor.start("FR", "FREE"),
    "scheduled": lambda vendor: vendor.paid().reserve("ADD_LICENSE", tomorrow(5), licenseCount=7),
}
# situation, form, what is typed, the field, what is said there
BAD: list[tuple[str, str, dict[str, str], str, str]] = [
    (PAID, "licenses_add", {"add_license_count": ""}, "add_license_count", REQUIRED),
    (PAID, "licenses_add", {"add_license_count": "ten"}, "add_license_count", WHOLE),
    (PAID, "licenses_add", {"add_license_count": "1.5"}, "add_license_count", WHOLE),
    (PAID, "licenses_add", {"add_license_count": "0"}, "add_license_count", MORE),
    (PAID, "licenses_add", {"add_license_count": "9" * 30}, "add_license_count", MORE),
    (TRIAL, "convert", {"plan": "TRIAL"}, "plan", PLAN),
    (TRIAL, "convert", {"plan": "<script>alert(1)</script>"}, "plan", PLAN),
    (TRIAL, "convert", {"plan": "ANNUAL_LICENSE"}, "license_count", NEEDED),
    (FREE, "convert", {"plan": "MONTHLY"}, "product_id", REQUIRED),
    (FREE, "convert", {"plan": "MONTHLY", "product_id": "STD_T"}, "product_id", "Choose one of the plans."),
    (PAID, "renewal", {"type": "RENEW"}, "type", "Choose the renewal settings."),
    (PAID, "renewal", {"type": "STAY"}, "type", "The renewal settings are already like this."),
    (PAID, "renewal", {"type": "CHANGE", "plan": "ANNUAL_LICENSE", "license_count": "0"}, "license_count", NEEDED),
    (PAID, "renewal", {"type": "CHANGE", "plan": "ANNUAL"}, "plan", PLAN),
    (PAID, "reservation_add", {"type": "START_PAID_SERVICE", "apply_date": "2026-02-01"}, "type", NOT_FOR_PLAN),
    (PAID, "reservation_add", {"type": "CANCEL", "apply_date": "soon"}, "apply_date", A_DAY),
    (PAID, "reservation_add", {"type": "ADD_LICENSE", "apply_date": "2026-02-01"}, "license_count", MORE),
    (PAID, "reservation_add", {"type": "CANCEL", "apply_date": "2026-01-15"}, "apply_date", WINDOW),
    (TRIAL, "reservation_add", {"type": "START_PAID_SERVICE", "apply_date": "2026-02-01"}, "plan", REQUIRED),
    ("scheduled", "reservation_move", {"apply_date": ""}, "apply_date", REQUIRED),
    ("scheduled", "reservation_move", {"apply_date": "2026-01-20"}, "apply_date", ALREADY),
]  # fmt: skip


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def enter(sandbox: Sandbox, read_in: ReadIn) -> Callable[[str], int]:
    """Brings a customer into a situation and the cache; answers the number of its subscription."""

    def enter(situation: str) -> int:
        vendor = SITUATIONS[situation](AtVendor(sandbox, WITHOUT_CONTRACT))
        read_in(WITHOUT_CONTRACT)
        sandbox.reset_calls()
        return vendor.subscription_id

    return enter


def address(name: str, number: int, domain_id: int = WITHOUT_CONTRACT) -> str:
    return reverse(f"subscriptions:{name}", args=[domain_id, number])


def errors_of(response: Any) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


@pytest.mark.parametrize(("situation", "form", "typed", "field", "words"), BAD)
def test_a_bad_value_is_told_at_its_field_and_nothing_comes_of_it(
    situation: str,
    form: str,
    typed: dict[str, str],
    field: str,
    words: str,
    browser: Client,
    enter: Callable[[str], int],
    sandbox: Sandbox,
) -> None:
    url = address(form, enter(situation))
    effects = sandbox.ledger()

    response = browser.post(url, typed)

    assert response.status_code == 422
    assert errors_of(response).get(field) == [words]
    assert "<script>alert" not in response.content.decode()
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}
    assert sandbox.ledger() == effects


@pytest.mark.parametrize(
    ("situation", "form", "reason"),
    [
        (
            TRIAL,
            "licenses_add",
            ("Licenses can be added only to a paid contract type with licenses. This subscription has Trial."),
        ),
        (PAID, "convert", "Only Free and trials can be converted to paid."),
        (FREE, "upgrade", "Free can’t be upgraded. Convert the subscription to paid instead."),
        (TRIAL, "renewal", "Free and trials have no renewal settings."),
        (PAID, "reservation_move", "No change is scheduled."),
        (PAID, "reservation_delete", "No change is scheduled."),
    ],
)
def test_what_cannot_be_asked_for_says_why_on_the_customers_page_and_on_its_own(
    situation: str, form: str, reason: str, browser: Client, enter: Callable[[str], int]
) -> None:
    number = enter(situation)

    page = browser.get(reverse("customers:detail", args=[WITHOUT_CONTRACT])).content.decode()
    own = browser.get(address(form, number)).content.decode()

    assert reason in page
    assert f'href="{address(form, number)}"' not in page
    assert reason in own
    assert "This request isn’t available now." in own


@pytest.mark.parametrize(
    ("situation", "form", "begins"),
    [
        (TRIAL, "convert", ["plan", "license_count"]),
        (FREE, "convert", ["product_id", "plan", "license_count"]),
        (TRIAL, "reservation_add", ["type", "plan", "license_count", "apply_date"]),
        (FREE, "reservation_add", ["type", "product_id", "plan", "license_count", "apply_date"]),
        (PAID, "reservation_add", ["type", "license_count", "apply_date"]),
        (PAID, "renewal", ["type", "product_id", "plan", "license_count"]),
        (PAID, "upgrade", []),
        (PAID, "cancel", []),
    ],
)
def test_a_form_asks_for_what_the_plan_needs(
    situation: str, form: str, begins: list[str], browser: Client, enter: Callable[[str], int]
) -> None:
    response = browser.get(address(form, enter(situation)))

    assert response.status_code == 200
    assert [row.field.name for row in response.context["form"].rows()] == begins


def test_a_trial_takes_its_own_plan_and_refuses_another(browser: Client, read_in: ReadIn) -> None:
    read_in(WITHOUT_CONTRACT)
    url = reverse("subscriptions:subscription_add", args=[WITHOUT_CONTRACT])

    refused = browser.post(url, {"product_id": "STD_T", "plan": "MONTHLY"})
    assert refused.status_code == 422
    assert list(errors_of(refused)) == ["plan"]
    assert not Operation.objects.exists()

    browser.post(url, {"product_id": "STD_T"})

    assert Operation.objects.get().request == {"productId": "STD_T", "plan": "TRIAL"}


@pytest.mark.parametrize("form", ["licenses_add", "convert", "upgrade", "reservation_add", "renewal", "cancel"])
def test_a_subscription_of_another_customer_is_not_found(
    form: str, browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    number = read_in(PAID_ADVANCED).subscriptions.get().subscription_id
    read_in(PAID_MONTHLY)
    sandbox.reset_calls()

    for strange in (number, 1, 10**30):
        assert browser.post(address(form, strange, PAID_MONTHLY), {"apply_date": "2026-02-01"}).status_code == 404

    assert not Operation.objects.exists()
    assert sandbox.calls() == {}


def test_what_is_scheduled_and_set_for_the_renewal_stands_in_the_overview(
    browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    vendor = SITUATIONS["scheduled"](AtVendor(sandbox, WITHOUT_CONTRACT))
    vendor.of("updateRenewal", {"type": "CHANGE", "productId": "ADV", "licenseCount": 20})
    read_in(WITHOUT_CONTRACT)

    page = browser.get(reverse("customers:detail", args=[WITHOUT_CONTRACT])).content.decode()

    in_short, rest = page.split('aria-label="At a glance"')[1].split("</section>", 1)
    assert "7 licenses" in in_short
    assert "No scheduled changes" not in in_short
    assert "Add licenses, 7 licenses" in rest
    assert "Advanced, Annual, monthly, 20 licenses" in rest


def test_a_part_that_was_never_read_is_told_so(browser: Client, enter: Callable[[str], int]) -> None:
    number = enter(PAID)
    Reading.objects.filter(domain_id=WITHOUT_CONTRACT, resource="options").delete()

    response = browser.post(address("cancel", number))

    assert response.status_code == 422
    assert "hasn’t been synced" in errors_of(response)["__all__"][0]
    assert not Operation.objects.exists()
