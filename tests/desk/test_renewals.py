"""The queue of renewals: which contracts are in it, how far each decision is, and the page that shows it."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from customers.models import Customer, UsageStatus
from portal.core.business_days import decide_by, last_end_decided_by
from portal.core.clock import now
from portal.desk import renewals
from portal.desk.models import RenewalCase
from portal.desk.renewals import Stage
from portal.operations.states import State
from portal.sync.models import DetectedChange
from subscriptions.models import Reservation, Subscription
from tests.desk.test_pages import SAME_EVERYWHERE, words_of
from tests.support import orders, vendor_json
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers

TODAY = date(2026, 11, 20)  # a Friday; Monday 23 is a holiday
END = date(2026, 12, 15)
FIRST, SECOND = 10_000_001, 10_000_002
SWAP = {"HX-Request": "true"}
MOST_QUERIES = 10
# A third of a kilobyte of a swap are the labels that make the box of a row large enough for a finger.
MOST_BYTES, MOST_SWAP_BYTES = 57 * 1024, 36 * 1024 + 384
ROW = "<tr id=r"


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def customer(db: None) -> Customer:
    [found] = keep_customers(vendor_json.customer(FIRST, companyName="青葉会"))
    return found


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def hold(number: int = 501, *, of: int = FIRST, **columns: Any) -> Subscription:
    """Keep a paid annual subscription that renews unchanged at ``END``."""
    return Subscription.objects.create(
        **{
            "customer_id": of,
            "subscription_id": number,
            "product_id": "STD",
            "plan": "ANNUAL_LICENSE",
            "status": "ACTIVE",
            "start_date": END - timedelta(days=364),
            "end_date": END,
            "license_count": 20,
            "renewal_type": "STAY",
            "raw": {},
            "changed_at": now(),
            **columns,
        }
    )


def task(type_: str, day: date, number: int = 501) -> Reservation:
    return Reservation.objects.create(
        customer_id=FIRST, subscription_id=number, type=type_, apply_date=day, raw={}, changed_at=now()
    )


def note(number: int = 501, **columns: Any) -> RenewalCase:
    return RenewalCase.objects.create(**{"domain_id": FIRST, "subscription_id": number, "end_date": END, **columns})


def decided(**columns: Any) -> RenewalCase:
    return note(decision="unchanged", decided_at=now(), decided_by_id=7, decided_by_name="鈴木", **columns)


def request(state: str = State.QUEUED, **columns: Any) -> Any:
    asked = {"subscriptionId": 501, "type": "CANCEL"}
    return orders.stored(state, **{"kind": "updateRenewal", "domain_id": FIRST, "request": asked, **columns})


def stages() -> list[tuple[int, int]]:
    return [(row.subscription_id, row.stage) for row in renewals.queue(TODAY)]


def page(browser: Client, query: str = "", **headers: str) -> str:
    answer = browser.get(f"/renewals/?{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def names(answer: str) -> list[str]:
    """Return what the page shows, in order: the head of each group, and of each row its customer."""
    found = re.findall(r'<tr class=pd-group>.*?</tr>|<a (?:id="row-1" )?href="[^"]*" lang=ja>([^<]*)</a>', answer)
    heads = re.findall(r"<tr class=pd-group><th[^>]*>(.*?) <span", answer)
    return [name or heads.pop(0) for name in found]


def tabs(answer: str) -> dict[str, int]:
    found = re.findall(r'<bdi>([^<]+)</bdi> <span class="pd-n">([\d,]+)', answer)
    return {name: int(count) for name, count in found}


# --- Which are in it -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("customer")
def test_a_paid_contract_is_in_the_queue_until_its_end_and_a_week_longer() -> None:
    for number, days in enumerate((-8, -7, 0, 120, 121)):
        hold(number, end_date=TODAY + timedelta(days=days))
    assert [number for number, _stage in stages()] == [1, 2, 3]


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    "columns",
    [{"plan": "FREE"}, {"plan": "MONTHLY", "license_count": None}, {"removed_at": now()}, {"end_date": None}],
)
def test_what_needs_no_decision_is_not_in_it(columns: dict[str, Any]) -> None:
    hold(**columns)
    assert stages() == []


@pytest.mark.usefixtures("customer")
def test_a_monthly_contract_is_in_it_once_something_is_set() -> None:
    hold(plan="MONTHLY", renewal_type="CHANGE")
    assert stages() == [(501, Stage.ACCEPTED)]


@pytest.mark.parametrize(("days", "found"), [(0, 0), (-1, 0), (1, 0), (2, 1)])
def test_a_customer_that_leaves_by_the_end_needs_no_decision(customer: Customer, days: int, found: int) -> None:
    hold()
    leaves = END + timedelta(days=days)
    UsageStatus.objects.create(customer=customer, withdrawal_date=leaves, raw={}, changed_at=now())
    assert len(stages()) == found


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    ("type_", "days", "found"), [("CANCEL", 0, 0), ("CANCEL", 1, 0), ("CANCEL", 2, 1), ("ADD_LICENSE", -1, 1)]
)
def test_what_is_canceled_before_needs_no_decision(type_: str, days: int, found: int) -> None:
    hold()
    task(type_, END + timedelta(days=days))
    assert len(stages()) == found


def test_a_customer_that_is_gone_is_not_in_it(customer: Customer) -> None:
    hold()
    customer.removed_at = now()
    customer.save()
    assert stages() == []


@pytest.mark.usefixtures("customer")
def test_of_a_trial_in_its_grace_period_the_end_of_that_counts() -> None:
    over = TODAY - timedelta(days=20)
    hold(plan="TRIAL", product_id="STD_T", status="SUSPENDED_TRIALEND", end_date=over, renewal_type="")
    [row] = renewals.queue(TODAY)
    assert (row.deadline, row.term_end, row.stage) == (over + timedelta(days=30), over, Stage.UNDECIDED)


# --- How far each is -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("customer")
def test_nothing_recorded_is_undecided() -> None:
    hold()
    note(owner_id=7, owner_name="鈴木", note="要確認")
    assert stages() == [(501, Stage.UNDECIDED)]


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    ("state", "stage"),
    [
        (State.AWAITING_APPROVAL, Stage.DECIDED),
        (State.QUEUED, Stage.DECIDED),
        (State.UNKNOWN, Stage.DECIDED),
        (State.PROPOSED, Stage.UNDECIDED),
        (State.REFUSED, Stage.UNDECIDED),
        (State.STALE, Stage.UNDECIDED),
        (State.CANCELED, Stage.UNDECIDED),
    ],
)
def test_a_request_decides_it_as_long_as_it_is_open(state: State, stage: Stage) -> None:
    hold()
    request(state)
    assert stages() == [(501, stage)]


@pytest.mark.usefixtures("customer")
def test_a_request_about_another_subscription_or_of_another_kind_decides_nothing() -> None:
    hold()
    request(request={"subscriptionId": 502, "type": "STAY"})
    request(State.QUEUED, kind="addLicenses")
    request(State.QUEUED, domain_id=SECOND)
    assert stages() == [(501, Stage.UNDECIDED)]


@pytest.mark.usefixtures("customer")
def test_a_recorded_decision_counts_for_its_own_term_alone() -> None:
    hold()
    case = decided()
    assert stages() == [(501, Stage.DECIDED)]
    RenewalCase.objects.filter(pk=case.pk).update(end_date=END - timedelta(days=365))
    assert stages() == [(501, Stage.UNDECIDED)]


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize("setting", ["CHANGE", "CANCEL"])
def test_what_line_works_holds_is_accepted_whatever_is_recorded(setting: str) -> None:
    hold(renewal_type=setting)
    decided()
    assert stages() == [(501, Stage.ACCEPTED)]


@pytest.mark.usefixtures("customer")
def test_a_trial_whose_conversion_is_scheduled_is_accepted() -> None:
    hold(plan="TRIAL", product_id="STD_T", renewal_type="")
    task("START_PAID_SERVICE", END)
    assert stages() == [(501, Stage.ACCEPTED)]


def new_term(before: dict[str, Any], **columns: Any) -> None:
    hold(start_date=TODAY - timedelta(days=2), end_date=TODAY + timedelta(days=363), **columns)
    DetectedChange.objects.create(
        domain_id=FIRST, resource="subscriptions", key="501", before=before, after={}, read_at=now(), cause="due"
    )


@pytest.mark.usefixtures("customer")
def test_a_new_term_that_follows_another_is_verified() -> None:
    end = TODAY - timedelta(days=3)
    new_term({"planEndDate": end.isoformat()})
    [row] = renewals.verified(TODAY)
    assert (row.stage, row.term_end, stages()) == (Stage.VERIFIED, end, [])


@pytest.mark.usefixtures("customer")
def test_a_new_contract_is_no_renewal() -> None:
    new_term({"planEndDate": "2026-01-01"})
    assert list(renewals.verified(TODAY)) == []


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(("setting", "days", "found"), [("CANCEL", -1, 1), ("CANCEL", -8, 0), ("STAY", -1, 0)])
def test_what_was_not_to_renew_and_is_gone_is_verified(setting: str, days: int, found: int) -> None:
    hold(renewal_type=setting, end_date=TODAY + timedelta(days=days), removed_at=now())
    assert len(renewals.verified(TODAY)) == found


@pytest.mark.parametrize("ahead", range(12))
def test_the_last_end_of_a_day_is_the_last_whose_decision_is_due(ahead: int) -> None:
    day = TODAY + timedelta(days=ahead)
    end = last_end_decided_by(day)
    assert decide_by(end) <= day < decide_by(end + timedelta(days=1))


@pytest.mark.usefixtures("customer")
def test_undecided_is_what_home_counts() -> None:
    last = last_end_decided_by(TODAY + timedelta(days=30))
    for number, end in enumerate((last + timedelta(days=1), last, TODAY, END, END)):
        hold(number, end_date=end)
    note(3, snoozed_until=TODAY + timedelta(days=1), snooze_reason="返事待ち")
    note(4, snoozed_until=TODAY, snooze_reason="返事待ち")
    assert [row.subscription_id for row in renewals.undecided(TODAY)] == [2, 4, 1]


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(customer: Customer) -> None:
    keep_customers(vendor_json.customer(SECOND, companyName="つばめ運輸", domain="tsubame.example.com"))
    UsageStatus.objects.create(customer=customer, member_count=20, raw={}, changed_at=now())
    hold(501, end_date=TODAY)
    hold(502, of=SECOND, end_date=date(2026, 11, 26))
    hold(503, of=SECOND)
    hold(504, end_date=date(2027, 1, 6), renewal_type="CANCEL")


@pytest.mark.usefixtures("several")
def test_the_queue_stands_by_decision_date_in_groups(browser: Client) -> None:
    shown = page(browser)
    assert names(shown) == [
        "Today or overdue", "青葉会", "Within a week, until 27 Nov 2026", "つばめ運輸", "December 2026", "つばめ運輸",
        "January 2027", "青葉会",
    ]  # fmt: skip
    assert "Public holidays: 23 Nov" in shown
    assert tabs(shown) == {"To do": 4, "Undecided": 3, "Decided": 0, "Accepted": 1, "Verified": 0, "Snoozed": 0}


@pytest.mark.usefixtures("several")
def test_the_day_to_decide_by_is_the_working_day_before_the_end(browser: Client) -> None:
    days = re.findall(r"<td class=due>([^<]+)<", page(browser))
    # 6 January: the days before are New Year's and a weekend; 26 November: a Thursday.
    assert days == ["Thu 19 Nov", "Wed 25 Nov", "Mon 14 Dec", "Tue 5 Jan"]


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("state=undecided", 3),
        ("state=accepted", 1),
        ("state=verified", 0),
        ("state=nothing", 4),
        ("until=2026-12-31", 3),
        ("until=soon", 4),
        ("owner=me", 0),
    ],
)
def test_the_address_narrows_it_down(browser: Client, query: str, rows: int) -> None:
    assert page(browser, query).count(ROW) == rows


@pytest.mark.usefixtures("several")
def test_owners_are_told_apart(browser: Client, people: People) -> None:
    note(501, end_date=TODAY, owner_id=people.account_manager.pk, owner_name="佐藤")
    note(503, domain_id=SECOND, owner_id=people.second_manager.pk, owner_name="鈴木")
    assert [page(browser, query).count(ROW) for query in ("", "owner=me", "owner=all")] == [3, 1, 4]


@pytest.mark.usefixtures("several")
def test_a_snoozed_one_stands_under_its_own_tab(browser: Client) -> None:
    note(503, domain_id=SECOND, snoozed_until=TODAY + timedelta(days=3), snooze_reason="返事待ち")
    assert tabs(page(browser)) == {
        "To do": 3, "Undecided": 2, "Decided": 0, "Accepted": 1, "Verified": 0, "Snoozed": 1,
    }  # fmt: skip
    shown = page(browser, "state=snoozed")
    assert shown.count(ROW) == 1
    assert "返事待ち" in shown


@pytest.mark.usefixtures("several")
def test_users_and_marks_stand_in_the_row(browser: Client) -> None:
    request(State.UNKNOWN, kind="addLicenses")
    shown = page(browser)
    assert shown.count("full</span>") == 2  # both contracts of the customer whose users are known
    assert shown.count("Unknown</span>") == 2


@pytest.mark.usefixtures("several")
def test_who_decided_is_said_and_a_request_is_linked(browser: Client) -> None:
    decided(subscription_id=503, domain_id=SECOND)
    asked = request()
    shown = page(browser)
    assert "Renew unchanged</span>" in shown
    assert "鈴木" in shown
    assert f'href="{asked.get_absolute_url()}"' in shown


@pytest.mark.usefixtures("several")
def test_who_may_not_order_only_reads(people: People, sign_in: SignIn) -> None:
    shown = page(sign_in(people.support))
    assert shown.count(ROW) == 4
    assert 'name="action"' not in shown
    assert "form=open" not in shown
    assert "/renewal/" not in shown


@pytest.mark.usefixtures("several")
def test_it_is_paged_over_the_whole_set(browser: Client) -> None:
    for number in range(600, 622):
        hold(number)
    first, second = page(browser, "rows=25"), page(browser, "rows=25&page=2", **SWAP)
    assert (first.count(ROW), second.count(ROW)) == (25, 1)
    assert "1–25 of 26" in first
    assert names(second) == ["January 2027", "青葉会"]


@pytest.mark.usefixtures("several", "japanese")
def test_the_page_stays_small(browser: Client) -> None:
    for number in range(600, 660):
        hold(number)
    for language in ("en", "ja"):
        shown, swap = page(speak(browser, language), "rows=50"), page(browser, "rows=50", **SWAP)
        assert shown.count(ROW) == swap.count(ROW) == 50
        assert len(shown.encode()) <= MOST_BYTES
        assert len(swap.encode()) <= MOST_SWAP_BYTES


@pytest.mark.usefixtures("several", "japanese")
def test_the_page_speaks_japanese(browser: Client) -> None:
    note(501, end_date=TODAY, snoozed_until=TODAY + timedelta(days=1), snooze_reason="返事待ち")
    decided(subscription_id=503, domain_id=SECOND)
    for query in ("", "state=snoozed"):
        shown = page(speak(browser, "ja"), query)
        left = {text.strip() for text in words_of(shown) if re.search("[A-Za-z]{3,}", SAME_EVERYWHERE.sub(" ", text))}
        assert left == set()
    shown = page(browser)
    assert "判断期限" in shown
    assert "2026年12月" in shown


@pytest.mark.usefixtures("several")
def test_the_number_of_queries_does_not_grow(browser: Client) -> None:
    counts = []
    for query in ("rows=25", "rows=25&state=undecided"):
        with CaptureQueriesContext(connection) as queries:
            page(browser, query)
        counts.append(len(queries))
        for number in range(600, 620):
            Subscription.objects.filter(subscription_id=number).exists() or hold(number)
    assert counts[0] == counts[1] <= MOST_QUERIES


@pytest.mark.usefixtures("several")
def test_a_renewal_that_nobody_took_belongs_to_the_owner_of_its_customer(browser: Client, people: People) -> None:
    note(501, end_date=TODAY, owner_id=people.second_manager.pk, owner_name="伊藤 翔")
    counts = []
    for owner in (people.account_manager, people.support):
        Customer.objects.update(owner=owner)
        counts.append([page(browser, query).count(ROW) for query in ("", "owner=me", "owner=all")])
    assert counts == [[3, 3, 4], [0, 0, 4]]
    assert page(browser, "owner=all").count("<bdi lang=ja>鈴木 彩</bdi>") == 3
