"""The check of a month over many customers: planted causes and errors, totals, one's own causes."""

import json
from collections import defaultdict
from hashlib import sha256

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum

from billing.checking import runner
from billing.checking.decisions import Explained, NotReady, choose_cause, missing, sign_off
from billing.models import CheckCause, CheckDifference, CheckEvidence, Choice, MonthCheck, SettlementItem, SignOff
from billing.rules.check_kinds import Kind
from billing.sync.invoice_details import INVOICE_DETAILS
from portal.core.clock import now
from portal.sync.resources import PARTNER, Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import Record
from tests.support.months import MONTH, Planted, keep_prices, latest_check, plant, read_details, read_month, remember
from tests.support.portal import People
from tests.support.rows import keep_customers
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import customer, invoice_detail, settlement_item

pytestmark = pytest.mark.django_db

CAUSES = {"upgrade": 4, "licenses": 8, "optionAdded": 3, "optionCanceled": 4, "penalty": 3, "adjustment": 4}
ERRORS = {"quantity": 2, "period": 2, "yen": 1, "missing": 2, "twice": 2, "plan": 2}
IDS = {
    "upgrade": "upgrade",
    "licenses": "licenses_more",
    "optionAdded": "option_added",
    "optionCanceled": "option_canceled",
    "penalty": "penalty",
    "adjustment": "adjustment",
}
KINDS = {
    "quantity": Kind.QUANTITY,
    "period": Kind.PERIOD,
    "yen": Kind.AMOUNT,
    "missing": Kind.MISSING,
    "twice": Kind.TWICE,
    "plan": Kind.PLAN,
}


@pytest.fixture
def priced(people: People) -> None:
    """The price list is that of the sandbox."""
    keep_prices(people.finance)


def checked(people: People) -> MonthCheck:
    runner.run(runner.start(MONTH, by=people.finance).pk)
    return latest_check()


def by_customer() -> dict[int, list[CheckDifference]]:
    found = defaultdict(list)
    for difference in CheckDifference.objects.all():
        found[difference.domain_id].append(difference)
    return found


def at_once() -> int:
    """Return what is billed of contracts paid in a lump sum, of which no page says what a part of a month costs."""
    found = SettlementItem.objects.current().filter(plan__startswith="ANNUAL_PREPAY").aggregate(sum=Sum("amount"))
    return int(found["sum"] or 0)


@pytest.mark.parametrize("has_prices", [True, False])
def test_everything_planted_is_found_with_its_cause_and_nothing_else(
    vendor_settings: None, sandbox: Sandbox, people: People, request: pytest.FixtureRequest, *, has_prices: bool
) -> None:
    if has_prices:
        request.getfixturevalue("priced")
    errors = ERRORS if has_prices else {kind: count for kind, count in ERRORS.items() if kind != "yen"}
    planted = plant(sandbox, 200, causes=CAUSES, errors=errors)
    read_month()
    sources = remember(planted, by_request=range(0, len(planted), 2))
    run = checked(people)
    found = by_customer()
    wrong = [one for one in planted if one["kind"] in KINDS]
    assert {row.domain_id for row in CheckDifference.objects.undecided()} == {one["domainId"] for one in wrong}
    for one in wrong:
        [difference] = [row for row in found[one["domainId"]] if not row.is_explained]
        assert (difference.kind, difference.subscription_id) == (KINDS[one["kind"]], _subscription(one))
        assert difference.yen == (one["yen"] if has_prices else None)
    for one in planted:
        if one["kind"] in IDS:
            causes = [cause for row in found[one["domainId"]] for cause in row.causes]
            cause = next(cause for cause in causes if cause["id"] == IDS[one["kind"]])
            assert cause.get("day") == one.get("day")
            if "day" in one:
                assert (cause["source"], cause["number"]) == sources[one["domainId"]]
    assert run.unexplained_customers == len(wrong)
    assert run.agreeing + run.explained_customers + run.unexplained_customers == run.customers
    if has_prices:
        assert run.expected + run.explained + run.unexplained + run.unchecked + (run.beside or 0) == run.stated
        assert (run.beside, run.rounding) == (0, "down")
        assert run.unchecked <= at_once()
    else:
        assert run.expected_units + run.explained_units + run.unexplained_units == run.billed_units


def _subscription(one: Planted) -> int | None:
    return None if one["kind"] == "missing" else one["subscriptionId"]


@pytest.mark.parametrize("seed", [2, 3])
def test_a_clean_month_raises_no_alarm(
    vendor_settings: None, sandbox: Sandbox, people: People, priced: None, seed: int
) -> None:
    plant(sandbox, 120, seed=seed)
    read_month()
    run = checked(people)
    assert run.unexplained_customers == 0
    assert (run.unexplained, run.beside) == (0, 0)
    assert run.unchecked <= at_once()
    assert run.agreeing > run.customers / 2


def test_two_checks_of_the_same_facts_give_the_same_answer(
    vendor_settings: None, sandbox: Sandbox, people: People, priced: None
) -> None:
    plant(sandbox, 60, causes={"licenses": 1}, errors={"quantity": 1})
    read_month()
    digests = []
    for _time in range(2):
        run = checked(people)
        digests.append((run.evidence.digest, list(CheckDifference.objects.values_list("key", flat=True))))
    assert digests[0] == digests[1]
    assert CheckEvidence.objects.count() == 1
    assert MonthCheck.objects.finished().count() == 2


@pytest.fixture
def wrong(vendor_settings: None, sandbox: Sandbox, people: People, priced: None) -> Planted:
    """A month with one error was checked."""
    [one] = plant(sandbox, 30, errors={"quantity": 1})
    read_month()
    checked(people)
    return one


