"""
Run the check of a month in the worker: read the cache in parts, note how far it is, and keep the answer as a whole.

It reads the cache alone. A run that lost its worker begins again: until it is finished it has changed nothing but its
own progress.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Sum

from billing.checking import evidence
from billing.checking.facts import customers_of, facts_of, lines_of, whole
from billing.checking.prices import prices_of_month
from billing.models import (
    CheckCause,
    CheckDifference,
    CheckEvidence,
    Invoice,
    InvoiceDetail,
    MonthCheck,
    SettlementItem,
    SignOff,
)
from billing.months import named_for
from billing.rules.check_facts import (
    ADJUSTMENT,
    OF_USE,
    OPTION_PLUS,
    PENALTY,
    CustomerMonth,
    Prices,
    is_billed,
    is_lump_sum,
)
from billing.rules.check_kinds import Kind
from billing.rules.check_rounding import Rounding, rounding_of
from billing.rules.month_check import Checked, Difference, check, days_between, days_of
from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.core.enqueue import enqueue
from portal.core.exports import in_batches
from portal.core.locks import try_lock

log = structlog.get_logger(__name__)

# So many customers are read with a handful of queries.
CUSTOMERS_AT_ONCE = 500
# A run whose worker was lost is begun again after this, and given up after so many tries.
OVERDUE = timedelta(seconds=30)
MOST_TRIES = 3
TASK = "billing.check"


def start(month: date, *, by: User) -> MonthCheck:
    """Ask for a check of a month; one that waits or runs already is returned as it is."""
    try:
        with transaction.atomic():
            run = MonthCheck.objects.create(month=month, asked_by_id=by.pk, asked_by_name=str(by))
    except IntegrityError:
        run = MonthCheck.objects.under_way().get(month=month)
    enqueue(TASK, run.pk, expires=OVERDUE.total_seconds())
    return run


def sweep() -> None:
    """Send the message of each run again that has not moved for too long."""
    waiting = MonthCheck.objects.under_way().filter(worked_at__lt=now() - OVERDUE)
    for pk in waiting.values_list("pk", flat=True):
        enqueue(TASK, pk, expires=OVERDUE.total_seconds())


def run(pk: int) -> None:
    """Do one run; leave at once when somebody else is at it."""
    with try_lock("month check", pk) as mine:
        found = MonthCheck.objects.filter(pk=pk).first()
        if not mine or found is None or not found.is_under_way:
            return
        if found.tries >= MOST_TRIES:
            _fail(found, "worker lost")
            return
        found.state, found.started_at, found.worked_at = MonthCheck.State.RUNNING, now(), now()
        found.tries = F("tries") + 1
        found.save(update_fields=["state", "started_at", "worked_at", "tries"])
        found.refresh_from_db()
        try:
            _finish(found, _check_all(found))
        except Exception as error:  # it would break each further try too; the page has to say that the run stopped
            log.exception("the check of a month failed", month=str(found))
            _fail(found, type(error).__name__)


def latest_change(month: date) -> datetime | None:
    """Return when an item of a month changed last."""
    items = SettlementItem.objects.filter(detail__month=named_for(month))
    latest: datetime | None = items.aggregate(latest=Max("changed_at"))["latest"]
    return latest


@dataclass
class _Answer:
    """What a run has found so far."""

    differences: list[CheckDifference] = field(default_factory=list)
    customers: list[dict[str, Any]] = field(default_factory=list)
    sums: Checked = field(default_factory=Checked)
    states: dict[str, int] = field(default_factory=lambda: {"agreeing": 0, "explained": 0, "unexplained": 0})
    listed: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)


def _check_all(run: MonthCheck) -> _Answer:
    prices, is_priced = prices_of_month(run.month)
    run.seen_at, run.is_priced = latest_change(run.month), is_priced
    run.rounding = _rounding(run.month, prices)
    domain_ids = customers_of(run.month)
    signed = SignOff.objects.filter(month=run.month).first()
    before = evidence.lines_in(signed.evidence) if signed else None
    answer = _Answer()
    _moved(run, 0, len(domain_ids))
    for part in in_batches(domain_ids, CUSTOMERS_AT_ONCE):
        names = _names(run.month, part)
        for customer in facts_of(run.month, part):
            found = check(customer, run.month, prices=prices, rounding=Rounding(run.rounding))
            _add(answer, run, customer, found, names.get(customer.domain_id, ("", "")))
            if before is not None:
                _add_since(answer, run, customer, before.pop(customer.domain_id, []), names)
        _moved(run, run.done + len(part), len(domain_ids))
    for domain_id, lines in (before or {}).items():
        gone = CustomerMonth(domain_id, [], [], is_metered=False, known=[], terms={})
        _add_since(answer, run, gone, lines, {})
    return answer


def _rounding(month: date, prices: Prices) -> Rounding:
    days = days_of(month)

    def priced() -> Iterator[tuple[Any, int, int]]:
        for _domain_id, line in lines_of(month):
            if line.item_type in OF_USE and is_billed(line.plan) and not is_lump_sum(line.plan):
                monthly = prices(line.force, month)
                if monthly is not None and line.amount is not None:
                    yield monthly, days_between(line.first, line.last), line.amount

    return rounding_of(priced(), days)


def _moved(run: MonthCheck, done: int, total: int) -> None:
    run.done, run.total = done, total
    MonthCheck.objects.filter(pk=run.pk).update(done=done, total=total, worked_at=now())


def _names(month: date, domain_ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Return names and codes as the invoice has them, or else as the cache does."""
    known = Customer.objects.filter(pk__in=domain_ids).values_list("pk", "company_name", "customer_code")
    found = {pk: (name, code) for pk, name, code in known}
    billed = InvoiceDetail.objects.current().filter(month=named_for(month), domain_id__in=domain_ids)
    for domain_id, name, code in billed.values_list("domain_id", "customer_name", "customer_code"):
        found[domain_id] = (name or found.get(domain_id, ("", ""))[0], code)
    return found


