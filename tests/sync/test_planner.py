"""What is read next: what somebody waits for, what is about to change, what is due, and then the stalest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

import pytest

from portal.core.clock import business_today, now
from portal.sync import runs, scheduler
from portal.sync.models import Reading, SyncRun
from portal.sync.resources import CUSTOMER, PARTNER, RESOURCES, Answer, Change, Resource, Target
from portal.sync.scheduler import HEAD_START, NEAR_EVERY, NEAR_EVERY_IN_A_RUN, next_targets, want, wanted_of
from portal.sync.store import expect, follow_calendar, retire
from portal.vendor.client import Record

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = 10_000_001, 10_000_002, 10_000_003
LONG_AGO = timedelta(hours=3)


def _nothing(_answers: Mapping[int, Answer], _read_at: datetime) -> Sequence[Change]:
    return ()


def resource(name: str, **others: object) -> Resource:
    return Resource(
        name=name,
        title=name,
        operation=f"get{name}",
        record=Record,
        read=lambda _api, _target: Answer([]),
        store=_nothing,
        cached=lambda _domain_id: [],
        describe=lambda _records: [],
        **others,  # type: ignore[arg-type]  # as each test needs
    )


def parts(domain_ids: Collection[int]) -> Mapping[int, tuple[int, ...]]:
    return {domain_id: (1, 2) for domain_id in domain_ids if domain_id != TWO}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Resource:
    """A resource read customer by customer, beside that of the customers themselves; there are no others."""
    declared = resource("plain")
    monkeypatch.setattr(RESOURCES, "_resources", {CUSTOMER: RESOURCES[CUSTOMER], declared.name: declared})
    return declared


@pytest.fixture
def dependent(plain: Resource) -> Resource:
    """A resource that is read by parts, which the plain one tells."""
    return RESOURCES.declare(resource("dependent", after="plain", parts=parts, parts_of=lambda _records: (1, 2)))


@pytest.fixture
def monthly(plain: Resource) -> Resource:
    """A resource that follows a calendar: of two months, the elder is not due before a day has passed."""
    return RESOURCES.declare(
        resource(
            "monthly",
            periods=lambda _today: ("2026-01", "2025-12"),
            due_since=lambda periods, moment: {
                period: moment - timedelta(hours=1 if period == "2026-01" else 24) for period in periods
            },
        )
    )


@pytest.fixture
def run(plain: Resource) -> SyncRun:
    return runs.start()


def seen(domain_id: int, *, tried: timedelta | None = LONG_AGO, name: str = "plain", **columns: object) -> Reading:
    """Put a reading into the table that was made some time ago; None for one that never was."""
    at = None if tried is None else now() - tried
    return Reading.objects.create(domain_id=domain_id, resource=name, read_at=at, tried_at=at, **columns)


def next_of(chosen: Resource, run: SyncRun | None = None, *, most: int = 10) -> list[int]:
    return [target.domain_id for target in next_targets(chosen, run, most=most)]


def wish(reading: Reading, *, ago: timedelta) -> None:
    Reading.objects.filter(pk=reading.pk).update(wanted_at=now() - ago)


def test_the_order_of_need(plain: Resource, run: SyncRun) -> None:
    for domain_id, hours in ((1, 5), (2, 4), (3, 3), (4, 2)):
        seen(domain_id, tried=timedelta(hours=hours))
    seen(5, tried=None)
    near = seen(6, tried=NEAR_EVERY_IN_A_RUN * 1.1, next_event=business_today() + timedelta(days=7))
    asked = seen(7, tried=timedelta(minutes=1))
    wish(asked, ago=HEAD_START)
    assert next_of(plain, run) == [7, 6, 5, 1, 2, 3, 4]
    assert next_of(plain, run, most=3) == [7, 6, 5]
    assert next_of(plain) == [7, 6]
    assert near.next_event


def test_what_is_known_goes_along_until_the_day_of_an_event_has_come(plain: Resource, run: SyncRun) -> None:
    for domain_id, days in ((1, None), (2, 1), (3, 0), (4, -1)):
        day = None if days is None else business_today() + timedelta(days=days)
        seen(domain_id, digest=b"known", next_event=day)
    found = {target.domain_id: target.known for target in next_targets(plain, run, most=10)}
    assert found == {1: b"known", 2: b"known", 3: b"", 4: b""}


def test_what_was_read_since_the_start_of_the_run_is_done(plain: Resource, run: SyncRun) -> None:
    seen(ONE)
    seen(TWO, tried=timedelta(0))
    assert next_of(plain, run) == [ONE]


def test_only_somebody_elses_share_is_left_alone(plain: Resource, run: SyncRun) -> None:
    for domain_id in range(1, 7):
        seen(domain_id)
    shares = [next_targets(plain, run, share=share, shares=2, most=10) for share in (0, 1)]
    assert [[target.domain_id for target in share] for share in shares] == [[2, 4, 6], [1, 3, 5]]


def test_what_people_wait_for_is_left_to_their_lane_at_first(plain: Resource) -> None:
    reading = seen(ONE)
    wish(reading, ago=HEAD_START / 2)
    assert next_of(plain) == []
    wish(reading, ago=HEAD_START)
    assert next_of(plain) == [ONE]


@pytest.mark.parametrize(
    ("days", "tried", "wanted"),
    [
        (7, NEAR_EVERY * 1.1, [ONE]),
        (0, NEAR_EVERY * 1.1, [ONE]),
        (8, NEAR_EVERY * 1.1, []),
        (1, NEAR_EVERY * 0.9, []),
    ],
)
def test_an_event_within_seven_days(plain: Resource, days: int, tried: timedelta, wanted: list[int]) -> None:
    seen(ONE, tried=tried, next_event=business_today() + timedelta(days=days))
    assert next_of(plain) == wanted


def test_what_is_near_an_event_takes_half_the_places_of_a_run_at_most(plain: Resource, run: SyncRun) -> None:
    for domain_id in range(1, 7):
        seen(domain_id, next_event=business_today())
    for domain_id in range(11, 17):
        seen(domain_id, tried=LONG_AGO * 2)
    assert next_of(plain, run, most=4) == [1, 2, 11, 12]
    assert next_of(plain, most=4) == [1, 2, 3, 4]


# --- Asked for -------------------------------------------------------------------------------------------------------


def test_whoever_asks_gets_what_was_never_read_too(plain: Resource) -> None:
    assert want([ONE]) == 2
    assert {reading.resource for reading in wanted_of(ONE)} == {"customer", "plain"}
    assert want([TWO], ["plain"]) == 1


def test_what_is_fresh_or_was_asked_for_lately_is_left_alone(plain: Resource) -> None:
    seen(ONE, tried=timedelta(minutes=1))
    assert want([ONE], ["plain"], older_than=timedelta(minutes=5)) == 0
    assert want([ONE], ["plain"], unless_asked_within=timedelta(minutes=5)) == 1
    assert want([ONE], ["plain"], unless_asked_within=timedelta(minutes=5)) == 0


def test_a_customer_that_is_gone_is_not_asked_for(plain: Resource) -> None:
    expect([ONE], [RESOURCES[CUSTOMER], plain])
    retire([ONE])
    assert want([ONE]) == 0
    assert not Reading.objects.filter(is_current=True).exists()
    expect([ONE], [plain])
    assert Reading.objects.get(is_current=True).resource == "plain"


# --- Read by parts ---------------------------------------------------------------------------------------------------


def test_what_is_read_by_parts_waits_for_what_tells_them(dependent: Resource, run: SyncRun) -> None:
    seen(ONE)
    seen(ONE, name="dependent")
    assert next_of(dependent, run) == []
    assert not scheduler.has_work(dependent, run)
    Reading.objects.filter(resource="plain").update(tried_at=now())
    assert scheduler.has_work(dependent, run)
    assert next_targets(dependent, run, most=10) == [Target(ONE, parts=(1, 2))]


def test_somebody_who_asks_need_not_wait_for_the_run(dependent: Resource, run: SyncRun) -> None:
    first = seen(ONE)
    wish(seen(ONE, name="dependent"), ago=HEAD_START)
    assert next_of(dependent, run) == [ONE]
    wish(first, ago=HEAD_START)
    assert next_of(dependent, run) == []


def test_a_run_does_not_wait_for_parts_that_nobody_can_tell(dependent: Resource, run: SyncRun) -> None:
    SyncRun.objects.update(listed_at=now())
    Reading.objects.create(domain_id=ONE, resource="plain", tried_at=now(), problem="refused")
    Reading.objects.create(domain_id=ONE, resource="dependent")
    assert next_of(dependent, run) == []
    assert runs.finish_if_done(run)
    run.refresh_from_db()
    assert (run.state, run.reads_failed) == (SyncRun.State.INCOMPLETE, 2)
    left = Reading.objects.get(resource="dependent")
    assert left.problem == "plain could not be read, which this needs"
    assert left.read_at is None


def test_of_one_resource_that_is_read_by_parts_the_run_reads_the_other_too(dependent: Resource) -> None:
    run = SyncRun(resource="dependent")
    assert [each.name for each in RESOURCES if scheduler.belongs_to(run, each)] == ["plain", "dependent"]


# --- By the calendar -------------------------------------------------------------------------------------------------


def test_what_follows_a_calendar_is_read_when_it_is_due(monthly: Resource, run: SyncRun) -> None:
    for period in monthly.periods(date(2026, 1, 15)):
        seen(ONE, tried=timedelta(hours=2), name="monthly", period=period)
    assert next_targets(monthly, run, most=10) == [Target(ONE, "2026-01")]


def test_what_follows_a_calendar_and_could_not_be_read_is_tried_again_before_long(monthly: Resource) -> None:
    reading = seen(ONE, name="monthly", period="2026-01", problem="away")
    Reading.objects.filter(pk=reading.pk).update(tried_at=now())
    assert next_targets(monthly, None, most=10) == []
    Reading.objects.filter(pk=reading.pk).update(tried_at=now() - scheduler.TRY_AGAIN_EVERY)
    assert next_targets(monthly, None, most=10) == [Target(ONE, "2026-01")]


def test_a_run_that_a_person_starts_reads_it_all_the_same(monthly: Resource) -> None:
    assert not scheduler.belongs_to(SyncRun(), monthly)
    assert scheduler.belongs_to(SyncRun(asked_by="somebody"), monthly)


def test_a_month_that_is_over_is_let_go(monthly: Resource) -> None:
    over = seen(ONE, name="monthly", period="2025-11")
    current = seen(ONE, name="monthly", period="2025-12")
    follow_calendar()
    over.refresh_from_db()
    current.refresh_from_db()
    assert (over.is_current, current.is_current) == (False, True)


def test_what_belongs_to_the_partner_is_expected_by_itself(plain: Resource) -> None:
    of_partner = resource("invoices", every_customer=False, due_since=dict.fromkeys)
    RESOURCES.declare(of_partner)
    follow_calendar()
    assert next_targets(of_partner, None, most=10) == [Target(PARTNER)]
