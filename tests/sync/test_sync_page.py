"""The Sync page: what it says of runs, ages, calls, problems and novelties, and what it lets whom do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from redis import ConnectionError as NoRedis

from portal.celery import app
from portal.core.clock import now
from portal.sync import presentation
from portal.sync.freshness import BOUND, bound_of
from portal.sync.models import DetectedChange, Reading, SchemaDrift, SyncRun
from portal.sync.resources import PARTNER, RESOURCES
from portal.vendor.ratelimit import RateLimiter
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

ID = 10_000_001
SWAP = {"HX-Request": "true"}
WORDS = "listSubscriptions: refused: 500 INTERNAL_SERVER_ERROR (Something is wrong at our side)"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What workers were asked to do."""
    sent: list[tuple[str, tuple[Any, ...]]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args=(), **_options: sent.append((name, tuple(args))))
    return sent


Sent = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def failed(resource: str = "subscriptions", domain_id: int = ID, **columns: Any) -> Reading:
    """Put a reading that went wrong into the table."""
    reading, _made = Reading.objects.update_or_create(
        domain_id=domain_id,
        resource=resource,
        defaults={"read_at": now() - timedelta(hours=3), "tried_at": now(), "problem": WORDS, **columns},
    )
    return reading


def text(browser: Client, part: str = "") -> str:
    """Return what the page says, without markup."""
    answer = browser.get(f"/sync/{part}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- What it says ----------------------------------------------------------------------------------------------------


def test_a_run_tells_progress_pace_and_both_ends(browser: Client) -> None:
    began = now() - timedelta(minutes=4)
    SyncRun.objects.create(
        asked_by="佐藤 美咲", started_at=began, listed_at=began, worked_at=now(), customers=1312, reads=1000,
        reads_done=400, reads_failed=2, rows_moved=21, finish_stated_at=began + timedelta(minutes=10),
    )  # fmt: skip
    page = text(browser)
    assert "Full sync: 1,312 customers" in page
    assert "400 of 1,000 items synced 40%" in page
    assert "Items per minute 100" in page
    assert "Done at about" in page
    assert "estimated at the start" in page


@pytest.mark.parametrize(("done", "late"), [(400, False), (200, True)])
def test_a_run_that_falls_behind_by_more_than_a_tenth_is_marked(done: int, late: bool) -> None:
    began = now() - timedelta(minutes=4)
    run = SyncRun(
        started_at=began, listed_at=began, worked_at=now(), reads=1000, reads_done=done,
        finish_stated_at=began + timedelta(minutes=10),
    )  # fmt: skip
    assert presentation.pace_of(run).is_late is late


def test_a_run_of_one_kind_names_it(browser: Client) -> None:
    SyncRun.objects.create(resource="subscriptions", listed_at=now(), reads=10)
    assert "Syncing: Subscriptions" in text(browser)


def test_a_vendor_that_does_not_answer_is_told_with_the_next_try(browser: Client) -> None:
    SyncRun.objects.create(problem="listCustomers: not sent: nobody listens", retry_at=now() + timedelta(seconds=9))
    page = text(browser)
    assert "LINE WORKS isn’t responding." in page
    assert "nobody listens" in page


def test_every_type_of_data_shows_its_calls(browser: Client) -> None:
    titles = [title for title, _use in presentation.calls() or ()]
    assert titles == ["Customer list", *(str(resource.title) for resource in RESOURCES)]
    page = text(browser)
    for title in titles:  # others may have called within this minute
        assert re.search(rf"{re.escape(title)} (?:(?:–|\d+) ){{3}}240", page), title


def test_a_redis_that_is_away_leaves_the_page_standing(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise NoRedis("connection refused")

    monkeypatch.setattr(RateLimiter, "use", refuse)
    assert "The number of calls isn’t available" in text(browser)


def test_problems_stand_at_their_customer_in_the_vendors_own_words(browser: Client) -> None:
    keep_customers(customer(ID, companyName="株式会社ひかり物流"))
    failed()
    failed("pre_orders")
    failed("invoices", PARTNER, period="2026")
    failed("usage_status", 77)
    failed("usage_status", 78, is_current=False)
    page = text(browser)
    assert page.count("株式会社ひかり物流") == 1
    assert page.count("Something is wrong at our side") == 4
    assert "The partner itself" in page
    assert "Customer 77" in page
    assert "Customer 78" not in page
    assert "Sync errors 4" in page


def test_what_is_new_at_the_vendor_is_counted(browser: Client) -> None:
    SchemaDrift.objects.create(kind="value", record="UsageStatus", field="status", value="SUSPENDED_REVIEW", times=1234)
    SchemaDrift.objects.create(kind="field", record="Subscription", field="lockReason", times=3)
    page = text(browser)
    assert "UsageStatus.status SUSPENDED_REVIEW" in page
    assert "1,234" in page
    assert "Subscription.lockReason new field" in page


def test_changes_from_outside_are_counted_for_a_day(browser: Client) -> None:
    common = {"domain_id": ID, "resource": "subscriptions", "before": {}, "after": {"a": 1}, "read_at": now()}
    for cause, found_at in (
        ("outside", now()),
        ("outside", now()),
        ("outside", now() - timedelta(days=2)),
        ("due", now()),
    ):
        DetectedChange.objects.create(key=str(found_at), cause=cause, found_at=found_at, **common)
    assert "Changed outside Partnerdesk 2" in text(browser)


# --- Ages ------------------------------------------------------------------------------------------------------------


def test_the_oldest_age_and_what_is_past_its_bound_are_told_for_each_resource() -> None:
    for number, age in enumerate((timedelta(minutes=5), BOUND + timedelta(minutes=1), None)):
        read_at = None if age is None else now() - age
        Reading.objects.create(domain_id=number + 1, resource="subscriptions", read_at=read_at)
    Reading.objects.create(domain_id=9, resource="subscriptions", read_at=now() - 9 * BOUND, is_current=False)
    found = {age.title: age for age in presentation.oldest_ages()}["Subscriptions"]
    assert (found.readings, found.old, found.unread, found.percent) == (3, 1, 1, 100)
    assert found.oldest
    assert now() - found.oldest < BOUND + timedelta(minutes=2)


@pytest.mark.parametrize("name", [resource.name for resource in RESOURCES if resource.due_since])
def test_what_follows_a_calendar_is_fresh_until_two_hours_after_it_became_due(name: str) -> None:
    resource = RESOURCES[name]
    assert resource.due_since
    for period, due in resource.due_since(resource.periods(now().date()), now()).items():
        assert bound_of(resource, period, due + BOUND + timedelta(minutes=1)) == BOUND + timedelta(minutes=1)
        assert bound_of(resource, period, due + timedelta(minutes=1)) == timedelta(days=1, minutes=1)


# --- What it lets whom do --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"), [("administrator", 1), ("account_manager", 1), ("support", 0), ("finance", 0)]
)
def test_who_may_start_and_stop_a_resync(
    people: People,
    sign_in: SignIn,
    sent: Sent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    role: str,
    may: int,
) -> None:
    browser = sign_in(getattr(people, role))
    assert ("Start full sync" in text(browser)) == bool(may)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("sync:start"))
    assert answer.status_code == (302 if may else 403)
    assert SyncRun.objects.count() == may
    assert sent == [("sync.plan", ())] * may
    running = SyncRun.objects.first() or SyncRun.objects.create()
    assert ("Stop sync (loaded data is kept)" in text(browser)) == bool(may)
    assert browser.post(reverse("sync:stop")).status_code == (302 if may else 403)
    running.refresh_from_db()
    assert running.is_running == (not may)