def _add(answer: _Answer, run: MonthCheck, customer: CustomerMonth, found: Checked, name: tuple[str, str]) -> None:
    answer.customers.append(evidence.of_customer(customer))
    for member in ("expected", "billed", "unchecked", "expected_units", "billed_units"):
        setattr(answer.sums, member, getattr(answer.sums, member) + getattr(found, member))
    for line in customer.lines:
        answer.listed[line.item_type] = answer.listed.get(line.item_type, 0) + (line.amount or 0)
    rows = [_row(answer, run, customer.domain_id, name, each) for each in found.differences]
    counted = [each for each in found.differences if each.kind != Kind.LISTED or each.yen is not None]
    if any(not each.is_explained for each in counted):
        answer.states["unexplained"] += 1
    else:
        answer.states["explained" if counted else "agreeing"] += 1
    answer.differences += rows


def _row(answer: _Answer, run: MonthCheck, domain_id: int, name: tuple[str, str], found: Difference) -> CheckDifference:
    line, force = found.line, found.force
    billed_each, expected_each = found.each or (None, None)
    row = CheckDifference(
        check_run=run,
        number=len(answer.differences),
        domain_id=domain_id,
        customer_name=name[0],
        customer_code=name[1],
        subscription_id=line.subscription_id if line else None,
        item_type=found.key.item_type if found.key else line.item_type if line else "",
        item_id=force.item_id if force else line.item_id if line else "",
        sub_item_id=force.sub_item_id if force else line.sub_item_id if line else "",
        plan=force.plan if force else line.plan if line else "",
        kind=found.kind,
        first_day=found.first,
        last_day=found.last,
        billed=found.billed,
        expected=found.expected,
        yen=found.yen,
        billed_each=billed_each,
        expected_each=expected_each,
        billed_units=found.billed_units,
        expected_units=found.expected_units,
        units=found.billed_units - found.expected_units,
        is_explained=found.is_explained,
        is_listed=found.kind == Kind.LISTED,
        causes=[dict(cause) for cause in found.causes],
        runs=[list(each) for each in found.runs],
    )
    row.key = _key(answer, row)
    return row


def _key(answer: _Answer, row: CheckDifference) -> str:
    """Return what a difference is known by in each run that finds it as it is."""
    about = [
        row.domain_id, row.subscription_id, row.item_type, row.item_id, row.sub_item_id, row.plan, row.kind,
        row.first_day, row.last_day, row.billed, row.expected, row.billed_units, row.expected_units, row.runs,
    ]  # fmt: skip
    key = evidence.digest_of(evidence.canonical(about))
    answer.keys[key] = place = answer.keys.get(key, 0) + 1
    return key if place == 1 else evidence.digest_of(f"{key} {place}")