def test_a_cause_is_kept_with_its_name_and_found_again(people: People, wrong: Planted) -> None:
    [waiting] = CheckDifference.objects.undecided()
    choose_cause(waiting.pk, month=MONTH, choice=Choice.REPORTED, note="問い合わせ済み", by=people.finance)
    checked(people)
    [found] = CheckDifference.objects.filter(is_explained=False)
    assert found.pk != waiting.pk
    assert (found.decision, found.waits) == (Choice.REPORTED, False)
    cause = CheckCause.objects.get()
    assert (cause.by_name, cause.note) == (str(people.finance), "問い合わせ済み")
    for change in (cause.save, cause.delete):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change()


def test_a_difference_with_a_cause_takes_no_other(people: People, wrong: Planted) -> None:
    explained = CheckDifference.objects.filter(is_explained=True).first()
    with pytest.raises(Explained):
        choose_cause(explained.pk if explained else 0, month=MONTH, choice="rounding", note="", by=people.finance)
    assert not CheckCause.objects.exists()


def names(month_run: MonthCheck | None, signed: SignOff | None = None) -> list[str]:
    return [each.name for each in missing(MONTH, month_run, signed)]


def test_a_sign_off_names_what_is_missing_and_stores_nothing(people: People, wrong: Planted) -> None:
    run = latest_check()
    assert names(None) == ["no check"]
    assert names(run) == ["undecided"]
    with pytest.raises(NotReady):
        sign_off(MONTH, note="", by=people.finance, seen=run.pk)
    [waiting] = CheckDifference.objects.undecided()
    choose_cause(waiting.pk, month=MONTH, choice=Choice.ACCEPTED, note="", by=people.finance)
    with pytest.raises(NotReady):
        sign_off(MONTH, note="", by=people.finance, seen=run.pk - 1)
    runner.start(MONTH, by=people.finance)
    assert names(run) == ["running"]
    assert not SignOff.objects.exists()


def test_signing_off_freezes_the_evidence_and_a_later_change_is_shown(
    people: People, sandbox: Sandbox, wrong: Planted
) -> None:
    [waiting] = CheckDifference.objects.undecided()
    choose_cause(waiting.pk, month=MONTH, choice=Choice.ACCEPTED, note="", by=people.finance)
    signed = sign_off(MONTH, note="確認済み", by=people.finance, seen=latest_check().pk)
    assert sha256(signed.evidence.encode()).hexdigest() == signed.digest
    assert json.loads(signed.evidence)["causes"][0]["byName"] == str(people.finance)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        signed.delete()
    assert names(latest_check(), signed) == ["signed"]
    checked(people)
    assert not CheckDifference.objects.filter(kind=Kind.SINCE).exists()
    later = sandbox.control("POST", "/months", {"month": "2025-12", "seed": 9, "errors": {"twice": 1}})["errors"][0]
    read_details()
    assert "newer" in names(latest_check())
    run = checked(people)
    since = CheckDifference.objects.get(kind=Kind.SINCE)
    assert (since.domain_id, since.yen) == (later["domainId"], later["yen"])
    assert run.expected + run.explained + run.unexplained + run.unchecked + (run.beside or 0) == run.stated
    signed.refresh_from_db()
    assert sha256(signed.evidence.encode()).hexdigest() == signed.digest


def test_only_one_check_of_a_month_is_under_way(people: People) -> None:
    first = runner.start(MONTH, by=people.finance)
    assert runner.start(MONTH, by=people.administrator) == first
    runner.run(first.pk)
    assert runner.start(MONTH, by=people.finance) != first


def test_a_check_that_always_breaks_is_given_up(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = runner.start(MONTH, by=people.finance)
    MonthCheck.objects.filter(pk=asked.pk).update(state=MonthCheck.State.RUNNING, tries=runner.MOST_TRIES)
    runner.run(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == (MonthCheck.State.FAILED, "worker lost")
    monkeypatch.setattr(runner, "customers_of", lambda _month: 1 / 0)
    again = runner.start(MONTH, by=people.finance)
    runner.run(again.pk)
    again.refresh_from_db()
    assert (again.state, again.problem) == (MonthCheck.State.FAILED, "ZeroDivisionError")


def test_a_lost_check_is_begun_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(runner, "enqueue", lambda name, pk, **_options: sent.append((name, pk)))
    asked = runner.start(MONTH, by=people.finance)
    runner.sweep()
    assert len(sent) == 1
    MonthCheck.objects.filter(pk=asked.pk).update(worked_at=now() - 2 * runner.OVERDUE)
    runner.sweep()
    assert sent == [(runner.TASK, asked.pk)] * 2


def test_odd_records_are_checked_without_an_error(people: People) -> None:
    """Details without an invoice, customers that nobody has met, amounts as decimals, no days."""
    keep_customers(customer(10_000_001))
    odd = [
        invoice_detail(10_000_001, settlementItems=[settlement_item(amount="12.5"), settlement_item(startDate=None)]),
        invoice_detail(77, customerName="=cmd()", settlementItems=[settlement_item(itemType="NEW", amount=-3)]),
        invoice_detail(78, settlementItems=[]),
    ]
    records: list[Record] = [client.InvoiceDetail.from_vendor(record) for record in odd]
    keep(INVOICE_DETAILS, {PARTNER: Answer(records, period="2025-12")}, read_at=now())
    run = checked(people)
    assert run.customers == 3
    assert run.stated is None
