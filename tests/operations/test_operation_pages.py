"""The pages of operations: who may see and press what, and that each state is told in plain words."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.core.clock import now
from portal.operations.approvals import Policy
from portal.operations.models import ApprovalPolicy, Attempt, Operation
from portal.operations.states import State
from tests.support.orders import REASON, ask, day, happened, stored
from tests.support.policies import PRE_ORDERS, filled_in
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

WORDS = {
    State.PROPOSED: "Nothing has been sent yet.",
    State.AWAITING_APPROVAL: "This request needs approval.",
    State.QUEUED: "Waiting to send.",
    State.SENDING: "Sending the request once.",
    State.ACCEPTED: "LINE WORKS accepted the request. Partnerdesk is verifying the result.",
    State.SUCCEEDED: "Completed and confirmed at LINE WORKS.",
    State.REFUSED: "LINE WORKS declined the request. Nothing was changed.",
    State.UNKNOWN: "The outcome is unknown. LINE WORKS gave no clear answer.",
    State.UNDECIDED: "The result can’t be determined automatically. Please record the result.",
    State.NOT_APPLIED: "The request was not applied.",
    State.UNASSIGNED: "Not sent. Another person needs to take over this request.",
    State.RETURNED: "Returned by the approver. Nothing has been sent.",
    State.REJECTED: "Rejected by the approver. Nothing was sent.",
    State.STALE: "Not sent: the data changed since the review.",
    State.CANCELED: "Canceled before anything was sent.",
}
GOOD = {"product_id": "STD", "plan": "MONTHLY", "apply_date": "2026-02-01"}
CONFIRM = {"reason": REASON, "reference": "T-1"}
SETTLE = {"applied": "yes", "how_known": "asked the vendor"}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def address(name: str, operation: Operation) -> str:
    return reverse(f"operations:{name}", args=[operation.pk])


@pytest.mark.parametrize("role", ["account_manager", "finance"])
@pytest.mark.parametrize("state", list(State))
def test_a_page_says_how_it_stands(state: State, role: str, people: People, sign_in: SignIn) -> None:
    operation = stored(state, next_try_at=now(), proposed_by_id=getattr(people, role).pk)

    response = sign_in(getattr(people, role)).get(operation.get_absolute_url())

    page = response.content.decode()
    assert response.status_code == 200
    assert [words for words in WORDS.values() if words in page] == [WORDS[state]]
    assert operation.ref in page
    assert "株式会社つばめ運輸" in page


@pytest.mark.parametrize("state", list(State))
def test_a_poll_gets_a_part_only_when_something_happened(state: State, browser: Client, people: People) -> None:
    operation = stored(state, proposed_by_id=people.account_manager.pk)
    operation.events.create(what="proposed", state=state)
    whole = browser.get(operation.get_absolute_url())
    htmx = {"HX-Request": "true"}

    same = browser.get(operation.get_absolute_url(), {"seen": whole.context["mark"]}, headers=htmx)
    part = browser.get(operation.get_absolute_url(), {"seen": "0"}, headers=htmx)

    assert same.status_code == 204
    assert WORDS[state] in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_poll_brings_what_waits_in_the_navigation(browser: Client) -> None:
    operation, _other = stored(State.SENDING), stored(State.UNKNOWN, domain_id=2)
    whole = browser.get(operation.get_absolute_url())
    assert whole.context["nav_counts"] == {"operations_waiting": 1, "operations_unknown": 1, "renewals_due": 0}
    Operation.objects.filter(pk=operation.pk).update(state=State.ACCEPTED)
    Operation.objects.filter(pk=operation.pk).update(state=State.SUCCEEDED)

    part = browser.get(operation.get_absolute_url(), {"seen": "0"}, headers={"HX-Request": "true"})

    assert part.context["nav_counts"] == {"operations_waiting": 0, "operations_unknown": 1, "renewals_due": 0}
    assert 'id="waiting" hx-swap-oob="outerHTML"' in part.content.decode()


@pytest.mark.parametrize(
    ("state", "role", "buttons"),
    [
        (State.PROPOSED, "account_manager", {"confirm", "cancel"}),
        (State.PROPOSED, "support", set()),
        (State.PROPOSED, "finance", set()),
        (State.AWAITING_APPROVAL, "account_manager", {"cancel", "approve", "return", "reject"}),
        (State.RETURNED, "account_manager", {"confirm", "cancel"}),
        (State.RETURNED, "support", set()),
        (State.REJECTED, "account_manager", set()),
        (State.AWAITING_APPROVAL, "support", set()),
        (State.UNASSIGNED, "account_manager", {"confirm", "cancel"}),
        (State.UNASSIGNED, "support", set()),
        (State.QUEUED, "account_manager", {"cancel"}),
        (State.SENDING, "account_manager", set()),
        (State.UNKNOWN, "account_manager", {"read", "settle"}),
        (State.UNKNOWN, "finance", set()),
        (State.UNDECIDED, "account_manager", {"settle"}),
        (State.UNDECIDED, "support", set()),
        (State.SUCCEEDED, "account_manager", set()),
    ],
)
def test_a_page_offers_what_its_reader_may_do(
    state: State, role: str, buttons: set[str], people: People, sign_in: SignIn
) -> None:
    whose = getattr(people, role) if state == State.PROPOSED else people.second_manager
    operation = stored(state, next_try_at=now(), proposed_by_id=whose.pk)

    page = sign_in(getattr(people, role)).get(operation.get_absolute_url()).content.decode()

    actions = ("confirm", "cancel", "approve", "return", "reject", "read", "settle")
    assert {name for name in actions if f'action="{address(name, operation)}"' in page} == buttons


def every_post(domain_id: int, pre_order_id: int) -> dict[str, dict[str, str]]:
    """Return every address that decides something, with a form that would be good."""
    proposed, waiting, unknown = (
        stored(State.PROPOSED),
        stored(State.AWAITING_APPROVAL),
        stored(State.UNKNOWN, next_try_at=now()),
    )
    Attempt.objects.create(operation=unknown)
    place = {"args": [domain_id, pre_order_id]}
    return {
        reverse("subscriptions:pre_order_add", args=[domain_id]): GOOD,
        reverse("subscriptions:pre_order_move", **place): {"apply_date": str(day(20))},  # type: ignore[arg-type]  # args
        reverse("subscriptions:pre_order_delete", **place): {},  # type: ignore[arg-type]  # args
        address("confirm", proposed): CONFIRM,
        address("approve", waiting): {},
        address("return", waiting): {"note": "again"},
        address("reject", waiting): {"note": "no"},
        address("cancel", proposed): {},
        address("read", unknown): {},
        address("settle", unknown): SETTLE,
        reverse("operations:policy"): filled_in(PRE_ORDERS),
    }


@pytest.fixture
def posts(sandbox: Sandbox, read_in: ReadIn) -> dict[str, dict[str, str]]:
    """Every address that decides something, with a form that would be good."""
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"})
    customer = read_in(WITHOUT_CONTRACT)
    posts = every_post(customer.pk, customer.pre_orders.get().pre_order_id)
    sandbox.reset_calls()
    return posts


def everything() -> list[Any]:
    """What a post that is turned away must leave as it was."""
    return [list(Operation.objects.order_by("pk").values()), list(ApprovalPolicy.objects.values())]


@pytest.mark.parametrize("role", ["support", "finance"])
def test_support_and_finance_order_nothing(
    role: str, posts: dict[str, dict[str, str]], people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser = sign_in(getattr(people, role))
    # Their own draft, of the time when they had another role: of others they would not even learn that there is one.
    Operation.objects.filter(state=State.PROPOSED).update(proposed_by_id=getattr(people, role).pk)
    before = everything()

    answers = {url: browser.post(url, fields).status_code for url, fields in posts.items()}

    assert answers == dict.fromkeys(posts, 403)
    assert everything() == before
    assert sandbox.calls() == {}


@pytest.mark.parametrize("role", ["support", "finance"])
def test_support_and_finance_get_no_form_to_order_with(
    role: str, posts: dict[str, dict[str, str]], people: People, sign_in: SignIn
) -> None:
    browser = sign_in(getattr(people, role))
    forms = [url for url in posts if url.endswith(("/add/", "/move/", "/policy/"))]

    assert [browser.get(url).status_code for url in forms] == [403] * 3


def test_an_account_manager_does_not_change_the_policy(browser: Client) -> None:
    assert browser.get(reverse("operations:policy")).status_code == 403
    assert browser.post(reverse("operations:policy"), filled_in(PRE_ORDERS)).status_code == 403
    assert not ApprovalPolicy.objects.exists()


def test_whoever_is_not_signed_in_is_led_to_sign_in(
    posts: dict[str, dict[str, str]], sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser, pages = sign_in(), [reverse("operations:list"), Operation.objects.all()[0].get_absolute_url()]
    before = everything()

    answers = [browser.post(url, fields) for url, fields in posts.items()] + [browser.get(url) for url in pages]

    for response in answers:
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("account_login"))
    assert everything() == before
    assert sandbox.calls() == {}


@pytest.mark.parametrize("token", [None, "", "x" * 32, "<script>"], ids=["missing", "empty", "forged", "odd"])
def test_a_post_without_the_right_token_is_refused(
    token: str | None, posts: dict[str, dict[str, str]], people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser, before = sign_in(people.administrator, enforce_csrf_checks=True), everything()
    browser.get(reverse("operations:policy"))
    forged = {} if token is None else {"csrfmiddlewaretoken": token}

    answers = {url: browser.post(url, fields | forged).status_code for url, fields in posts.items()}

    assert answers == dict.fromkeys(posts, 403)
    assert everything() == before
    assert sandbox.calls() == {}


def test_a_post_with_the_right_token_goes_through(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.account_manager, enforce_csrf_checks=True)
    operation = stored(State.AWAITING_APPROVAL, proposed_by_id=people.account_manager.pk)
    browser.get(operation.get_absolute_url())
    token = browser.cookies["csrftoken"].value

    response = browser.post(address("cancel", operation), {"csrfmiddlewaretoken": token})

    operation.refresh_from_db()
    assert (response.status_code, operation.state) == (302, State.CANCELED)


@pytest.mark.parametrize("name", ["confirm", "approve", "cancel", "read", "settle"])
def test_looking_at_an_address_that_decides_decides_nothing(name: str, people: People, sign_in: SignIn) -> None:
    operation = stored(State.PROPOSED)

    response = sign_in(people.administrator).get(address(name, operation))

    operation.refresh_from_db()
    assert (response.status_code, operation.state) == (405, State.PROPOSED)


@pytest.mark.parametrize("name", ["detail", "confirm", "approve", "cancel", "read", "settle"])
@pytest.mark.parametrize("number", [0, 10**12, 10**30])
def test_an_unknown_operation_is_not_found(name: str, number: int, people: People, sign_in: SignIn) -> None:
    browser, url = sign_in(people.administrator), reverse(f"operations:{name}", args=[number])

    assert (browser.get if name == "detail" else browser.post)(url, CONFIRM | SETTLE).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "reason", "Enter a reason. It is saved with the request."),
        ({"reason": " \n "}, "reason", "Enter a reason. It is saved with the request."),
        ({"reason": "x" * 501}, "reason", "at most 500 characters"),
        ({"reason": REASON, "reference": "x" * 81}, "reference", "at most 80 characters"),
        ({"reason": "a\0b"}, "reason", "Null characters are not allowed."),
        ({"reason": "\u200b\u3164"}, "reason", "This text has no visible characters. Enter some text."),
    ],
    ids=["none", "blank", "too long", "long reference", "null", "nothing to see"],
)
def test_a_confirmation_needs_a_good_reason(
    fields: dict[str, str], field: str, words: str, browser: Client, synced_customer: Customer, people: People
) -> None:
    operation = ask(people.account_manager, synced_customer)

    response = browser.post(address("confirm", operation), fields)

    operation.refresh_from_db()
    assert response.status_code == 422
    assert words in response.context["form"].errors[field][0]
    assert f'id="id_{field}_error"' in response.content.decode()
    assert (operation.state, happened(operation)) == (State.PROPOSED, ["proposed"])


@pytest.mark.parametrize(
    ("fields", "fields_at_fault"),
    [
        ({}, {"applied", "how_known"}),
        ({"applied": "maybe", "how_known": "asked"}, {"applied"}),
        ({"applied": "yes", "how_known": "  "}, {"how_known"}),
    ],
)
def test_a_person_who_settles_says_what_and_how_it_is_known(
    fields: dict[str, str], fields_at_fault: set[str], browser: Client
) -> None:
    operation = stored(State.UNDECIDED)

    response = browser.post(address("settle", operation), fields)

    operation.refresh_from_db()
    assert response.status_code == 422
    assert set(response.context["settle_form"].errors) == fields_at_fault
    assert operation.state == State.UNDECIDED


@pytest.mark.parametrize(
    ("applied", "end"),
    [("yes", "Completed. The result was recorded by a person"), ("no", "The request was not applied")],
)
def test_a_person_settles_on_the_page(applied: str, end: str, browser: Client) -> None:
    operation = stored(State.UNDECIDED)

    browser.post(address("settle", operation), {"applied": applied, "how_known": "サポートに確認"})
    page = browser.get(operation.get_absolute_url()).content.decode()

    assert end in page
    assert "seen at the vendor" not in page
    assert "state is as before" not in page
    assert "サポートに確認" in page
    assert 'name="how_known"' not in page


def test_what_people_type_is_shown_as_they_typed_it(browser: Client, people: People) -> None:
    operation = stored(State.STALE, customer_name="<b>A&B</b>", reason="<script>alert(1)</script>")

    pages = [browser.get(url).content.decode() for url in (operation.get_absolute_url(), reverse("operations:list"))]

    for page in pages:
        assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in page
        assert "<script>alert" not in page


def test_the_list_finds_an_operation_in_any_group_and_by_any_name(browser: Client, people: People) -> None:
    unknown, done = stored(State.UNKNOWN), stored(State.SUCCEEDED, customer_name="有限会社三河屋フーズ")

    def found(**query: str) -> set[int]:
        return {row.request.pk for row in browser.get(reverse("operations:list"), query).context["lines"]}

    assert found() == {unknown.pk, done.pk}
    assert found(group="person") == {unknown.pk}
    assert found(group="done") == {done.pk}
    assert found(q="三河屋") == {done.pk}
    assert found(q=done.ref) == {done.pk}
    assert found(q="300000006") == {unknown.pk, done.pk}
    assert found(q="nobody", group="done") == set()


@pytest.mark.usefixtures("vendor_settings")
def test_an_approval_is_given_on_the_page_by_somebody_else(people: People, sign_in: SignIn) -> None:
    asker = people.account_manager.pk
    operation = stored(State.AWAITING_APPROVAL, proposed_by_id=asker, confirmed_by_id=asker)

    refused = sign_in(people.account_manager).post(address("approve", operation))
    operation.refresh_from_db()
    state_between = operation.state
    given = sign_in(people.second_manager).post(address("approve", operation))

    operation.refresh_from_db()
    assert (refused.status_code, state_between) == (403, State.AWAITING_APPROVAL)
    assert (given.status_code, operation.state) == (302, State.QUEUED)


def test_an_administrator_says_what_needs_a_second_person(
    people: People, sign_in: SignIn, synced_customer: Customer
) -> None:
    browser = sign_in(people.administrator)
    browser.post(reverse("operations:policy"), filled_in(PRE_ORDERS))
    operation = ask(people.account_manager, synced_customer)

    sign_in(people.account_manager).post(address("confirm", operation), CONFIRM)

    operation.refresh_from_db()
    assert Policy.at_present() == Policy(PRE_ORDERS)
    assert operation.state == State.AWAITING_APPROVAL
    browser.post(reverse("operations:policy"), filled_in({}))
    assert Policy.at_present() == Policy(PRE_ORDERS)
    trace = ApprovalPolicy.objects.order_by("pk").values_list("topic", "level", "decided_by_name")
    who = str(people.administrator)
    assert list(trace) == [("subscription", "second_person", who), ("subscription", "none", who)]
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        ApprovalPolicy.objects.all().delete()
