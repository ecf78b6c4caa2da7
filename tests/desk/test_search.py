"""The search: which hit comes first, what Enter opens, what stands below the box, and what it costs."""
# ruff: noqa: RUF001  full-width digits are among what people type

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, UsageStatus
from portal.core.clock import now
from portal.core.search import lines_of, searched_text
from portal.core.search_queries import parse_query
from portal.desk import search
from portal.desk.models import MOST_RECENT, RecentCustomers
from portal.desk.search import Candidate, Match, find, match_of, rank
from portal.operations.states import State
from portal.sync.store import retire
from tests.support import orders
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers, one_customer
from tests.support.vendor_json import customer, subscription

FIRST = 300_000_101
SWAP = {"HX-Request": "true"}
SUGGESTED = SWAP | {"HX-Target": "suggestions"}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.support)


def store(*names: str, **changes: Any) -> list[Customer]:
    """Keep customers of these names, numbered from `FIRST` on."""
    return keep_customers(
        *(
            customer(FIRST + place, companyName=name, domain=f"d{place}.example.jp", **changes)
            for place, name in enumerate(names, start=Customer.objects.count())
        )
    )


def hits_on(browser: Client, typed: str, **further: str) -> list[str]:
    """Return the addresses of the hits on the page."""
    answer = browser.get("/search/", {"q": typed, **further})
    assert answer.status_code == 200
    found = re.search(r'<div class="pd-stack" id="results">(.*)', answer.content.decode(), re.DOTALL)
    assert found
    return re.findall(r'<li>\s*<a href="([^"]+)"', found[1])


# --- Ranking ---------------------------------------------------------------------------------------------------------

TEXT = searched_text(["株式会社ヒカリ", "ヒカリ"], ["hikariexamplecom", "k17", "山田花子"])


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("株式会社ひかり", Match.EXACT),
        ("ひかり", Match.EXACT),
        ("K-17", Match.EXACT),
        ("有限会社ひかり", Match.NEARLY_EXACT),
        ("tanaka@hikari.example.com", Match.NEARLY_EXACT),
        ("ひか", Match.NAME_BEGINS),
        ("hikari.ex", Match.LINE_BEGINS),
        ("かり", Match.IN_NAME),
        ("example", Match.IN_LINE),
        ("花子 ひかり", Match.WORDS),
    ],
)
def test_a_match_is_the_better_the_more_of_a_line_it_is(typed: str, match: Match) -> None:
    assert match_of(parse_query(typed), TEXT) == match


def test_among_equal_matches_current_customers_and_short_names_go_first() -> None:
    texts = {1: "ヒカリ物流東京", 2: "ヒカリ物流", 3: "ヒカリ", 4: "三河屋ヒカリ"}
    candidates = [Candidate(pk, searched_text([name], [str(pk)]), is_removed=pk == 2) for pk, name in texts.items()]
    ranked = rank(parse_query("ひかり"), candidates)
    assert [candidate.pk for _match, candidate in ranked] == [3, 1, 2, 4]


def test_the_lines_of_a_text_are_those_that_it_was_made_of() -> None:
    assert lines_of(searched_text(["a", "a", "", "b"], ["c"])) == (["a", "b"], ["c"])
    assert lines_of(searched_text([], ["c", "d"])) == ([], ["c", "d"])


# --- What Enter opens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["物流", "300000101", "３０００００１０１", "d0.example.jp", "x@d0.example.jp"])
def test_the_only_hit_is_opened(browser: Client, typed: str) -> None:
    wanted, *_others = store("株式会社ひかり物流", "有限会社三河屋")
    answer = browser.get("/search/", {"q": typed})
    assert (answer.status_code, answer["Location"]) == (302, wanted.get_absolute_url())


def test_the_only_exact_hit_is_opened_and_an_ambiguous_one_is_not(browser: Client) -> None:
    stock, other, longer = store("株式会社ひかり", "有限会社ひかり", "株式会社ひかり物流")
    assert browser.get("/search/", {"q": "㈱ひかり"})["Location"] == stock.get_absolute_url()
    assert hits_on(browser, "ひかり") == [each.get_absolute_url() for each in (other, stock, longer)]
    assert len(hits_on(browser, "㈱ひかり", all="1")) == 3
    retire([other.pk])
    Customer.objects.filter(pk=other.pk).update(removed_at=now())
    assert browser.get("/search/", {"q": "ひかり"})["Location"] == stock.get_absolute_url()