def _add_since(
    answer: _Answer,
    run: MonthCheck,
    customer: CustomerMonth,
    before: Sequence[list[Any]],
    names: Mapping[int, tuple[str, str]],
) -> None:
    """Add in what the lines of a customer differ from those that were signed off."""
    lines = list(map(evidence.as_list, customer.lines))
    gone, new = evidence.changed(before, lines)
    if not gone and not new:
        return
    # A summary is the sum of the others, and what is charged beside them is in no sum.
    count = [[line for line in side if line[0] in OF_USE] for side in (gone, new)]
    amounts = [sum(line[-1] or 0 for line in side) for side in count]
    row = CheckDifference(
        check_run=run,
        domain_id=customer.domain_id,
        customer_name=names.get(customer.domain_id, ("", ""))[0],
        customer_code=names.get(customer.domain_id, ("", ""))[1],
        kind=Kind.SINCE,
        first_day=run.month,
        last_day=run.month + timedelta(days=days_of(run.month) - 1),
        expected=amounts[0],
        billed=amounts[1],
        yen=amounts[1] - amounts[0],
        is_explained=True,
        causes=[{"id": "since", "gone": gone, "new": new, "source": "sign-off"}],
    )
    row.key = _key(answer, row)
    answer.differences.append(row)


def _finish(run: MonthCheck, answer: _Answer) -> None:
    for number, row in enumerate(answer.differences):
        row.number = number
    _sum_up(run, answer)
    text = evidence.canonical(
        {
            "version": evidence.VERSION,
            "fields": evidence.FIELDS,
            "month": run.month.isoformat(),
            "invoices": _invoices(run.month),
            "isPriced": run.is_priced,
            "rounding": run.rounding,
            "customers": answer.customers,
            "differences": [_as_evidence(row) for row in answer.differences if row.kind != Kind.SINCE],
        }
    )
    with transaction.atomic():
        chosen = dict(
            CheckCause.objects.filter(month=run.month)
            .order_by("key", "-pk")
            .distinct("key")
            .values_list("key", "choice")
        )
        for row in answer.differences:
            if not row.is_explained:
                row.decision = chosen.get(row.key, "")
        older = MonthCheck.objects.filter(month=run.month).exclude(pk=run.pk)
        CheckDifference.objects.filter(check_run__in=older).delete()
        CheckEvidence.objects.filter(check_run__in=older).delete()
        CheckDifference.objects.filter(check_run=run).delete()
        CheckDifference.objects.bulk_create(answer.differences, batch_size=1_000)
        CheckEvidence.objects.update_or_create(
            check_run=run, defaults={"text": text, "digest": evidence.digest_of(text)}
        )
        run.state, run.finished_at, run.worked_at = MonthCheck.State.FINISHED, now(), now()
        run.save()


def _as_evidence(row: CheckDifference) -> dict[str, Any]:
    return {
        "key": row.key,
        "domainId": row.domain_id,
        "kind": str(row.kind),
        "billed": row.billed,
        "expected": row.expected,
        "billedUnits": row.billed_units,
        "expectedUnits": row.expected_units,
        "causes": row.causes,
    }


def _invoices(month: date) -> list[Any]:
    named = named_for(month)
    of_month = Invoice.objects.current().filter(year=named.year, invoice_month=named.month)
    return list(of_month.order_by("invoice_no").values_list("raw", flat=True))


def _sum_up(run: MonthCheck, answer: _Answer) -> None:
    """Fill in the equation, down to what the invoice states beside its items."""
    named = named_for(run.month)
    of_month = Invoice.objects.current().filter(year=named.year, invoice_month=named.month)
    run.stated = of_month.aggregate(sum=Sum("used_amount"))["sum"]
    rows = [row for row in answer.differences if row.kind != Kind.SINCE]
    adjustments = answer.listed.get(ADJUSTMENT, 0)
    of_use = [row for row in rows if row.kind != Kind.LISTED]
    stated = whole(run.stated)
    # The pages disagree on whether the amount holds adjustments, so what the invoice states decides.
    run.has_adjustments = stated != answer.sums.billed
    run.expected, run.unchecked = answer.sums.expected, answer.sums.unchecked
    run.explained = sum(row.yen or 0 for row in of_use if row.is_explained)
    run.explained += adjustments if run.has_adjustments else 0
    run.unexplained = sum(row.yen or 0 for row in of_use if not row.is_explained)
    reached = run.expected + run.explained + run.unexplained + run.unchecked
    run.beside = None if stated is None else stated - reached
    run.expected_units, run.billed_units = answer.sums.expected_units, answer.sums.billed_units
    run.explained_units = sum(row.units for row in of_use if row.is_explained)
    run.unexplained_units = sum(row.units for row in of_use if not row.is_explained)
    run.penalties, run.option_plus = answer.listed.get(PENALTY, 0), answer.listed.get(OPTION_PLUS, 0)
    run.customers = run.total
    run.agreeing = answer.states["agreeing"]
    run.explained_customers = answer.states["explained"]
    run.unexplained_customers = answer.states["unexplained"]


def _fail(run: MonthCheck, problem: str) -> None:
    run.state, run.problem, run.worked_at = MonthCheck.State.FAILED, problem, now()
    run.save(update_fields=["state", "problem", "worked_at"])
