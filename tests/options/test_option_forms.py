"""
What the forms of options refuse: each says what is wrong at the field that is wrong, and nothing comes of it.

Nothing means: no call at LINE WORKS and no operation.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.operations.models import Operation
from tests.options.situations import SITUATIONS
from tests.support.orders import day
from tests.support.portal import PAID_MONTHLY, WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

REQUIRED = "This field is required."
SIZE = "Choose one of the sub options."
# A size that there is and that is not offered: the rule says why.
NOT_SOLD = "This option is not available with Standard."
GROWS = "An immediate change must be an upgrade. Choose a sub option above 5 TB."
BECOMES = "This trial converts only to the paid option Drive (Standard)."
NUMBER = "Enter a whole number, for example 10."
A_DAY = "Enter a date as YYYY-MM-DD, or select one."
SCRIPT = "<script>alert(1)</script>"

# Situation, address, its ids, what is posted → the errors by field.
BAD: dict[str, tuple[str, str, list[str], dict[str, str], dict[str, str]]] = {
    "no size": ("standard", "add", ["SSTG2"], {}, {"sub_option_id": REQUIRED}),
    "a size of another option": ("standard", "add", ["SSTG2"], {"sub_option_id": "BCT01"}, {"sub_option_id": SIZE}),
    "a size for Advanced": ("standard", "add", ["DRV"], {"sub_option_id": "DRV_PA"}, {"sub_option_id": NOT_SOLD}),
    "no size at all": ("standard", "add", ["SSTG2"], {"sub_option_id": SCRIPT}, {"sub_option_id": SIZE}),
    "no quantity": (
        "standard", "add", ["CST_S"], {"sub_option_id": "CST_S01"},
        {"quantity": "Enter a quantity from 1 to 50."},
    ),
    "too much": (
        "standard", "add", ["CST_S"], {"sub_option_id": "CST_S01", "quantity": "51"},
        {"quantity": "Enter a quantity from 1 to 50."},
    ),
    "half a piece": (
        "standard", "add", ["CST_S"], {"sub_option_id": "CST_S01", "quantity": "1.5"}, {"quantity": NUMBER},
    ),
    "a smaller size at once": ("storage", "upgrade", ["SSTG2"], {"sub_option_id": "SSTG201"}, {"sub_option_id": GROWS}),
    "the same size at once": ("storage", "upgrade", ["SSTG2"], {"sub_option_id": "SSTG202"}, {"sub_option_id": GROWS}),
    "another Drive": ("drive trial", "convert", ["DRV"], {"sub_option_id": "DRV_PS"}, {"sub_option_id": BECOMES}),
    "nothing more": ("CX Talk", "add_quantity", ["CST_S"], {"quantity": "0"}, {
        "quantity": "Enter a quantity from 1 to 47.",
    }),
    "no number": ("CX Talk", "add_quantity", ["CST_S"], {"quantity": "many"}, {"quantity": NUMBER}),
    "no day": ("storage", "schedule", ["SSTG2", "CANCEL"], {}, {"apply_date": REQUIRED}),
    "no such day": ("storage", "schedule", ["SSTG2", "CANCEL"], {"apply_date": "2026-02-30"}, {"apply_date": A_DAY}),
    "today": (
        "storage", "schedule", ["SSTG2", "MODIFY"], {"apply_date": str(day(0)), "sub_option_id": "SSTG203"},
        {"apply_date": "Choose an upgrade date from 16 Jan 2026 to 19 Sep 2026, the day after the contract ends."},
    ),
    "another day than the conversion": (
        "archive trial, to be converted", "schedule", ["ACV2", "CANCEL"], {"apply_date": str(day(8))},
        {"apply_date": "Choose 22 Jan 2026, the scheduled date of the subscription’s change."},
    ),
    "not the 1st": (
        "CX Talk", "schedule", ["CST_S", "CHANGE_QUANTITY"], {"apply_date": str(day(16)), "quantity": "5"},
        {"apply_date": "The quantity can change only on the 1st of next month, 1 Feb 2026."},
    ),
    "no more than now": (
        "CX Talk", "schedule", ["CST_S", "CHANGE_QUANTITY"], {"apply_date": str(day(17)), "quantity": "3"},
        {"quantity": "Enter a quantity above 3. The quantity can be reduced only at renewal."},
    ),
    "nothing is changed": (
        "storage to grow", "schedule_change", ["SSTG2"], {"apply_date": str(day(9)), "sub_option_id": "SSTG203"},
        {"__all__": "The scheduled change is already like this. Change at least one field."},
    ),
    "no kind of renewal": ("storage", "renewal", ["SSTG2"], {"type": "CANCEL"}, {
        "type": "Choose the renewal settings.",
    }),
    "it is set so already": ("storage", "renewal", ["SSTG2"], {"type": "STAY"}, {
        "__all__": "The renewal settings are already like this. Change at least one field.",
    }),
}  # fmt: skip


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def nothing_comes_of_it(db: None) -> Iterator[None]:
    yield
    assert not Operation.objects.exists()


def errors_of(response: Any) -> dict[str, str]:
    return {name: " ".join(errors) for name, errors in response.context["form"].errors.items()}


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize("what", BAD)
def test_a_bad_wish_is_told_at_its_field(what: str, browser: Client, read_in: ReadIn, sandbox: Sandbox) -> None:
    situation, name, ids, posted, expected = BAD[what]
    customer = read_in(SITUATIONS[situation](sandbox))
    effects = sandbox.ledger()
    sandbox.reset_calls()

    response = browser.post(reverse(f"options:{name}", args=[customer.pk, *ids]), posted)

    assert response.status_code == 422
    assert errors_of(response) == expected
    assert "<script>alert" not in response.content.decode()
    assert sandbox.calls() == {}
    assert sandbox.ledger() == effects


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("add", ["QTA_O1"]),
        ("add", ["NEVER_HEARD_OF"]),
        ("upgrade", ["SSTG2"]),
        ("cancel", ["SSTG2"]),
        ("renewal", ["SSTG2"]),
        ("schedule", ["SSTG2", "CANCEL"]),
        ("schedule", ["SSTG2", "SHRINK"]),
        ("schedule_change", ["SSTG2"]),
        ("schedule_delete", ["SSTG2"]),
    ],
)
def test_what_the_customer_does_not_have_is_not_found(
    name: str, ids: list[str], browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    """Another customer uses the option, and something is scheduled for it there."""
    read_in(SITUATIONS["storage to grow"](sandbox))
    customer = read_in(WITHOUT_CONTRACT)
    for method in (browser.get, browser.post):
        assert method(reverse(f"options:{name}", args=[customer.pk, *ids])).status_code == 404


@pytest.mark.usefixtures("nothing_comes_of_it")
@pytest.mark.parametrize(
    ("situation", "name", "ids", "words"),
    [
        ("trial", "add", ["SSTG2"], "This option is not available with Standard Trial."),
        ("grace", "add", ["ACV2"], "The trial has ended."),
        ("nothing", "schedule", ["ACV2", "APPLY"], "An option needs a subscription."),
        ("free", "schedule", ["ACV2", "APPLY"], "Schedule the conversion of the subscription to paid first."),
        ("storage to grow", "schedule", ["SSTG2", "CANCEL"], "The option already has a scheduled change: Upgrade"),
        ("largest storage", "upgrade", ["SSTG2"], "There is no sub option above 500 TB."),
        ("drive trial", "renewal", ["DRV"], "A trial option has no renewal settings. Convert it to paid first."),
    ],
)
def test_what_stands_against_an_order_is_said_and_its_form_is_not_shown(
    situation: str, name: str, ids: list[str], words: str, browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    customer = read_in(SITUATIONS[situation](sandbox))
    address = reverse(f"options:{name}", args=[customer.pk, *ids])

    page = browser.get(address).content.decode()

    assert words in page
    assert 'method="post" class="card"' not in page
    assert browser.post(address, {"apply_date": str(day(7)), "sub_option_id": "ACV201"}).status_code == 422


def test_the_grid_has_exactly_one_day_where_the_subscription_is_to_be_converted(
    browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    customer = read_in(SITUATIONS["trial, to be converted"](sandbox))

    page = browser.get(reverse("options:schedule", args=[customer.pk, "ACV2", "APPLY"])).content.decode()

    assert page.count('type="radio" name="apply_date"') == 1
    assert f'name="apply_date" value="{day(7)}"' in page


def test_only_what_differs_is_asked_for(browser: Client, read_in: ReadIn, sandbox: Sandbox) -> None:
    customer = read_in(SITUATIONS["storage to grow"](sandbox))
    url = reverse("options:schedule_change", args=[customer.pk, "SSTG2"])
    posted = {"apply_date": str(day(12)), "sub_option_id": "SSTG203"}

    refused = browser.post(url, posted | {"quantity": "7"})
    assert refused.status_code == 422
    assert "“Quantity” can’t be set here. Leave the field empty." in refused.content.decode()
    assert not Operation.objects.exists()

    browser.post(url, posted)
    assert Operation.objects.get().request == {"optionProductId": "SSTG2", "applyDate": str(day(12))}


def test_a_size_for_what_renews_as_it_is_is_refused(browser: Client, read_in: ReadIn, sandbox: Sandbox) -> None:
    customer = read_in(SITUATIONS["storage that is to shrink"](sandbox))
    url = reverse("options:renewal", args=[customer.pk, "SSTG2"])

    refused = browser.post(url, {"type": "STAY", "sub_option_id": "SSTG205"})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["sub_option_id"]
    assert not Operation.objects.exists()

    browser.post(url, {"type": "STAY"})
    assert Operation.objects.get().request == {"optionProductId": "SSTG2", "type": "STAY"}
    assert customer.pk == PAID_MONTHLY
