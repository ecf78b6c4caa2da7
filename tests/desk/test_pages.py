"""Every page: for each role, in both languages, whole and as a swap, and what its headers promise."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import User
from portal.operations.models import Event
from portal.sync.models import SyncRun
from tests.support import orders, vendor_json
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, one_customer

SWAP = {"HX-Request": "true"}
DOCUMENT = "<!doctype html>"
ROLES = ("administrator", "account_manager", "support", "finance")
# By what it is called here: the address, who may not open it, and what a swap replaces (none: it has no swap).
PAGES: dict[str, tuple[str, set[str], str]] = {
    "home": ("/", set(), ""),
    "search": ("/search/", set(), 'id="results"'),
    "search, hits": ("/search/?q=C-17&all=1", set(), 'id="results"'),
    "search, none": ("/search/?q=99999", set(), 'id="results"'),
    "customers": ("/customers/", set(), '<div class="pd-swaps" id="table"'),
    "subscriptions": ("/subscriptions/", set(), '<div class="pd-swaps" id="table"'),
    "options": ("/options/", set(), '<div class="pd-swaps" id="table"'),
    "customer": ("/customers/10000001/", set(), 'id="contracts"'),
    "history": ("/customers/10000001/history/?cause=first", set(), 'id="list"'),
    "row": ("/customers/10000001/history/subscriptions/?key=501", set(), 'id="row"'),
    "changes": ("/sync/changes/?cause=all", set(), 'id="table"'),
    "pre-order": ("/customers/10000001/pre-orders/add/", {"support", "finance"}, ""),
    "move": ("/customers/10000001/pre-orders/901/move/", {"support", "finance"}, ""),
    "upcoming": ("/upcoming/", set(), 'id="table"'),
    "calendar": ("/upcoming/calendar/", set(), 'id="table"'),
    "renewals": ("/renewals/?until=2999-01-01", set(), 'id="table"'),
    "calendar feed": ("/renewals/calendar/", set(), ""),
    "operations": ("/requests/", set(), 'id="table"'),
    "operation": ("/requests/{operation}/", set(), 'id="live"'),
    "policy": ("/requests/policy/", {"account_manager", "support", "finance"}, ""),
    "from a file": ("/requests/bulk/", set(), ""),
    "upload": ("/requests/bulk/kinds/addPreOrder/", {"support", "finance"}, ""),
    "sync": ("/sync/", set(), 'id="live"'),
    "connection": ("/settings/connection/", {"account_manager", "support", "finance"}, ""),
    "password": ("/account/password/", set(), ""),
}
SWAPPED = [page for page, (_path, _closed, mark) in PAGES.items() if mark]


@pytest.fixture
def open_page(people: People, sign_in: SignIn, japanese: None) -> Callable[..., tuple[Client, str]]:
    """Furnishes Partnerdesk with one of everything; answers a browser of a role, and a page's address."""
    one_customer()
    operation = orders.stored("queued", domain_id=10_000_001)
    SyncRun.objects.create(asked_by="佐藤 美咲")
    for person in vars(people).values():
        person.password = "md5$made$up"
        person.save()

    def prepare(page: str, role: str = "administrator", language: str = "en") -> tuple[Client, str]:
        person: User = getattr(people, role)
        return speak(sign_in(person), language), PAGES[page][0].format(operation=operation.pk)

    return prepare


OpenPage = Callable[..., tuple[Client, str]]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_opens_for_every_role_in_both_languages(open_page: OpenPage, role: str, language: str) -> None:
    for page, (_path, closed_to, _mark) in PAGES.items():
        browser, address = open_page(page, role, language)
        answer = browser.get(address, follow=True)  # the home of support is the search
        assert answer.status_code == (403 if role in closed_to else 200), page
        text = answer.content.decode()
        assert text.lstrip().startswith(DOCUMENT), page
        assert f'<html lang="{language}"' in text, page


# --- Japanese --------------------------------------------------------------------------------------------------------


def words_of(html: str) -> Iterator[str]:
    """Return what a person reads or hears: the text, and the attributes that are read out."""
    # What LINE WORKS sent is shown as it came in every language.
    seen = re.sub(r"<(script|style|svg|pre)\b.*?</\1>", " ", html, flags=re.DOTALL)
    seen = re.sub(r'<th scope="row" class="pd-mono">[^<]*</th>|<bdi>[^<]*</bdi>', " ", seen)
    yield from re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', seen)
    yield from re.split(r"<[^>]*>", seen)


# Names, codes and what LINE WORKS or a person wrote: the same in every language.
SAME_EVERYWHERE = re.compile(
    r"Partnerdesk|LINE WORKS|Online Direct|Shift_JIS|Enter|Esc|Excel|Roger|"
    r"AiNote|Drive|PaperOn|AiStudio|English|domainId|operationId|[A-Z]{2,}[-_A-Z0-9]*|C-17|"
    r"[\w.+-]+@[\w.-]+|[\w-]+\.(example|com|jp|net)[\w.]*|\b(get|list|add|update|delete)[A-Z]\w+|"
    r"&\w+;|&#\w+;|D|\b[a-z]\b"
)


@pytest.mark.parametrize("page", PAGES)
def test_no_english_is_left_on_a_japanese_page(open_page: OpenPage, page: str) -> None:
    browser, address = open_page(page, language="ja")
    html = browser.get(address).content.decode()
    left = {text.strip() for text in words_of(html) if re.search(r"[A-Za-z]{3,}", SAME_EVERYWHERE.sub(" ", text))}
    assert left == set()