def test_there_is_one_resync_at_a_time(browser: Client, sent: Sent) -> None:
    browser.post(reverse("sync:start"), {"resource": "subscriptions"})
    answer = browser.post(reverse("sync:start"), follow=True)
    assert "A sync is already running." in answer.content.decode()
    assert list(SyncRun.objects.values_list("resource", flat=True)) == ["subscriptions"]


def test_a_kind_that_there_is_not_cannot_be_read(browser: Client, sent: Sent) -> None:
    assert browser.post(reverse("sync:start"), {"resource": "gold"}).status_code == 404
    assert not SyncRun.objects.exists()
    assert sent == []


@pytest.mark.parametrize(
    ("role", "may"), [("administrator", 1), ("account_manager", 1), ("support", 1), ("finance", 0)]
)
def test_who_may_try_again(
    people: People,
    sign_in: SignIn,
    sent: Sent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    role: str,
    may: int,
) -> None:
    reading = failed()
    browser = sign_in(getattr(people, role))
    assert ("Retry" in text(browser)) == bool(may)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("sync:try_again", args=[reading.pk]))
    assert answer.status_code == (302 if may else 403)
    reading.refresh_from_db()
    assert (reading.wanted_at is not None) == bool(may)
    assert sent == [("sync.read_wanted", (ID,))] * may


def test_what_nobody_reads_any_more_is_not_tried_again(browser: Client, sent: Sent) -> None:
    reading = failed(is_current=False)
    answer = browser.post(reverse("sync:try_again", args=[reading.pk]), follow=True)
    assert "This data is no longer synced" in answer.content.decode()
    assert sent == []


# --- Parts and cost --------------------------------------------------------------------------------------------------


def test_the_parts_of_the_page_ask_for_themselves(browser: Client) -> None:
    live = browser.get("/sync/", headers=SWAP).content.decode()
    figures = browser.get("/sync/figures/", headers=SWAP).content.decode()
    assert (live.count('id="live"'), live.count('id="figures"')) == (1, 0)
    assert (figures.count('id="live"'), figures.count('id="figures"')) == (0, 1)
    for part in (live, figures):
        assert "<!doctype" not in part
        assert part.count("<div") == part.count("</div>")


def test_the_page_costs_the_same_with_one_problem_and_with_many(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost(part: str) -> int:
        with django_assert_max_num_queries(100) as made:
            browser.get(f"/sync/{part}", headers=SWAP)
        return len(made)

    failed()
    few = [cost(""), cost("figures/")]
    for domain_id in range(ID, ID + 40):
        for resource in RESOURCES:
            if resource.due_since is None:
                failed(resource.name, domain_id)
    assert [cost(""), cost("figures/")] == few
    assert few[0] <= 5  # often: session, person, permissions, the run
    assert few[1] <= 14
