"""Saved views of lists: who sees which, what they keep, and what they open with."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer
from portal.accounts.models import User
from portal.lists import tabs
from portal.lists.models import MOST_VIEWS, SavedView
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers
from tests.support.vendor_json import customer, subscription

FIRST = 10_000_001
LISTS = ("customers", "subscriptions", "options", "requests", "upcoming", "sync/changes", "renewals", "billing/usage")
TAB = re.compile(r'<li>\s*<a href="([^"]*)"\s*(aria-current="page")?>(.*?)</a>', re.DOTALL)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def book(db: None) -> list[int]:
    """Three customers: Advanced, Standard, and one without a subscription."""
    numbers = [row.pk for row in keep_customers(*(customer(FIRST + n, domain=f"d{n}.example.jp") for n in range(3)))]
    keep_contracts(numbers[0], subscriptions=[subscription(1, productId="ADV")])
    keep_contracts(numbers[1], subscriptions=[subscription(2, productId="STD")])
    return numbers


def save(
    browser: Client, name: str, query: str = "product=ADV&sort=-end", listing: str = "customers", **more: Any
) -> Any:
    """Save a view, as its form does."""
    return browser.post(f"/{listing}/views/add/", {"name": name, "query": query} | more)


def tabs_on(page: str) -> dict[str, tuple[str, bool, str]]:
    """Return of each tab on a page its address, whether it is the current one, and its count, by its name."""
    strip = page.partition('aria-label="Views"')[2].partition("</nav>")[0]
    found = {}
    for address, current, label in TAB.findall(strip):
        name, _, number = re.sub(r"<svg.*?</svg>|\s+", " ", label).partition('<span class="pd-n">')
        words = re.sub(r"<[^>]*>", "", name).strip()
        found[unescape(words)] = (unescape(address), bool(current), number.removesuffix("</span> "))
    return found


def shown(browser: Client, address: str) -> list[int]:
    """Return the customers on a page, in their order."""
    page = browser.get(address).content.decode()
    return [int(number) for number in re.findall(r'<a (?:id="row-1" )?href="/customers/(\d+)/"', page)]


# --- Tabs and their counts -------------------------------------------------------------------------------------------


def test_each_tab_counts_what_it_opens(browser: Client, book: list[int]) -> None:
    save(browser, "Advanced only")
    save(browser, "Nothing", "q=zzz")
    found = tabs_on(browser.get("/customers/").content.decode())
    assert {name: tab[2] for name, tab in found.items()} == {
        "All": "3",
        "Mine": "0",
        "Licenses full": "0",
        "Trial ended": "0",
        "Leaving": "0",
        "Advanced only": "1",
        "Nothing": "0",
    }
    for address, _current, number in found.values():
        assert len(shown(browser, address)) == int(number), address


def test_the_tab_that_is_open_is_marked(browser: Client, book: list[int]) -> None:
    save(browser, "Advanced only")
    for opened in tabs_on(browser.get("/customers/").content.decode()).values():
        now_on = tabs_on(browser.get(opened[0]).content.decode())
        assert [address for address, current, _number in now_on.values() if current] == [opened[0]]


def test_a_count_ends_where_counting_would_cost_more(
    browser: Client, book: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "MOST_COUNTED", 2)
    page = browser.get("/customers/").content.decode()
    assert tabs_on(page)["All"][2] == "2+"
    assert "1–3 of 3" in page


@pytest.mark.parametrize("listing", LISTS)
def test_every_view_that_a_list_comes_with_filters_by_what_there_is(browser: Client, listing: str) -> None:
    for address, _current, _number in tabs_on(browser.get(f"/{listing}/").content.decode()).values():
        page = browser.get(address).content.decode()
        assert "It is not applied" not in page
        query = address.partition("?")[2].partition("&")[2]
        assert ("pd-chip" in page) == bool(query), address


@pytest.mark.parametrize("listing", LISTS)
def test_views_cost_no_more_queries_however_many_there_are(
    browser: Client, listing: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(MOST_VIEWS):
        save(browser, f"View {place}", "q=d1", listing)
    browser.get(f"/{listing}/?view=all")  # says that they were saved
    with django_assert_max_num_queries(10):
        page = browser.get(f"/{listing}/?view=all").content.decode()
    assert len(tabs_on(page)) > MOST_VIEWS


# --- Saving ----------------------------------------------------------------------------------------------------------


def test_a_view_keeps_filters_order_and_columns_and_opens_with_them(browser: Client, book: list[int]) -> None:
    query = "product=ADV&product=STD&sort=-name&columns=plan&columns=code&page=2&rows=25&view=all&unheard=of&export=csv"
    answer = save(browser, "Two plans", query)
    view = SavedView.objects.get()
    assert view.query == "product=ADV&product=STD&sort=-name&columns=plan&columns=code"
    assert answer["Location"] == f"/customers/?view={view.pk}&{view.query}"
    assert shown(browser, answer.url) == [book[1], book[0]]
    page = browser.get(answer.url).content.decode()
    assert "View “Two plans” saved." in page or "Two plans" in page
    assert "Customer code" in page
    assert ">Last updated</a>" not in page


@pytest.mark.parametrize("name", ["", "x" * 41, "Taken"])
def test_a_name_that_cannot_be_is_explained_and_nothing_is_saved(browser: Client, name: str) -> None:
    save(browser, "Taken")
    answer = save(browser, name, "product=STD")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert 'name="query" value="product=STD"' in page
    assert [view.query for view in SavedView.objects.all()] == ["product=ADV&sort=-end"]


def test_the_same_name_may_be_anothers_and_of_another_list(browser: Client, people: People, sign_in: SignIn) -> None:
    save(browser, "Mine")
    assert save(browser, "Mine", listing="options").status_code == 302
    assert save(sign_in(people.support), "Mine").status_code == 302
    assert SavedView.objects.count() == 3


def test_nobody_has_more_views_than_there_is_room_for(browser: Client) -> None:
    for place in range(MOST_VIEWS):
        save(browser, f"{place}")
    answer = save(browser, "One more")
    assert answer.status_code == 422
    assert "Delete one first." in answer.content.decode()
    assert SavedView.objects.count() == MOST_VIEWS
    assert save(browser, "Of another list", listing="options").status_code == 302


def test_what_no_address_can_hold_is_not_kept(browser: Client) -> None:
    save(browser, "Odd", "q=%00&product=ADV")
    assert SavedView.objects.get().query == "product=ADV"


def test_a_filter_too_long_for_an_address_is_not_saved(browser: Client) -> None:
    answer = save(browser, "Long", f"q={'x' * 3000}")
    assert answer.status_code == 422
    assert not SavedView.objects.exists()


# --- Who sees and changes it -----------------------------------------------------------------------------------------


def test_a_private_view_is_its_owners_alone(browser: Client, people: People, sign_in: SignIn, book: list[int]) -> None:
    save(browser, "Secret plans")
    view = SavedView.objects.get()
    assert "Secret plans" in tabs_on(browser.get("/customers/?view=all").content.decode())
    for person in (people.second_manager, people.support, people.finance, people.administrator):
        other = sign_in(person)
        for address in ("/customers/?view=all", f"/customers/?view={view.pk}", f"/customers/views/{view.pk}/"):
            assert "Secret plans" not in other.get(address).content.decode()
        assert other.get(f"/customers/views/{view.pk}/").status_code == 403
        for action in ("", "filter/", "default/", "delete/"):
            done = {"name": "Taken over", "query": "", "wanted": "yes"}
            assert other.post(f"/customers/views/{view.pk}/{action}", done).status_code == 403
    view.refresh_from_db()
    assert (view.name, view.query, view.default_for.count()) == ("Secret plans", "product=ADV&sort=-end", 0)


def test_a_shared_view_is_seen_by_its_role_and_changed_by_its_owner(
    browser: Client, people: People, sign_in: SignIn, book: list[int]
) -> None:
    save(browser, "Team", share="yes")
    view = SavedView.objects.get()
    assert view.role == "account_manager"
    colleague, support = sign_in(people.second_manager), sign_in(people.support)
    assert "Team" in tabs_on(colleague.get("/customers/").content.decode())
    assert "Team" not in tabs_on(support.get("/customers/").content.decode())
    assert colleague.get(f"/customers/views/{view.pk}/").status_code == 403
    assert colleague.post(f"/customers/views/{view.pk}/delete/").status_code == 403
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_people_share_with_their_own_role_and_administrators_with_any(
    browser: Client, people: People, sign_in: SignIn
) -> None:
    assert save(browser, "For support", role="support").status_code == 422
    assert not SavedView.objects.exists()
    administrator = sign_in(people.administrator)
    assert save(administrator, "For support", role="support").status_code == 302
    assert "For support" in tabs_on(sign_in(people.support).get("/customers/").content.decode())
    assert "For support" not in tabs_on(browser.get("/customers/").content.decode())


def test_an_administrator_removes_what_others_share(browser: Client, people: People, sign_in: SignIn) -> None:
    save(browser, "Team", share="yes")
    view = SavedView.objects.get()
    administrator = sign_in(people.administrator)
    assert administrator.get(f"/customers/views/{view.pk}/").status_code == 200
    administrator.post(f"/customers/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_person_without_the_permission_saves_nothing(people: People, sign_in: SignIn) -> None:
    stranger = User.objects.create_user("stranger@partner.example", name="x")
    assert save(sign_in(stranger), "Mine").status_code == 403
    assert save(sign_in(None), "Mine").status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_belongs_to_its_list(browser: Client) -> None:
    save(browser, "Mine")
    view = SavedView.objects.get()
    assert browser.get(f"/options/views/{view.pk}/").status_code == 404
    assert browser.post(f"/options/views/{view.pk}/delete/").status_code == 404
    assert SavedView.objects.exists()


# --- Changing it -----------------------------------------------------------------------------------------------------


def test_a_view_is_renamed_shared_and_deleted(browser: Client, book: list[int]) -> None:
    save(browser, "Mine")
    view = SavedView.objects.get()
    answer = browser.post(f"/customers/views/{view.pk}/", {"name": "Ours", "role": "account_manager"})
    assert answer["Location"] == f"/customers/?view={view.pk}&{view.query}"
    view.refresh_from_db()
    assert (view.name, view.role, view.query) == ("Ours", "account_manager", "product=ADV&sort=-end")
    assert browser.post(f"/customers/views/{view.pk}/delete/")["Location"] == "/customers/?view=all"
    assert not SavedView.objects.exists()
    assert Customer.objects.count() == len(book)


def test_changes_to_an_open_view_are_offered_and_saved(browser: Client, book: list[int]) -> None:
    opened = save(browser, "Mine").url
    assert "Save changes to “Mine”" in browser.get(opened).content.decode()
    changed = opened.replace("ADV", "STD")
    swap = browser.get(changed, headers={"hx-request": "true"}).content.decode()
    query = re.findall(r'name="query" value="([^"]*)"', swap)
    assert set(map(unescape, query)) == {"product=STD&sort=-end"}
    view = SavedView.objects.get()
    browser.post(f"/customers/views/{view.pk}/filter/", {"query": unescape(query[0])})
    view.refresh_from_db()
    assert view.query == "product=STD&sort=-end"


def test_a_list_opens_with_the_persons_default(browser: Client, people: People, sign_in: SignIn) -> None:
    save(browser, "Mine", share="yes")
    save(browser, "Other")
    mine, other = SavedView.objects.order_by("pk")
    assert browser.get("/customers/").status_code == 200
    for view in (other, mine):
        browser.post(f"/customers/views/{view.pk}/default/", {"wanted": "yes"})
        assert browser.get("/customers/")["Location"] == f"/customers/?view={view.pk}&{view.query}"
    assert browser.get("/customers/?view=all").status_code == 200
    assert browser.get("/customers/", headers={"hx-request": "true"}).status_code == 200
    assert browser.get("/options/").status_code == 200
    colleague = sign_in(people.second_manager)
    assert colleague.get("/customers/").status_code == 200
    colleague.post(f"/customers/views/{mine.pk}/default/", {"wanted": "yes"})
    assert colleague.get("/customers/").status_code == 302
    browser.post(f"/customers/views/{mine.pk}/default/", {"wanted": "no"})
    assert browser.get("/customers/").status_code == 200
    mine.role = ""
    mine.save()
    assert colleague.get("/customers/").status_code == 200  # no longer shared, no longer opened


# --- What is gone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("product=GOLD", "GOLD"),
        ("ends_to=2026-02-31", "2026-02-31"),
        ("retired=yes", "retired"),
        ("sort=shoe-size", "shoe-size"),
        ("columns=colour", "colour"),
        ("product=GOLD&q=d1", "GOLD"),
    ],
)
def test_a_view_of_what_no_longer_exists_opens_and_says_so(
    browser: Client, people: People, book: list[int], query: str, said: str
) -> None:
    view = SavedView.objects.create(owner=people.account_manager, listing="customers", name="Old", query=query)
    strip = tabs_on(browser.get("/customers/?view=all").content.decode())
    assert strip["Old"][0].startswith(f"/customers/?view={view.pk}&")
    for headers in ({}, {"hx-request": "true"}):
        answer = browser.get(f"/customers/?view={view.pk}&{query}", headers=headers)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "Part of this filter is not valid or no longer exists. It is not applied." in page
        assert f"<bdi>{said}</bdi>" in page
    assert len(shown(browser, f"/customers/?view={view.pk}&{query}")) == int(strip["Old"][2])


def test_what_is_valid_in_a_broken_filter_still_applies(browser: Client, book: list[int]) -> None:
    page = browser.get("/customers/?product=GOLD&q=d1").content.decode()
    assert 'Remove filter: Name or domain"' in page
    assert shown(browser, "/customers/?product=GOLD&q=d1") == [book[1]]


# --- Languages, without JavaScript ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("japanese")
@pytest.mark.parametrize("listing", LISTS)
def test_the_menus_of_a_list_speak_japanese(browser: Client, listing: str) -> None:
    speak(browser, "ja")
    save(browser, "自分用", "q=d1", listing)
    view = SavedView.objects.get()
    page = browser.get(f"/{listing}/?view={view.pk}&q=d2").content.decode()
    for words in ("ビューを保存", "すべて", "「自分用」に変更を保存"):
        assert words in page, words
    form = browser.get(f"/{listing}/views/{view.pk}/").content.decode()
    for words in ("ビューを削除", "自分のみ"):
        assert words in form, words