def test_the_sign_in_page_speaks_japanese_too(db: None, sign_in: SignIn, japanese: None) -> None:
    page = speak(sign_in(), "ja").get("/account/sign-in/").content.decode()
    assert "<title>" in page
    assert "Sign in" not in page
    assert "Password" not in page


# --- Swaps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", SWAPPED)
def test_a_swap_gets_its_part_alone(open_page: OpenPage, page: str) -> None:
    browser, address = open_page(page)
    answer = browser.get(address, headers=SWAP)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert DOCUMENT not in text
    assert "<header" not in text
    assert text.count(PAGES[page][2]) == 1
    assert text.count("<div") == text.count("</div>")


@pytest.mark.parametrize("extra", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_boosted_links_and_history_get_the_whole_page(open_page: OpenPage, extra: dict[str, str]) -> None:
    for page in PAGES:
        browser, address = open_page(page)
        text = browser.get(address, headers=SWAP | extra).content.decode()
        assert text.lstrip().startswith(DOCUMENT), page


def test_caches_are_told_that_a_swap_differs(open_page: OpenPage) -> None:
    for page in SWAPPED:
        browser, address = open_page(page)
        for headers in ({}, SWAP):
            assert "HX-Request" in browser.get(address, headers=headers)["Vary"], page


def polled(browser: Client, address: str) -> str:
    """Return the address that a page asks again and again."""
    found = re.search(rf'hx-get="({address}\?[^"]+)"', browser.get(address).content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def test_a_customers_page_that_polls_gets_nothing_until_something_was_read(open_page: OpenPage) -> None:
    browser, address = open_page("customer")
    poll = polled(browser, address)
    answer = browser.get(poll, headers=SWAP)
    assert (answer.status_code, answer.content) == (204, b"")
    assert browser.get(poll).status_code == 200  # a person who opens it gets a page
    one_customer()
    assert browser.get(poll, headers=SWAP).status_code == 200
    assert browser.get(polled(browser, address), headers=SWAP).status_code == 204


def test_an_operations_page_that_polls_gets_nothing_until_something_happened(open_page: OpenPage) -> None:
    browser, _address = open_page("operations")
    under_way = orders.stored("accepted", domain_id=10_000_001)
    poll = polled(browser, under_way.get_absolute_url())
    answer = browser.get(poll, headers=SWAP)
    assert (answer.status_code, answer.content) == (204, b"")
    assert browser.get(poll).status_code == 200
    Event.objects.create(operation=under_way, what="read back", state=under_way.state)
    assert browser.get(poll, headers=SWAP).status_code == 200


def test_the_ring_of_the_top_bar_asks_for_itself(open_page: OpenPage) -> None:
    browser, _address = open_page("sync")
    text = browser.get("/sync/indicator/", headers=SWAP).content.decode()
    assert text.strip().startswith('<span id="running-sync"')
    assert "Syncing 0%" in text
    SyncRun.objects.all().delete()
    assert "Resync" not in browser.get("/sync/indicator/", headers=SWAP).content.decode()


# --- Headers ---------------------------------------------------------------------------------------------------------


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(values) for name, *values in (part.split() for part in policy.split(";") if part.strip())}


def test_every_page_carries_the_strict_headers(open_page: OpenPage, sign_in: SignIn) -> None:
    for browser, address in [
        *(open_page(page) for page in PAGES),
        (open_page("policy", "finance")),
        (open_page("sync")[0], "/nowhere/"),
        (sign_in(), "/account/sign-in/"),
    ]:
        answer = browser.get(address)
        policy = directives(answer["Content-Security-Policy"])
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}, address
        assert set().union(*policy.values()) <= {"'none'", "'self'"}, address
        assert answer["X-Frame-Options"] == "DENY", address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Referrer-Policy"] == "same-origin", address
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", address


def test_no_page_needs_what_the_policy_forbids(open_page: OpenPage) -> None:
    for page in PAGES:
        browser, address = open_page(page)
        text = browser.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), page
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", text), page
        assert not re.search(r'(?:src|action|hx-get|hx-post)="(?:https?:)?//', text), page
        links = re.findall(r'href="(?:https?:)?//([^/"]+)', text)
        assert set(links) <= {"developers.worksmobile.com"}, page


def test_cookies_stay_with_the_portal(db: None, sign_in: SignIn, people: People) -> None:
    browser = sign_in(people.support)
    browser.get("/customers/")
    browser.post("/language/", {"language": "ja"})
    browser.post("/theme/", {"theme": "dark"})
    browser.get("/account/sign-in/")
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "theme")
    for name in names:
        cookie = browser.cookies[name]
        if name != settings.SESSION_COOKIE_NAME:  # set by the test's own sign-in
            assert cookie["httponly"], name
            assert cookie["samesite"] == "Lax", name
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_codes_never_heard_of_are_shown_as_they_came(open_page: OpenPage) -> None:
    browser, address = open_page("customer")
    keep_contracts(
        10_000_001,
        subscriptions=[vendor_json.subscription(productId="GOLD_X", plan="WEEKLY_X", status="FROZEN_X")],
        pre_orders=[vendor_json.pre_order(productId="SILVER_X", plan="DAILY_X")],
    )
    page = browser.get(address).content.decode()
    for code in ("GOLD_X", "WEEKLY_X", "FROZEN_X", "SILVER_X", "DAILY_X"):
        assert code in page
    assert "GOLD_X" in browser.get("/customers/").content.decode()