def test_a_partial_match_of_several_is_not_opened(browser: Client) -> None:
    first, second = store("株式会社ひかり物流", "株式会社ひかり電設")
    assert hits_on(browser, "ひかり") == [first.get_absolute_url(), second.get_absolute_url()]


# --- Subscriptions and requests --------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["771204", "７７１２０４", " 771204 "])
def test_a_subscription_is_found_by_its_number(browser: Client, typed: str) -> None:
    [holder] = store("ひかり")
    keep_contracts(holder.pk, subscriptions=[subscription(771204)])
    answer = browser.get("/search/", {"q": typed})
    assert answer["Location"] == f"{holder.get_absolute_url()}#subscription-771204"


def test_a_number_of_both_a_customer_and_a_subscription_shows_both(browser: Client) -> None:
    first, second = store("ひかり", "三河屋")
    keep_contracts(first.pk, subscriptions=[subscription(second.pk)])
    assert hits_on(browser, str(second.pk)) == [
        f"{first.get_absolute_url()}#subscription-{second.pk}",
        second.get_absolute_url(),
    ]


def test_a_request_is_found_by_its_number_however_it_is_typed(browser: Client) -> None:
    [holder] = store("ひかり")
    request = orders.stored("queued", domain_id=holder.pk)
    wide = request.ref.translate({code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)})
    for typed in (request.ref, request.ref.lower(), request.ref.replace("-", " "), wide, f"OP-{request.pk}"):
        assert browser.get("/search/", {"q": typed})["Location"] == request.get_absolute_url(), typed


def test_a_draft_is_found_by_its_author_alone(browser: Client, people: People) -> None:
    [holder] = store("ひかり")
    theirs, mine = (
        orders.stored("proposed", domain_id=holder.pk, proposed_by_id=person.pk)
        for person in (people.administrator, people.support)
    )
    assert hits_on(browser, theirs.ref) == []
    assert browser.get("/search/", {"q": mine.ref})["Location"] == mine.get_absolute_url()


@pytest.mark.parametrize("typed", ["OP-9901-{pk:04}", "OP-{pk}9", "OP", "B-2601-0001", "D-2601-0001", "OP-99999999"])
def test_another_number_finds_no_request(browser: Client, typed: str) -> None:
    request = orders.stored("queued", domain_id=store("ひかり")[0].pk)
    assert hits_on(browser, typed.format(pk=request.pk)) == []


# --- What a hit shows ------------------------------------------------------------------------------------------------


def test_a_hit_shows_what_tells_customers_apart(browser: Client) -> None:
    first, second = store("株式会社ひかり物流", "株式会社ひかり電設", enableActiveDomain=False)
    keep_contracts(first.pk, subscriptions=[subscription(productId="ADV", planEndDate="2027-01-31")])
    UsageStatus.objects.create(customer=second, withdrawal_date=date(2026, 2, 1), raw={}, changed_at=now())
    orders.stored("unknown", domain_id=second.pk)
    page = browser.get("/search/", {"q": "ひかり"}).content.decode()
    for words in ("d0.example.jp", "Advanced", "No subscription", "Not verified", "Leaving", ">Unknown<"):
        assert words in page, words
    assert page.count("Leaving") == 1


def test_a_hit_says_by_which_field_it_was_found(browser: Client) -> None:
    store("ひかり", "三河屋")
    page = browser.get("/search/", {"q": "090-0000-0000"}).content.decode()
    assert page.count("Administrator phone <bdi>090-0000-0000</bdi>") == 2
    assert "Administrator phone" not in browser.get("/search/", {"q": "example"}).content.decode()


def test_customers_that_line_works_no_longer_lists_are_marked(browser: Client) -> None:
    first, _second = store("ひかり物流", "ひかり電設")
    Customer.objects.filter(pk=first.pk).update(removed_at=now())
    retire([first.pk])
    assert browser.get("/search/", {"q": "ひかり"}).content.decode().count("Not in LINE WORKS") == 1


# --- Suggestions and the empty box -----------------------------------------------------------------------------------


def test_a_swap_gets_its_part_alone_and_is_not_sent_elsewhere(browser: Client) -> None:
    [only] = store("株式会社ひかり")
    for headers, has_frame in ((SWAP, True), (SUGGESTED, False)):
        answer = browser.get("/search/", {"q": "ひかり"}, headers=headers)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "<!doctype" not in text
        assert ('id="results"' in text) is has_frame
        assert f'href="{only.get_absolute_url()}"' in text
        assert {"HX-Request", "HX-Target"} <= set(re.split(r",\s*", answer["Vary"]))


