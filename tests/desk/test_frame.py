"""The frame of every page: the current entry, since when the data has been read, Settings for administrators alone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse

from portal.core.clock import now
from portal.sync.models import SyncRun
from tests.support.portal import People, SignIn

Run = SyncRun.State
# Every entry of the navigation is in one of these; it ends where the next link begins.
CURRENT = re.compile(r'aria-current="page">(?:<svg.*?</svg>)?([^<]+?)\s*<', re.DOTALL)


def run(state: SyncRun.State, hours: int, **columns: object) -> SyncRun:
    finished = None if state == Run.RUNNING else now()
    return SyncRun.objects.create(
        state=state, started_at=now() - timedelta(hours=hours), finished_at=finished, **columns
    )


def test_the_data_is_as_old_as_the_start_of_the_last_complete_sync(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.finance)
    first = browser.get(reverse("upcoming:list"))
    assert (first.context["data_as_of"], "Not synced yet" in first.content.decode()) == (None, True)

    run(Run.WHOLE, 9)
    last = run(Run.WHOLE, 5)
    run(Run.WHOLE, 4, resource="options")
    run(Run.INCOMPLETE, 3)
    run(Run.STOPPED, 2)
    running = run(Run.RUNNING, 1)

    page = browser.get(reverse("upcoming:list"))
    assert page.context["data_as_of"] == last.started_at
    assert page.context["running_sync"] == running
    assert "all customers" in page.content.decode()


@pytest.mark.parametrize("role", ["administrator", "account_manager", "support", "finance"])
def test_settings_are_an_administrators(role: str, people: People, sign_in: SignIn) -> None:
    browser = sign_in(getattr(people, role))
    home = browser.get(reverse("upcoming:list")).content.decode()
    sync = browser.get(reverse("sync:detail")).content.decode()

    is_administrator = role == "administrator"
    for page in (home, sync):
        assert (f'href="{reverse("operations:policy")}"' in page) == is_administrator
    # Everybody else reaches the page of the syncs by the age of the data.
    assert f'href="{reverse("sync:detail")}"' in home
    assert (reverse("connection:detail") in sync) == is_administrator


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("home", "Home"), ("customers:list", "Customers"), ("customers:detail", "Customers"),
        ("subscriptions:list", "Subscriptions"), ("subscriptions:licenses_add", "Customers"),
        ("options:list", "Options"), ("options:customer", "Customers"), ("upcoming:calendar", "Upcoming"),
        ("renewals:list", "Renewals"), ("billing:invoice", "Billing"), ("usage:list", "Billing"),
        ("differences:list", "Billing"), ("operations:list", "Requests"), ("operations:detail", "Requests"),
        ("bulk:list", "Requests"), ("bulk:detail", "Requests"), ("operations:policy", "Settings"),
        ("sync:detail", "Settings"),
    ],
)  # fmt: skip
def test_the_entry_of_a_page_is_current(
    name: str, entry: str, address: Callable[[str], str], people: People, sign_in: SignIn
) -> None:
    page = sign_in(people.administrator).get(address(name)).content.decode()
    [navigation] = re.findall(r'<ul class="pd-nav">.*?</ul>', page, re.DOTALL)
    assert CURRENT.findall(navigation) == [entry]
