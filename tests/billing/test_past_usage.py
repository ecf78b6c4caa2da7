"""The usage of a month that was over before Partnerdesk read it: asked for, read once in the background, compared."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from billing.checking import past_usage, runner
from billing.checking.past_usage import PastUsage
from billing.invoices import not_signed_off
from billing.models import CheckDifference, CustomerUsage
from billing.rules.check_kinds import Kind
from billing.sync.usages import USAGES
from options.models import OptionUsage
from options.sync.usages import OPTION_USAGES
from portal.core.clock import now
from portal.sync import runs, scheduler, worker
from portal.sync.models import Reading
from portal.sync.resources import Target
from portal.sync.store import follow_calendar, note_problem
from tests.support import months
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

MONTH, PERIOD = date(2026, 7, 1), "2026-07"
PAGE = "/billing/check/2026-07/"
READ = f"{PAGE}usage/"


@pytest.fixture
def billed(day: Path) -> None:
    """A month that was billed to two customers before Partnerdesk began; it has the usage of the first all the same."""
    keep_customers(customer(1), customer(2))
    keep_invoices(2026, bill(PERIOD))
    about = {"startDate": "2026-07-01", "endDate": "2026-07-31"}
    items = item(4500, licenseCount=10, **ANNUAL) | about, summary(4500)
    keep_details(PERIOD, detail(1, *items), detail(2, *items))
    meter(1, 10, PERIOD)


def text(browser: Client, path: str = PAGE) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def next_targets() -> Iterator[list[Target]]:
    """Return what background reads take next, of both resources, once people had their head start."""
    Reading.objects.filter(wanted_at__isnull=False).update(wanted_at=now() - 2 * scheduler.HEAD_START)
    for resource in past_usage.RESOURCES:
        yield scheduler.next_targets(resource, None, most=10)


def test_only_what_is_not_there_is_read_and_only_once(billed: None) -> None:
    assert past_usage.state_of(MONTH) == PastUsage(customers=1, waiting=0)
    assert past_usage.read(MONTH) == 1
    assert past_usage.state_of(MONTH) == PastUsage(customers=1, waiting=1)
    follow_calendar()
    assert list(next_targets()) == [[Target(2, PERIOD)]] * 2
    meter(2, 10, PERIOD)
    assert past_usage.state_of(MONTH) == PastUsage(customers=0, waiting=0)
    assert past_usage.read(MONTH) == 0
    follow_calendar()
    assert list(next_targets()) == [[], []]
    assert not Reading.objects.filter(resource="usages", period=PERIOD, is_current=True).exists()


def test_what_could_not_be_read_can_be_asked_for_again(billed: None) -> None:
    past_usage.read(MONTH)
    for resource in past_usage.RESOURCES:
        note_problem(resource, 2, "refused", period=PERIOD)
    assert past_usage.state_of(MONTH) == PastUsage(customers=1, waiting=0)
    follow_calendar()
    assert list(next_targets()) == [[], []]
    Reading.objects.filter(domain_id=2).update(tried_at=now() - timedelta(minutes=1))
    assert past_usage.read(MONTH) == 1
    assert list(next_targets()) == [[Target(2, PERIOD)]] * 2


def test_a_customer_that_is_gone_is_not_asked_for(billed: None) -> None:
    [gone] = keep_customers(customer(2))
    type(gone).objects.filter(pk=2).update(removed_at=now())
    assert past_usage.state_of(MONTH) == PastUsage(customers=0, waiting=0)
    assert past_usage.read(MONTH) == 0


@pytest.mark.parametrize("month", [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)])
def test_what_the_calendar_reads_is_left_to_it(billed: None, month: date) -> None:
    assert not past_usage.is_past(month)
    assert past_usage.read(month) == 0


def test_5000_customers_take_42_minutes_of_half_the_limit(settings: Settings) -> None:
    settings.PARTNER_RATE_LIMIT, settings.PARTNER_RATE_WINDOW = 240, 60
    assert PastUsage(customers=5_000, waiting=0).minutes == 42
    assert PastUsage(customers=1, waiting=0).minutes == 1


def test_the_page_offers_it_and_says_how_far_it_is(billed: None, finance: Client) -> None:
    page = text(finance)
    assert "The usage of this month isn’t there for 1 customer." in page
    assert f'action="{READ}"' in page
    assert finance.post(READ)["Location"] == PAGE
    page = text(finance)
    assert "1 customer is left." in page
    assert f'action="{READ}"' not in page
    meter(2, 10, PERIOD)
    page = text(finance)
    assert "is left" not in page
    assert "isn’t there" not in page
    finance.post(READ)
    assert "Nothing is left to sync for this month." in text(finance)


def test_the_page_offers_it_where_a_check_could_not_compare(billed: None, finance: Client, people: People) -> None:
    runner.run(runner.start(MONTH, by=people.finance).pk)
    assert "The usage of this month isn’t there for 1 customer." in text(finance)
    assert "この月の利用履歴がない顧客企業が1社あります。" in text(speak(finance, "ja"))
    meter(2, 10, PERIOD)
    runner.run(runner.start(MONTH, by=people.finance).pk)
    assert not CheckDifference.objects.filter(kind=Kind.NOT_READ).exists()


def test_who_may_not_sign_off_may_not_have_it_read(billed: None, people: People, sign_in: SignIn) -> None:
    assert sign_in(people.account_manager).post(READ).status_code == 403
    assert not Reading.objects.filter(domain_id=2, period=PERIOD).exists()


def test_a_month_without_details_is_not_read(billed: None, finance: Client) -> None:
    assert finance.post("/billing/check/2026-06/usage/").status_code == 404
    assert not Reading.objects.filter(period="2026-06").exists()


def test_a_month_for_which_line_works_no_longer_answers_is_compared_with_nothing(billed: None, people: People) -> None:
    CustomerUsage.objects.all().delete()
    runner.run(runner.start(MONTH, by=people.finance).pk)
    assert set(CheckDifference.objects.values_list("domain_id", "kind")) == {(1, Kind.NOT_READ), (2, Kind.NOT_READ)}


def test_only_the_months_that_were_read_wait_for_a_sign_off(billed: None) -> None:
    keep_invoices(2026, bill(PERIOD), bill("2026-08"))
    keep_details("2026-08", detail(1, summary(5)))
    assert [invoice.used for invoice in not_signed_off()] == [MONTH]


def test_it_costs_two_queries(billed: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        past_usage.state_of(MONTH)


def test_a_month_of_line_works_is_read_and_checked(
    sandbox: Sandbox, vendor_settings: None, people: People, day: Path
) -> None:
    months.plant(sandbox, 6)
    months.read_month()
    CustomerUsage.objects.all().delete()
    OptionUsage.objects.all().delete()
    Reading.objects.filter(resource__in=(USAGES.name, OPTION_USAGES.name)).delete()
    run = runs.current()
    assert run
    runs.stop(run)
    day.write_text("2026-04-20")
    runner.run(runner.start(months.MONTH, by=people.finance).pk)
    assert CheckDifference.objects.filter(kind=Kind.NOT_READ).exists()

    assert past_usage.read(months.MONTH) > 0
    Reading.objects.filter(wanted_at__isnull=False).update(wanted_at=now() - 2 * timedelta(seconds=10))
    for resource in past_usage.RESOURCES:
        for share in range(worker.SHARES):
            worker.sweep(resource, share)
    assert past_usage.state_of(months.MONTH) == PastUsage(customers=0, waiting=0)
    runner.run(runner.start(months.MONTH, by=people.finance).pk)
    assert not CheckDifference.objects.filter(kind=Kind.NOT_READ).exists()
    assert months.latest_check().agreeing > 0
