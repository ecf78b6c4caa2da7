"""One form lets an option grow today, later or at its renewal: the day decides by which change of LINE WORKS."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from options.models import OptionProduct as Row
from options.rules.shared import find_held
from options.rules.timing import more_on, size_on
from portal.operations.models import Operation
from portal.operations.services import confirm
from portal.operations.snapshots import Snapshot
from portal.operations.states import State
from portal.vendor.client import OptionProduct, OptionProductRenewal
from tests.support.orders import REASON, day, rest
from tests.support.portal import PAID_ADVANCED, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

TODAY, END = date(2026, 1, 15), date(2026, 7, 31)
NEXT = END + timedelta(days=1)
TALK, STORAGE = "CST_S", "SSTG2"
LATER, RENEWAL = "addOptionProductOrder", "updateOptionProductRenewal"


def held(code: str, size: str, quantity: int) -> OptionProduct:
    raw = {
        "domainId": PAID_ADVANCED,
        "subscriptionId": 501,
        "optionProductId": code,
        "subOptionId": size,
        "appliedTime": "2025-08-01T00:00:00+09:00",
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2025-08-01",
        "planEndDate": END.isoformat(),
        "quantity": quantity,
    }
    return OptionProduct.from_vendor(raw)


def state(option: OptionProduct, **renewal: Any) -> Snapshot:
    set_so = {"subscriptionId": 501, "optionProductId": option.option_product_id, "type": "STAY"} | renewal
    return Snapshot(
        {"options": (option,), "option_renewals": (OptionProductRenewal.from_vendor(set_so),)}, is_complete=True
    )


@pytest.mark.parametrize(
    ("renewal", "on", "asked"),
    [
        ({}, TODAY - timedelta(days=1), None),
        ({}, TODAY, None),
        ({}, date(2026, 2, 1), (LATER, {"type": "CHANGE_QUANTITY", "quantity": 5, "apply_date": date(2026, 2, 1)})),
        ({}, NEXT, (RENEWAL, {"type": "CHANGE", "sub_option_id": "CST_S01", "quantity": 5})),
        (
            {"type": "CHANGE", "subOptionId": "CST_S02", "quantity": 7},
            NEXT,
            (RENEWAL, {"type": "CHANGE", "sub_option_id": "CST_S02", "quantity": 9}),
        ),
        ({}, NEXT + timedelta(days=1), None),
    ],
)
def test_the_day_decides_about_a_quantity(renewal: dict[str, Any], on: date, asked: Any) -> None:
    talk = held(TALK, "CST_S01", 3)
    assert find_held(state(talk), TALK) == talk
    assert more_on(state(talk, **renewal), talk, 2, on, TODAY) == asked


@pytest.mark.parametrize(
    ("on", "asked"),
    [
        (TODAY, None),
        (END, (LATER, {"type": "MODIFY", "sub_option_id": "SSTG203", "apply_date": END})),
        (NEXT, (RENEWAL, {"type": "CHANGE", "sub_option_id": "SSTG203"})),
        (NEXT + timedelta(days=1), None),
    ],
)
def test_the_day_decides_about_a_size(on: date, asked: Any) -> None:
    assert size_on(held(STORAGE, "SSTG202", 1), "SSTG203", on, TODAY) == asked


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def add(sandbox: Sandbox, read_in: ReadIn, code: str, size: str, quantity: int | None = None) -> Row:
    wish = {"optionProductId": code, "subOptionId": size} | ({"quantity": quantity} if quantity else {})
    do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, wish)
    row = Row.objects.get(customer=read_in(PAID_ADVANCED), option_product_id=code, removed_at=None)
    sandbox.reset_calls()
    return row


@pytest.fixture
def talk(sandbox: Sandbox, read_in: ReadIn) -> Row:
    """Three pieces of CX Talk, long before the end of the contract."""
    return add(sandbox, read_in, TALK, "CST_S01", 3)


@pytest.fixture
def storage(sandbox: Sandbox, read_in: ReadIn) -> Row:
    """Five terabytes of storage."""
    return add(sandbox, read_in, STORAGE, "SSTG202")


def more(row: Row) -> str:
    return reverse("options:add_quantity", args=[row.customer_id, row.option_product_id])


def upgrade(row: Row) -> str:
    return reverse("options:upgrade", args=[row.customer_id, row.option_product_id])


def at_renewal(row: Row) -> str:
    return str(row.end_date + timedelta(days=1))


def test_the_form_opens_on_today_and_offers_the_days_that_can_be(browser: Client, talk: Row) -> None:
    field = browser.get(more(talk)).context["form"]["apply_date"]

    assert str(field.value()) == str(day(0))
    assert [str(pick.date) for pick in field.field.picks] == [str(day(0)), "2026-02-01", at_renewal(talk)]


def test_one_draft_becomes_each_change_by_its_day(browser: Client, talk: Row, sandbox: Sandbox) -> None:
    browser.post(more(talk), {"quantity": "2", "apply_date": str(day(0))})
    draft = Operation.objects.get()
    assert (draft.kind, draft.request["quantity"]) == ("addOptionProductQuantity", 2)

    def move(to: str, count: int) -> str:
        answer = browser.post(draft.get_absolute_url(), {"quantity": str(count), "apply_date": to})
        assert answer.status_code == 200, answer.context["edit_form"].errors
        draft.refresh_from_db()
        return answer.content.decode()

    assert "LINE WORKS schedules the change for that day." in move("2026-02-01", 2)
    assert (draft.kind, draft.request["type"], draft.request["quantity"]) == (LATER, "CHANGE_QUANTITY", 5)
    assert "the renewal settings are changed." in move(at_renewal(talk), 4)
    assert (draft.kind, draft.request["type"], draft.request["quantity"]) == (RENEWAL, "CHANGE", 7)
    again = browser.get(more(talk)).context["form"]
    assert (str(again["quantity"].value()), str(again["apply_date"].value())) == ("4", at_renewal(talk))
    move(str(day(0)), 4)
    assert (draft.kind, Operation.objects.count()) == ("addOptionProductQuantity", 1)
    assert sandbox.calls() == {}


def test_a_size_is_chosen_with_its_day(browser: Client, storage: Row, sandbox: Sandbox) -> None:
    browser.post(upgrade(storage), {"sub_option_id": "SSTG203", "apply_date": str(day(9))})

    draft = Operation.objects.get()
    assert (draft.kind, draft.request["type"], draft.request["subOptionId"]) == (LATER, "MODIFY", "SSTG203")
    again = browser.get(upgrade(storage)).context["form"]
    assert (again["sub_option_id"].value(), str(again["apply_date"].value())) == ("SSTG203", str(day(9)))
    assert sandbox.calls() == {}


@pytest.mark.parametrize("on", ["2020-01-01", "2026-02-02", "2099-01-01"])
def test_a_day_without_a_change_is_refused_at_the_day(browser: Client, talk: Row, on: str, sandbox: Sandbox) -> None:
    answer = browser.post(more(talk), {"quantity": "2", "apply_date": on})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["apply_date"])
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}


@pytest.mark.parametrize("on", [str(day(0)), "2026-02-01"])
def test_a_quantity_that_is_not_allowed_is_refused_at_the_quantity(
    browser: Client, talk: Row, on: str, sandbox: Sandbox
) -> None:
    answer = browser.post(more(talk), {"quantity": "60", "apply_date": on})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["quantity"])
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}


def test_what_is_scheduled_blocks_a_later_day_and_not_today(
    browser: Client, storage: Row, read_in: ReadIn, sandbox: Sandbox
) -> None:
    task = {"optionProductId": STORAGE, "type": "MODIFY", "subOptionId": "SSTG204", "applyDate": str(day(9))}
    do_outside(sandbox, "addOptionProductOrder", PAID_ADVANCED, task)
    read_in(PAID_ADVANCED)
    sandbox.reset_calls()

    later = browser.post(upgrade(storage), {"sub_option_id": "SSTG203", "apply_date": str(day(10))})

    assert "The option already has a scheduled change" in str(later.context["form"].errors["apply_date"])
    assert (later.status_code, Operation.objects.count(), sandbox.calls()) == (422, 0, {})
    today = browser.post(upgrade(storage), {"sub_option_id": "SSTG203", "apply_date": str(day(0))})
    assert (today.status_code, Operation.objects.get().kind) == (302, "upgradeOptionProduct")


def test_the_change_at_the_renewal_goes_its_way(
    worker: Worker, browser: Client, talk: Row, people: People, sandbox: Sandbox
) -> None:
    browser.post(more(talk), {"quantity": "2", "apply_date": at_renewal(talk)})

    done = rest(confirm(Operation.objects.get(), by=people.account_manager, reason=REASON))

    assert (done.kind, done.state) == (RENEWAL, State.SUCCEEDED)
    assert sandbox.calls()[RENEWAL] == 1