def test_suggestions_are_few_and_lead_to_all(browser: Client) -> None:
    store(*(f"ひかり{number}" for number in range(12)))
    text = browser.get("/search/", {"q": "ひかり"}, headers=SUGGESTED).content.decode()
    assert text.count("<li>") == 8
    assert re.search(r'href="/search/\?q=[^"]+&amp;all=1"', text)


def test_without_a_search_the_latest_customers_stand_there(browser: Client, people: People, sign_in: SignIn) -> None:
    customers = store(*(f"ひかり{number}" for number in range(MOST_RECENT + 2)))
    for each in (*customers, customers[3]):
        assert browser.get(each.get_absolute_url()).status_code == 200
    latest = [each.pk for each in (customers[3], *reversed(customers)) if each is not customers[0]]
    wanted = list(dict.fromkeys(latest))[:MOST_RECENT]
    assert RecentCustomers.objects.of(people.support) == wanted
    assert hits_on(browser, "") == hits_on(browser, "\u200b") == [f"/customers/{pk}/" for pk in wanted]
    assert hits_on(sign_in(people.finance), "") == []


def test_opening_a_customer_again_writes_nothing_and_a_poll_does_not_count(browser: Client, people: People) -> None:
    first, second = store("ひかり", "三河屋")
    browser.get(first.get_absolute_url())
    browser.get(second.get_absolute_url(), headers=SWAP)
    browser.get("/customers/1/")
    assert RecentCustomers.objects.of(people.support) == [first.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin FROM desk_recentcustomers")
        before = cursor.fetchall()
        browser.get(first.get_absolute_url())
        cursor.execute("SELECT xmin FROM desk_recentcustomers")
        assert cursor.fetchall() == before


# --- Odd input -------------------------------------------------------------------------------------------------------

NOTHING_MATCHES = ["%", "_", "ひ%り", "\\", "' OR 1=1 --", ".*", "[", "zzz", "a" * 10_000, "株" * 10_000, "９" * 10_000]
NOTHING_TO_SEARCH = ["\u200b\u200d", "\ufeff", "\u202e", "\x01\x7f", "\ud7ff\U0010fffd"]


@pytest.mark.parametrize("typed", [*NOTHING_MATCHES, "★", "ー", "・", "😀", "http://", "@", "+", "OP-"])
def test_what_is_not_there_is_said_to_be_not_there(browser: Client, typed: str) -> None:
    store("株式会社ひかり", "三河屋")
    for headers in ({}, SWAP, SUGGESTED):
        answer = browser.get("/search/", {"q": typed}, headers=headers)
        assert answer.status_code == 200
        assert "No customer matches" in answer.content.decode()


@pytest.mark.parametrize("typed", NOTHING_TO_SEARCH)
def test_invisible_characters_search_for_nothing(browser: Client, typed: str) -> None:
    store("株式会社ひかり", "三河屋")
    answer = browser.get("/search/", {"q": typed})
    assert answer.status_code == 200
    assert "Type letters or digits to search." in answer.content.decode()


def test_a_nul_is_refused_as_everywhere(browser: Client) -> None:
    assert browser.get("/search/", {"q": "ひ\0かり"}).status_code == 400


def test_what_was_typed_is_shown_as_text(browser: Client) -> None:
    page = browser.get("/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


# --- Cost ------------------------------------------------------------------------------------------------------------


def test_a_search_makes_as_many_queries_for_few_customers_as_for_many(people: People) -> None:
    counts = []
    for names in (2, 40):
        store(*(f"ひかり{number}" for number in range(names)))
        with CaptureQueriesContext(connection) as queries:
            assert find("ひかり", people.support).count >= names
        counts.append(len(queries))
    assert counts == [2, 2]


def test_of_too_many_hits_some_are_looked_at(people: People, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_CANDIDATES", 5)
    store(*(f"ひかり{number}" for number in range(9)), "ひかり")
    found = find("ひかり", people.support)
    assert found.is_cut
    assert found.to_open
    assert str(found.to_open.customer) == "ひかり"
    assert "Too many matches" in browser.get("/search/", {"q": "ひか"}).content.decode()


def test_states_of_unknown_outcome_are_marked_until_they_are_settled(people: People) -> None:
    holder = one_customer()
    orders.stored(State.SUCCEEDED, domain_id=holder.pk)
    found = find(str(holder.pk), people.support).hits[0].customer
    assert found
    assert not found.has_unknown
