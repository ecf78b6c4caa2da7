"""
Who may open which address, and by which method. The table is the statement; an address without an entry fails.

Whether a person may do what the address offers with one operation or another is tested with the operations.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.operations.models import Operation
from tests.support.addresses import LISTS, PARTS, undone
from tests.support.portal import People, SignIn

ADMINISTRATOR, MANAGER = Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER
EVERYBODY = frozenset(Role)
ORDERERS = frozenset({ADMINISTRATOR, MANAGER})
READERS = ORDERERS | {Role.SUPPORT}
FINANCE = frozenset({ADMINISTRATOR, Role.FINANCE})
PUBLIC = "nobody needs to sign in"

# Everybody has views of their own; the one in the addresses is an administrator's.
OF_VIEWS: dict[str, dict[str, Any]] = {}
for _listing in LISTS:
    OF_VIEWS |= {
        f"{_listing}:add_view": {"POST": EVERYBODY},
        f"{_listing}:view": {"GET": {ADMINISTRATOR}, "POST": {ADMINISTRATOR}},
        f"{_listing}:replace_view": {"POST": {ADMINISTRATOR}},
        f"{_listing}:default_view": {"POST": {ADMINISTRATOR}},
        f"{_listing}:delete_view": {"POST": {ADMINISTRATOR}},
    }
# By the address's name: which roles may use which method. A method that is not listed is not offered to anybody.
DOORS: dict[str, dict[str, Any]] = {
    "home": {"GET": EVERYBODY},
    "search": {"GET": EVERYBODY},
    "customers:list": {"GET": EVERYBODY},
    **OF_VIEWS,
    "customers:detail": {"GET": EVERYBODY},
    "customers:read_again": {"POST": READERS},
    "customers:news": {"GET": EVERYBODY},
    "customers:history": {"GET": EVERYBODY},
    "customers:row": {"GET": EVERYBODY},
    "customers:day": {"GET": EVERYBODY},
    "customers:start": {"GET": EVERYBODY},
    "customers:notes": {"GET": EVERYBODY, "POST": READERS},
    "customers:note_act": {"POST": READERS},
    "customers:assign": {"POST": ORDERERS},
    "customers:users": {"GET": EVERYBODY},
    "customers:domain": {"GET": EVERYBODY},
    "customers:add": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:transfer": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:verify": {"POST": ORDERERS},
    "customers:look_up": {"POST": ORDERERS},
    "customers:answer": {"GET": ORDERERS},
    "customers:edit": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:replace": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:delete": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:limit": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:limit_schedule": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:limit_move": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:limit_unschedule": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:withdraw": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:stay": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:activate": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:domain_register": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:domain_remove": {"GET": ORDERERS, "POST": ORDERERS},
    "customers:domain_change": {"GET": ORDERERS, "POST": ORDERERS},
    "options:customer": {"GET": EVERYBODY},
    "options:list": {"GET": EVERYBODY},
    "options:add": {"GET": ORDERERS, "POST": ORDERERS},
    "options:upgrade": {"GET": ORDERERS, "POST": ORDERERS},
    "options:convert": {"GET": ORDERERS, "POST": ORDERERS},
    "options:add_quantity": {"GET": ORDERERS, "POST": ORDERERS},
    "options:cancel": {"GET": ORDERERS, "POST": ORDERERS},
    "options:schedule": {"GET": ORDERERS, "POST": ORDERERS},
    "options:schedule_change": {"GET": ORDERERS, "POST": ORDERERS},
    "options:schedule_delete": {"GET": ORDERERS, "POST": ORDERERS},
    "options:renewal": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:list": {"GET": EVERYBODY},
    "subscriptions:pre_order_add": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:pre_order_move": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:pre_order_delete": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:subscription_add": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:licenses_add": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:convert": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:upgrade": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:reservation_add": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:reservation_move": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:reservation_delete": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:renewal": {"GET": ORDERERS, "POST": ORDERERS},
    "subscriptions:cancel": {"GET": ORDERERS, "POST": ORDERERS},
    "billing:home": {"GET": EVERYBODY},
    "differences:list": {"GET": FINANCE},
    "differences:add_view": {"POST": FINANCE},
    "differences:cause": {"GET": FINANCE, "POST": FINANCE},
    "billing:checks": {"GET": FINANCE},
    "billing:check": {"GET": FINANCE},
    "billing:check_run": {"POST": FINANCE},
    "billing:check_cause": {"POST": FINANCE},
    "billing:check_sign_off": {"POST": FINANCE},
    "billing:check_usage": {"POST": FINANCE},
    "billing:invoices": {"GET": FINANCE},
    "billing:margins": {"GET": FINANCE},
    "billing:prices": {"GET": ORDERERS | FINANCE},
    "billing:prices_add": {"GET": FINANCE, "POST": FINANCE},
    "billing:prices_upload": {"GET": FINANCE, "POST": FINANCE},
    "billing:prices_save": {"GET": FINANCE, "POST": FINANCE},
    "billing:invoice": {"GET": FINANCE},
    "billing:detail": {"GET": FINANCE},
    "billing:customer": {"GET": FINANCE},
    "billing:statement": {"GET": FINANCE},
    "billing:package": {"GET": FINANCE},
    "billing:journal_file": {"GET": FINANCE},
    "billing:journal": {"GET": FINANCE, "POST": FINANCE},
    "billing:customer_usage": {"GET": EVERYBODY},
    "usage:list": {"GET": EVERYBODY},
    "upcoming:list": {"GET": EVERYBODY},
    "upcoming:calendar": {"GET": EVERYBODY},
    "renewals:list": {"GET": EVERYBODY},
    "renewals:row": {"GET": ORDERERS, "POST": ORDERERS},
    "renewals:record": {"POST": ORDERERS},
    "renewals:act": {"POST": ORDERERS},
    "renewals:calendar": {"GET": EVERYBODY, "POST": EVERYBODY},
    # The token in the address is the key.
    "renewals:feed": {"GET": PUBLIC},
    "operations:list": {"GET": EVERYBODY},
    "operations:policy": {"GET": {ADMINISTRATOR}, "POST": {ADMINISTRATOR}},
    "operations:policy_answer": {"POST": {ADMINISTRATOR}},
    "operations:detail": {"GET": EVERYBODY, "POST": ORDERERS},
    "operations:confirm": {"POST": ORDERERS},
    "operations:approve": {"POST": ORDERERS},
    "operations:return": {"POST": ORDERERS},
    "operations:reject": {"POST": ORDERERS},
    "operations:cancel": {"POST": ORDERERS},
    "operations:read": {"POST": ORDERERS},
    "operations:settle": {"POST": ORDERERS},
    "operations:bundle": {"GET": EVERYBODY, "POST": ORDERERS},
    "operations:bundle_confirm": {"POST": ORDERERS},
    "operations:bundle_approve": {"POST": ORDERERS},
    "operations:bundle_return": {"POST": ORDERERS},
    "operations:bundle_reject": {"POST": ORDERERS},
    "operations:bundle_cancel": {"POST": ORDERERS},
    "operations:bundle_finish": {"POST": ORDERERS},
    "operations:bundle_put_back": {"POST": ORDERERS},
    "selection:kinds": {"GET": ORDERERS},
    "selection:values": {"GET": ORDERERS, "POST": ORDERERS},
    "selection:workbook": {"GET": ORDERERS},
    "bulk:list": {"GET": EVERYBODY},
    "bulk:upload_mixed": {"GET": ORDERERS, "POST": ORDERERS},
    "bulk:correct": {"POST": ORDERERS},
    "bulk:include": {"POST": ORDERERS},
    "bulk:upload": {"GET": ORDERERS, "POST": ORDERERS},
    "bulk:template": {"GET": ORDERERS},
    "bulk:detail": {"GET": EVERYBODY},
    "bulk:run": {"POST": ORDERERS},
    "bulk:decide": {"POST": ORDERERS},
    "bulk:go_on": {"POST": ORDERERS},
    "bulk:stop": {"POST": ORDERERS},
    "bulk:check": {"POST": ORDERERS},
    "bulk:discard": {"POST": ORDERERS},
    "bulk:results": {"GET": EVERYBODY},
    "sync:detail": {"GET": EVERYBODY},
    "sync:figures": {"GET": EVERYBODY},
    "sync:start": {"POST": ORDERERS},
    "sync:stop": {"POST": ORDERERS},
    "sync:try_again": {"POST": READERS},
    "sync:indicator": {"GET": EVERYBODY},
    "changes:list": {"GET": EVERYBODY},
    "connection:detail": {"GET": {ADMINISTRATOR}},
    "connection:callback": {"GET": {ADMINISTRATOR}},
    "connection:disconnect": {"GET": {ADMINISTRATOR}, "POST": {ADMINISTRATOR}},
    "connection:try": {"POST": {ADMINISTRATOR}},
    "account_mails": {"GET": EVERYBODY, "POST": EVERYBODY},
    "account_login": {"GET": PUBLIC, "POST": PUBLIC},
    "account_logout": {"GET": PUBLIC, "POST": PUBLIC},
    "account_change_password": {"GET": EVERYBODY, "POST": EVERYBODY},
    "set_language": {"POST": PUBLIC},
    "set_theme": {"POST": PUBLIC},
}
# Django's own view answers a GET as well: it sends the browser back.
ANY_METHOD = {"set_language"}
METHODS = ("GET", "POST")
# To read where somebody comes back from LINE WORKS uses up what they bring along.
NO_HEAD = {"connection:callback"}


def test_every_address_has_its_entry_in_the_table() -> None:
    assert sorted(PARTS) == sorted(DOORS)


def outcome(browser: Client, method: str, address: str) -> str:
    """Say in a word what the address answered."""
    answer = browser.generic(method, address)
    if answer.status_code == 403:
        return "forbidden"
    if answer.status_code == 405:
        return "not offered"
    if answer.get("Location", "").startswith("/account/sign-in/?"):
        return "sign-in"
    assert answer.status_code in (200, 204, 302, 400, 422), answer.status_code
    return "allowed"


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_gets_through_where_the_table_says_so(
    role: Role, address: Callable[[str], str], people: People, sign_in: SignIn
) -> None:
    person = {
        ADMINISTRATOR: people.administrator,
        MANAGER: people.account_manager,
        Role.SUPPORT: people.support,
        Role.FINANCE: people.finance,
    }[role]
    for name in DOORS:
        with undone():
            browser = sign_in(person)
            for method in METHODS:
                assert outcome(browser, method, address(name)) == expected(name, method, role), (name, method)


def expected(name: str, method: str, role: Role) -> str:
    """Say in the same words what the table says."""
    if method not in DOORS[name]:
        return "allowed" if name in ANY_METHOD else "not offered"
    allowed = DOORS[name][method]
    return "allowed" if allowed == PUBLIC or role in allowed else "forbidden"


def test_nobody_gets_past_sign_in(address: Callable[[str], str], sign_in: SignIn) -> None:
    for name, methods in DOORS.items():
        to = address(name)
        for method in METHODS:
            if PUBLIC not in methods.values():
                answer = "sign-in"
            else:
                answer = "allowed" if method in methods or name in ANY_METHOD else "not offered"
            assert outcome(sign_in(), method, to) == answer, (name, method)


def test_a_person_without_a_role_may_only_look_after_their_account(
    address: Callable[[str], str], sign_in: SignIn
) -> None:
    nobody = sign_in(User.objects.create_user("nobody@partner.example", name="無名"))
    for name, methods in DOORS.items():
        if ":" in name and PUBLIC not in methods.values():
            for method in methods:
                assert outcome(nobody, method, address(name)) == "forbidden", name


def test_a_person_who_may_no_longer_sign_in_is_out_at_once(
    people: People, sign_in: SignIn, address: Callable[[str], str]
) -> None:
    browser = sign_in(people.administrator)
    assert outcome(browser, "GET", address("customers:list")) == "allowed"
    User.objects.filter(pk=people.administrator.pk).update(is_active=False)
    assert outcome(browser, "GET", address("customers:list")) == "sign-in"


def test_what_is_refused_changes_nothing(people: People, sign_in: SignIn, address: Callable[[str], str]) -> None:
    before = list(Operation.objects.order_by("pk").values())
    for name, methods in DOORS.items():
        if name.startswith(("operations:", "subscriptions:", "sync:")) and "POST" in methods and "view" not in name:
            assert outcome(sign_in(people.finance), "POST", address(name)) == "forbidden"
    assert list(Operation.objects.order_by("pk").values()) == before
    assert not people.finance.has_perm("sync.start_syncrun")


def test_a_form_of_another_site_is_refused(people: People, sign_in: SignIn, address: Callable[[str], str]) -> None:
    browser = sign_in(people.administrator, enforce_csrf_checks=True)
    for name, methods in DOORS.items():
        if "POST" in methods:
            answer = browser.post(address(name), headers={"Origin": "https://elsewhere.example"})
            assert answer.status_code == 403, name


def test_a_swap_of_somebody_who_is_signed_out_brings_the_whole_page_to_sign_in(db: None, sign_in: SignIn) -> None:
    answer = sign_in().get(
        "/customers/?q=x", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sync/?a=1"}
    )
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/account/sign-in/?next=%2Fsync%2F%3Fa%3D1"


@pytest.mark.parametrize(
    ("sender", "back"),
    [
        ("http://testserver/customers/?q=x#top", "%2Fcustomers%2F%3Fq%3Dx"),
        ("https://elsewhere.example/customers/", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_form_of_somebody_who_is_signed_out_leads_back_to_its_own_page_alone(
    db: None, sign_in: SignIn, sender: str, back: str
) -> None:
    answer = sign_in().post("/sync/start/", headers={"Referer": sender} if sender else {})
    assert (answer.status_code, answer["Location"]) == (302, f"/account/sign-in/?next={back}")


def test_an_address_that_leads_nowhere_does_so_for_everybody_signed_in(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.administrator)
    for path in ("/nowhere/", "/customers/1/", "/requests/999999/", "/customers/1/pre-orders/add/", "/admin/"):
        assert browser.get(path).status_code == 404, path


def test_what_can_be_read_answers_a_head_as_well(
    people: People, sign_in: SignIn, address: Callable[[str], str]
) -> None:
    browser = sign_in(people.administrator)
    for name, methods in DOORS.items():
        if "GET" in methods and name not in NO_HEAD:
            answer = browser.head(address(name))
            assert (answer.status_code in (200, 302), answer.content) == (True, b""), name


def test_no_copy_of_a_page_is_kept(people: People, sign_in: SignIn, address: Callable[[str], str]) -> None:
    for browser in (sign_in(people.administrator), sign_in()):
        for name in DOORS:
            assert "no-store" in browser.get(address(name)).get("Cache-Control", ""), name
        assert "no-store" in browser.get("/nowhere/")["Cache-Control"]
