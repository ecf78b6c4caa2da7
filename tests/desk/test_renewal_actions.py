"""What people record about a renewal, what is refused, and that nothing of it is sent."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.test import Client
from pytest_django import Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.desk.models import RenewalCase, RenewalEvent
from portal.operations.models import Operation
from subscriptions.models import Reservation, Subscription
from tests.support import orders, vendor_json
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.stores import database

TODAY = date(2026, 11, 20)
END = date(2026, 12, 15)
DUE = date(2026, 12, 14)
FIRST = 10_000_001
ADDRESS = f"/renewals/{FIRST}/501/"
SWAP = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def contract(db: None) -> Subscription:
    keep_customers(vendor_json.customer(FIRST, companyName="青葉会"))
    return Subscription.objects.create(
        customer_id=FIRST, subscription_id=501, product_id="STD", plan="ANNUAL_LICENSE", status="ACTIVE",
        start_date=date(2025, 12, 16), end_date=END, license_count=20, renewal_type="STAY", raw={}, changed_at=now(),
    )  # fmt: skip


@pytest.fixture
def me(people: People, contract: Subscription) -> User:
    return people.account_manager


@pytest.fixture
def browser(me: User, sign_in: SignIn) -> Client:
    return sign_in(me)


def post(browser: Client, action: str, *, headers: dict[str, str] | None = None, **data: str) -> Any:
    return browser.post(ADDRESS, {"action": action, "term": END.isoformat(), **data}, headers=headers or {})


def case() -> RenewalCase:
    return RenewalCase.objects.get()


def recorded(**columns: Any) -> RenewalCase:
    return RenewalCase.objects.create(**{"domain_id": FIRST, "subscription_id": 501, "end_date": END, **columns})


@pytest.fixture
def nothing_changes(db: None) -> Iterator[None]:
    """What is refused leaves the tables of renewals and requests as they were."""
    yield
    assert RenewalEvent.objects.count() == 0
    assert Operation.objects.filter(kind="updateRenewal", state="queued").count() == 0


# --- What is recorded ------------------------------------------------------------------------------------------------


def test_one_click_assigns_it(browser: Client, me: User) -> None:
    assert post(browser, "assign")["Location"] == "/renewals/"
    assert (case().owner_id, case().owner_name) == (me.pk, str(me))
    post(browser, "release")
    assert (case().owner_id, case().owner_name) == (None, "")
    assert [(event.what, event.by_id) for event in RenewalEvent.objects.all()] == [
        ("assign", me.pk), ("release", me.pk),
    ]  # fmt: skip


def test_a_decision_says_who_and_when_and_can_be_withdrawn(browser: Client, me: User) -> None:
    recorded(snoozed_until=DUE, snooze_reason="返事待ち")
    post(browser, "decide")
    found = case()
    assert (found.decision, found.decided_by_id, found.decided_by_name) == ("unchanged", me.pk, str(me))
    assert found.decided_at
    assert found.snoozed_until is None
    post(browser, "withdraw")
    found = case()
    assert (found.decision, found.decided_at, found.decided_by_id, found.decided_by_name) == ("", None, None, "")
    assert [event.what for event in RenewalEvent.objects.all()] == ["decide", "withdraw"]
    assert Operation.objects.count() == 0


def test_it_can_be_snoozed_until_the_day_to_decide_by(browser: Client) -> None:
    post(browser, "snooze", until=DUE.isoformat(), why="返事待ち")
    assert (case().snoozed_until, case().snooze_reason) == (DUE, "返事待ち")
    post(browser, "wake")
    assert (case().snoozed_until, case().snooze_reason) == (None, "")


def test_a_note_is_kept_and_can_be_emptied(browser: Client) -> None:
    post(browser, "note", note="値上げの説明を済ませる")
    assert case().note == "値上げの説明を済ませる"
    post(browser, "note", note="")
    assert case().note == ""


def test_a_swap_gets_the_row_as_it_is_now_and_the_counts(browser: Client) -> None:
    answer = browser.post(
        f"{ADDRESS}?state=undecided", {"action": "decide", "term": END.isoformat()}, headers=SWAP
    ).content.decode()
    assert answer.lstrip().startswith(f"<tr id=r{number()}>")
    assert "Renew unchanged</span>" in answer
    assert '<bdi>Decided</bdi> <span class="pd-n">1</span>' in answer
    assert 'href="/renewals/?view=undecided&amp;state=undecided" aria-current="page"' in answer
    assert "The decision is recorded. Nothing was sent.</p>" in answer


def number() -> int:
    """Return the number of the row, by which its buttons name it."""
    return Subscription.objects.get(subscription_id=501).pk


def test_a_menu_opens_in_its_row(browser: Client) -> None:
    for menu, offered in (("decide", "Renew unchanged"), ("more", "Save note")):
        answer = browser.get("/renewals/row/", {menu: f"{number()}", "state": "undecided"}, headers=SWAP)
        assert answer["HX-Retarget"] == f"#r{number()}"
        shown = answer.content.decode()
        assert shown.lstrip().startswith(f"<tr id=r{number()}>")
        assert shown.count(" open>") == 1
        assert offered in shown
        assert f'action="{ADDRESS}?state=undecided" method="post"' in shown
    assert RenewalCase.objects.count() == 0


def test_without_a_script_a_menu_is_a_page(browser: Client) -> None:
    shown = browser.get("/renewals/row/", {"decide": f"{number()}", "owner": "all"}).content.decode()
    assert "<!doctype html>" in shown
    assert "Renew unchanged" in shown
    assert 'href="/renewals/?owner=all"' in shown
    assert f'action="{ADDRESS}?owner=all" method="post"' in shown


def test_the_button_of_the_list_takes_it(browser: Client, me: User) -> None:
    answer = browser.post("/renewals/row/?owner=all", {"assign": number()})
    assert (answer["Location"], case().owner_id) == ("/renewals/?owner=all", me.pk)
    RenewalCase.objects.update(owner_id=99, owner_name="鈴木")
    answer = browser.post("/renewals/row/", {"assign": number()}, headers=SWAP)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, f"#r{number()}")
    assert case().owner_id == 99


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("key", "status"),
    [("", 400), ("-1", 400), ("x", 400), ("9" * 40, 400), ("１", 400), ("999999999", 404)],  # noqa: RUF001  a wide digit
)
def test_a_number_of_nothing_leads_nowhere(browser: Client, key: str, status: int) -> None:
    for headers in ({}, SWAP):
        # A page that names no renewal is the list.
        shown = browser.get("/renewals/row/", {"more": key}, headers=headers).status_code
        assert shown == (302 if status == 400 else status)
        assert browser.post("/renewals/row/", {"assign": key}, headers=headers).status_code == status
    assert RenewalCase.objects.count() == 0


def test_without_a_swap_the_way_back_keeps_the_filter(browser: Client) -> None:
    answer = browser.post(f"{ADDRESS}?owner=all&page=2", {"action": "assign", "term": END.isoformat()})
    assert answer["Location"] == "/renewals/?owner=all&page=2"


def test_it_can_be_taken_over_from_somebody_else(browser: Client, me: User) -> None:
    recorded(owner_id=99, owner_name="鈴木")
    post(browser, "take_over")
    assert case().owner_id == me.pk
    assert RenewalEvent.objects.get().note == "鈴木"


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_changes")
def test_two_people_cannot_both_take_it_in_one_click(browser: Client) -> None:
    recorded(owner_id=99, owner_name="鈴木")
    answer = post(browser, "assign", headers=SWAP)
    assert (answer.status_code, case().owner_id) == (409, 99)
    assert "Already assigned to 鈴木." in answer.content.decode()


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("action", ["release", "withdraw", "wake"])
def test_what_is_not_recorded_cannot_be_taken_back(browser: Client, action: str) -> None:
    assert post(browser, action, headers=SWAP).status_code == 409
    assert RenewalCase.objects.count() == 0


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("action", ["decide", "snooze"])
@pytest.mark.parametrize("why", ["setting", "request", "decision"])
def test_what_is_decided_is_neither_decided_again_nor_snoozed(
    browser: Client, contract: Subscription, action: str, why: str
) -> None:
    if why == "setting":
        Subscription.objects.update(renewal_type="CANCEL")
    elif why == "request":
        asked = {"subscriptionId": 501, "type": "STAY"}
        orders.stored("awaiting_approval", kind="updateRenewal", domain_id=FIRST, request=asked)
    else:
        recorded(decision="unchanged", decided_at=now(), decided_by_id=99, decided_by_name="鈴木")
    before = list(RenewalCase.objects.values())
    answer = post(browser, action, headers=SWAP, until="2026-12-01", why="返事待ち")
    assert (answer.status_code, list(RenewalCase.objects.values())) == (409, before)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("until", "why"),
    [
        (TODAY.isoformat(), "x"),
        ((DUE + timedelta(days=1)).isoformat(), "x"),
        ("soon", "x"),
        ("", "x"),
        ("2026-12-01", " "),
        ("2026-12-01", "x" * 501),
    ],
)
def test_a_snooze_needs_a_day_before_the_decision_and_a_reason(browser: Client, until: str, why: str) -> None:
    answer = post(browser, "snooze", headers=SWAP, until=until, why=why)
    assert (answer.status_code, RenewalCase.objects.count()) == (422, 0)
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.usefixtures("nothing_changes")
def test_on_the_day_of_the_decision_it_cannot_be_snoozed(browser: Client) -> None:
    Subscription.objects.update(end_date=TODAY)
    data = {"action": "snooze", "term": TODAY.isoformat(), "until": "2026-11-21", "why": "x"}
    assert browser.post(ADDRESS, data, headers=SWAP).status_code == 409
    assert RenewalCase.objects.count() == 0


@pytest.mark.usefixtures("nothing_changes")
def test_a_note_has_a_length(browser: Client) -> None:
    assert post(browser, "note", headers=SWAP, note="x" * 501).status_code == 422
    assert RenewalCase.objects.count() == 0


@pytest.mark.usefixtures("nothing_changes")
def test_without_a_swap_the_page_says_what_was_refused(browser: Client) -> None:
    assert post(browser, "withdraw").status_code == 302
    assert "No decision is recorded." in browser.get("/renewals/").content.decode()


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"action": "send"}, 400),
        ({"term": "soon"}, 400),
        ({"term": "9999-12-31"}, 400),
        ({"term": "2026-12-14"}, 404),
        ({"term": ""}, 400),
    ],
)
def test_what_is_no_action_or_no_renewal_leads_nowhere(browser: Client, data: dict[str, str], status: int) -> None:
    answer = browser.post(ADDRESS, {"action": "assign", "term": END.isoformat(), **data})
    assert (answer.status_code, RenewalCase.objects.count()) == (status, 0)


@pytest.mark.usefixtures("nothing_changes")
def test_what_needs_no_decision_has_no_actions(browser: Client) -> None:
    Reservation.objects.create(
        customer_id=FIRST, subscription_id=501, type="CANCEL", apply_date=END, raw={}, changed_at=now()
    )
    assert post(browser, "assign").status_code == 404
    assert RenewalCase.objects.count() == 0


@pytest.mark.parametrize("role", ["support", "finance"])
def test_who_may_not_order_records_nothing(people: People, sign_in: SignIn, contract: Subscription, role: str) -> None:
    browser = sign_in(getattr(people, role))
    before = database(without={"django_session"})
    for action in ("assign", "decide", "note"):
        assert post(browser, action, note="x").status_code == 403
    assert database(without={"django_session"}) == before


# --- What the database holds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [{"decision": "unchanged"}, {"decided_at": now()}, {"snoozed_until": TODAY}],
)
def test_half_a_record_is_refused(db: None, columns: dict[str, Any]) -> None:

    with pytest.raises(IntegrityError):
        recorded(**columns)


def test_what_was_done_is_never_rewritten(browser: Client) -> None:

    post(browser, "assign")
    with pytest.raises(DatabaseError, match="Cannot update"):
        RenewalEvent.objects.update(by_name="")


def test_a_renewal_of_an_owned_customer_is_not_taken_by_assigning(browser: Client, people: People) -> None:
    Customer.objects.update(owner=people.second_manager)
    answer = post(browser, "assign", headers=SWAP)
    assert answer.status_code == 409
    assert not RenewalCase.objects.exists()
    assert not RenewalEvent.objects.exists()
    assert post(browser, "take_over")["Location"] == "/renewals/"
    assert case().owner_name == str(people.account_manager)
    post(browser, "release")
    assert case().owner_id is None


# --- Several at once -------------------------------------------------------------------------------------------------

RECORD = "/renewals/record/?select=all&owner=all"
KINDS = "/requests/bulk/selection/renewals/?select=all&owner=all"


@pytest.fixture
def three(contract: Subscription) -> list[Subscription]:
    others = [
        Subscription.objects.create(
            customer_id=FIRST, subscription_id=number, product_id="STD", plan=plan, status="ACTIVE",
            start_date=date(2025, 12, 16), end_date=END, license_count=20, renewal_type=renewal, raw={},
            changed_at=now(),
        )
        for number, plan, renewal in ((502, "ANNUAL_LICENSE", "CANCEL"), (503, "TRIAL", "STAY"))
    ]  # fmt: skip
    return [contract, *others]


def test_all_of_a_selection_are_left_as_they_are(browser: Client, me: User, three: list[Subscription]) -> None:
    assert "Leave as it is" in browser.get(KINDS).content.decode()
    answer = browser.post(RECORD, {"action": "decide", "count": "3"}, follow=True)
    assert answer.redirect_chain == [("/renewals/?select=all&owner=all", 302)]
    assert [str(message) for message in answer.context["messages"]] == [
        "The decision is recorded for 2 renewals. Nothing was sent.",
        "1 renewal is left as it was: already decided, or nothing to decide any more.",
    ]
    decided = RenewalCase.objects.decided()
    assert {(case.subscription_id, case.decided_by_id) for case in decided} == {(501, me.pk), (503, me.pk)}
    assert RenewalEvent.objects.filter(what="decide").count() == 2
    assert not Operation.objects.exists()


def test_those_that_nobody_owns_are_assigned(browser: Client, me: User, three: list[Subscription]) -> None:
    RenewalCase.objects.create(domain_id=FIRST, subscription_id=502, end_date=END, owner_id=9, owner_name="鈴木")
    answer = browser.post(RECORD, {"action": "assign", "count": "3"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "2 renewals are assigned to you.",
        "1 renewal is left as it was: assigned to somebody else, or nothing to decide any more.",
    ]
    assert dict(RenewalCase.objects.values_list("subscription_id", "owner_id")) == {501: me.pk, 502: 9, 503: me.pk}


@pytest.mark.parametrize("count", ["2", "", "x"])
def test_another_selection_than_was_seen_is_not_recorded(
    browser: Client, three: list[Subscription], count: str
) -> None:
    answer = browser.post(RECORD, {"action": "decide", "count": count}, follow=True)
    assert answer.redirect_chain == [(KINDS, 302)]
    assert "Nothing was recorded." in answer.content.decode()
    assert not RenewalEvent.objects.exists()


def test_more_than_can_be_recorded_at_once_are_refused(
    browser: Client, three: list[Subscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.desk.renewal_views.MOST_AT_ONCE", 2)
    monkeypatch.setattr("portal.desk.selection_views.MOST_AT_ONCE", 2)
    assert "For 2 renewals at most." in browser.get(KINDS).content.decode()
    browser.post(RECORD, {"action": "decide", "count": "3"})
    assert not RenewalEvent.objects.exists()


def test_only_what_fits_several_is_recorded_for_several(browser: Client, three: list[Subscription]) -> None:
    assert browser.post(RECORD, {"action": "snooze", "count": "3"}).status_code == 400
    assert not RenewalEvent.objects.exists()


def test_people_who_only_look_record_nothing_for_several(
    people: People, sign_in: SignIn, three: list[Subscription]
) -> None:
    assert sign_in(people.support).post(RECORD, {"action": "decide", "count": "3"}).status_code == 403
    assert not RenewalEvent.objects.exists()
