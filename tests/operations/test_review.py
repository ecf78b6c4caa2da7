"""The review of a draft: its days and numbers are changed in place, and a penalty is accepted by a tick."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from portal.operations.display import what_differs
from portal.operations.models import Bundle, Operation
from portal.operations.states import State
from tests.support.languages import speak
from tests.support.orders import REASON, ask, day, happened, pre_order
from tests.support.portal import PAID_PREPAID, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

SWAP = {"HX-Request": "true"}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def draft(people: People, synced_customer: Customer, sandbox: Sandbox) -> Operation:
    """A pre-order of 10 licenses, from day 17 on."""
    made = ask(people.account_manager, synced_customer)
    sandbox.reset_calls()
    return made


@pytest.fixture
def leaving(people: People, read_in: ReadIn, browser: Client, sandbox: Sandbox) -> Operation:
    """A platform cancellation within the term of an annual contract."""
    customer = read_in(PAID_PREPAID)
    address = reverse("customers:withdraw", args=[customer.pk])
    answer = browser.post(address, {"withdrawal_date": str(day(20))})
    assert answer.status_code == 302, answer.context["form"].errors
    sandbox.reset_calls()
    return Operation.objects.get()


def confirm(browser: Client, draft: Operation, **fields: Any) -> Any:
    return browser.post(reverse("operations:confirm", args=[draft.pk]), {"reason": REASON, **fields})


def review(browser: Client, draft: Operation, **fields: Any) -> Any:
    return browser.post(draft.get_absolute_url(), fields)


def test_the_fields_stand_on_the_review_as_they_were_asked_for(browser: Client, draft: Operation) -> None:
    page = browser.get(draft.get_absolute_url())

    values = {field.bound.name: str(field.bound.value()) for field in page.context["fields"]}
    assert values == {"license_count": "10", "apply_date": str(day(17))}
    assert 'form="submit"' in page.content.decode()


@pytest.mark.parametrize("headers", [{}, SWAP], ids=["without JavaScript", "swap"])
def test_a_changed_field_is_reviewed_anew_at_the_same_address(
    browser: Client, draft: Operation, headers: dict[str, str], sandbox: Sandbox
) -> None:
    typed = {"license_count": "25", "apply_date": str(day(17)), "reason": "増員 <b>", "reference": "T-7"}

    answer = browser.post(draft.get_absolute_url(), typed, headers=headers)

    now = Operation.objects.get()
    assert (answer.status_code, now.pk, now.state) == (200, draft.pk, State.PROPOSED)
    assert (now.request["licenseCount"], now.request["plan"]) == (25, "ANNUAL_LICENSE")
    assert (answer.context["form"]["reason"].value(), answer.context["form"]["reference"].value()) == (
        "増員 <b>",
        "T-7",
    )
    page = answer.content.decode()
    assert "The review is updated." in page
    assert "25" in str(answer.context["display"].summary)
    assert ("<html" in page) is not bool(headers)
    assert sandbox.calls() == {}


def test_a_day_is_picked_by_its_button(browser: Client, draft: Operation) -> None:
    picks = next(field.picks for field in browser.get(draft.get_absolute_url()).context["fields"] if field.picks)

    review(browser, draft, license_count="10", apply_date=str(day(17)), use_apply_date=str(picks[0].date))

    assert Operation.objects.get().request["applyDate"] == str(picks[0].date)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"license_count": "many"}, "license_count"),
        ({"license_count": "0"}, "license_count"),
        ({"apply_date": "soon"}, "apply_date"),
        ({"apply_date": "2020-01-01"}, "apply_date"),
    ],
)
@pytest.mark.parametrize("submits", [False, True], ids=["review", "submit"])
def test_what_is_not_allowed_is_said_at_its_field_and_the_draft_stays(
    fields: dict[str, str], at: str, submits: bool, browser: Client, draft: Operation, sandbox: Sandbox
) -> None:
    before = Operation.objects.values().get()

    answer = (confirm if submits else review)(browser, draft, **fields)

    assert (answer.status_code, list(answer.context["edit_form"].errors)) == (422, [at])
    assert f'id="id_{at}_error"' in answer.content.decode()
    assert Operation.objects.values().get() == before
    assert sandbox.calls() == {}


def test_what_was_changed_and_not_reviewed_is_not_submitted(
    browser: Client, draft: Operation, sandbox: Sandbox
) -> None:
    answer = confirm(browser, draft, license_count="25", reference="T-7")

    draft.refresh_from_db()
    assert (answer.status_code, draft.state, happened(draft)) == (422, State.PROPOSED, ["proposed"])
    assert "Check the effects, then submit the request." in answer.content.decode()
    assert answer.context["form"]["reason"].value() == REASON
    assert sandbox.calls() == {}
    again = confirm(browser, draft, license_count="25", reviewed=answer.context["reviewed"])
    draft.refresh_from_db()
    assert (again.status_code, again["Location"]) == (302, f"{draft.get_absolute_url()}#result")
    assert (draft.state, draft.request["licenseCount"]) == (State.QUEUED, 25)


def test_the_result_takes_the_focus(browser: Client, draft: Operation) -> None:
    page = confirm(browser, draft).headers["Location"]

    assert page.endswith("#result")
    assert 'id="result" tabindex="-1"' in browser.get(draft.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("who", "status"), [("second_manager", 404), ("support", 404), ("finance", 404)])
def test_nobody_else_changes_a_draft(
    who: str, status: int, people: People, sign_in: SignIn, draft: Operation, sandbox: Sandbox
) -> None:
    before = Operation.objects.values().get()

    answer = review(sign_in(getattr(people, who)), draft, license_count="25")

    assert answer.status_code == status
    assert Operation.objects.values().get() == before
    assert sandbox.calls() == {}


def test_whoever_may_not_request_it_any_more_changes_nothing(
    people: People, sign_in: SignIn, draft: Operation, sandbox: Sandbox
) -> None:
    Operation.objects.update(proposed_by_id=people.support.pk)
    before = Operation.objects.values().get()

    answer = review(sign_in(people.support), draft, license_count="25")

    assert (answer.status_code, Operation.objects.values().get()) == (403, before)
    assert sandbox.calls() == {}


@pytest.mark.usefixtures("vendor_settings")
def test_what_was_submitted_is_changed_no_more(browser: Client, draft: Operation) -> None:
    confirm(browser, draft)
    before = Operation.objects.values().get()

    answer = review(browser, draft, license_count="25")

    assert answer.status_code == 302
    assert Operation.objects.values().get() == before


def test_changed_facts_come_as_figures_and_the_others_are_folded(browser: Client, leaving: Operation) -> None:
    page = browser.get(leaving.get_absolute_url())

    shown = page.content.decode()
    unchanged = page.context["unchanged"]
    assert unchanged
    assert f"{len(unchanged)} unchanged" in shown
    assert shown.index("pd-figs") < shown.index("pd-same")
    assert shown.index('id="h-confirm"') < shown.index("pd-conseq") < shown.index("data-busy>"), "above the button"


def test_a_penalty_is_not_submitted_without_its_tick(browser: Client, leaving: Operation, sandbox: Sandbox) -> None:
    page = browser.get(leaving.get_absolute_url()).content.decode()
    assert "A penalty applies." in page
    assert 'name="accepts_penalty"' in page

    answer = confirm(browser, leaving)

    leaving.refresh_from_db()
    assert (answer.status_code, leaving.state, happened(leaving)) == (422, State.PROPOSED, ["proposed"])
    assert list(answer.context["form"].errors) == ["accepts_penalty"]
    assert 'id="id_accepts_penalty_error"' in answer.content.decode()
    assert answer.context["form"]["reason"].value() == REASON
    assert sandbox.calls() == {}


@pytest.mark.usefixtures("vendor_settings")
def test_an_accepted_penalty_stands_in_the_log(browser: Client, leaving: Operation) -> None:
    confirm(browser, leaving, accepts_penalty="on")

    leaving.refresh_from_db()
    assert leaving.state == State.QUEUED
    assert leaving.events.get(what="confirmed").details["accepts_penalty"] is True
    assert "The customer accepts the penalty" in browser.get(leaving.get_absolute_url()).content.decode()


def test_the_day_without_penalty_is_one_press_away(browser: Client, leaving: Operation) -> None:
    [field] = browser.get(leaving.get_absolute_url()).context["fields"]
    assert field.free is not None

    answer = review(browser, leaving, withdrawal_date=str(day(20)), use_withdrawal_date=str(field.free.date))

    page = answer.content.decode()
    assert Operation.objects.get().request["withdrawalDate"] == str(field.free.date)
    assert "A penalty applies." not in page
    assert 'name="accepts_penalty"' not in page


def test_the_review_speaks_japanese(browser: Client, leaving: Operation, japanese: None) -> None:
    page = speak(browser, "ja").get(leaving.get_absolute_url()).content.decode()

    for words in ("違約金が発生します。", "違約金なし", "お客様が違約金を了承済み", "確認内容を更新"):
        assert words in page, words


def test_what_has_no_day_and_no_number_has_no_fields(browser: Client, read_in: ReadIn) -> None:
    customer = read_in(PAID_PREPAID)
    browser.post(reverse("customers:edit", args=[customer.pk]), {"company_name": "つばめ", "time_zone": "Asia/Tokyo"})

    for made in Operation.objects.all():
        assert browser.get(made.get_absolute_url()).context["fields"] == ()


def test_a_review_costs_as_many_queries_as_ever(
    browser: Client, draft: Operation, people: People, synced_customer: Customer
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            browser.get(draft.get_absolute_url())
        return len(caught)

    queries()
    before = queries()
    ask(people.second_manager, synced_customer, pre_order(license_count=3))

    assert queries() == before
    assert not Bundle.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("52", "77", ("52", "77", "")),
        (
            "Standard, Annual, 52 licenses, until 11 Aug",
            "Standard, Annual, 77 licenses, until 11 Aug",
            ("52 licenses", "77 licenses", "Standard, Annual, until 11 Aug"),
        ),
        ("None", "Standard, Monthly", ("None", "Standard, Monthly", "")),
        ("Standard, Monthly", "Standard", ("Standard, Monthly", "Standard", "")),
        ("1,200 licenses, a", "1,300 licenses, a", ("1,200 licenses", "1,300 licenses", "a")),
    ],
)
def test_of_two_lists_only_what_differs_is_a_figure(before: str, after: str, shown: tuple[str, str, str]) -> None:
    assert what_differs(before, after) == shown
