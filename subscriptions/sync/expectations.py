"""Expected effects of dated changes of subscriptions, and what shows that they took place."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from customers.sync.expectations import unless_leaving
from portal.core.catalogue import FREE_PLANS, TRIAL_PLANS
from portal.core.labels import listed
from portal.sync.expectations import Expectation, Shown, await_on_its_day
from portal.vendor import client
from subscriptions.assumptions import GRACE_DAYS, end_of_grace
from subscriptions.models import PreOrder, Reservation, Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.reservations import ADD_LICENSES
from subscriptions.rules.shared import IN_GRACE
from subscriptions.sync.reservations import RESERVATIONS, task_words
from subscriptions.sync.subscriptions import (
    PRE_ORDERS,
    SUBSCRIPTIONS,
    pre_order_words,
    renewal_words,
    subscription_words,
)

UNPAID_PLANS = (*TRIAL_PLANS, *FREE_PLANS)
NEXT_DAY = timedelta(days=1)
UNCHANGED = gettext_lazy("No change after that date")


def _has_started(shown: Shown) -> bool:
    """Ours: a subscription of the product that began on the day, or later."""
    wanted = shown.before
    return shown.after is not None or any(
        record.product_id == wanted.product_id and record.plan_start_date >= wanted.apply_date
        for record in (*shown.now, *shown.changed)
    )


def _was_done(shown: Shown) -> bool:
    """Ours: it is gone, or paid for; of added licenses, that anything of the subscription changed."""
    if shown.after is not None:
        return True
    now, changed = (_same(shown, records) for records in (shown.now, shown.changed))
    if shown.before.type == CANCEL:
        return not now
    if shown.before.type == ADD_LICENSES:
        return bool(changed) or not now
    return not now or any(record.plan not in UNPAID_PLANS for record in (*now, *changed))


def _was_renewed(shown: Shown) -> bool:
    """As it is, as was set for it, or not at all. Ours: of one that stays, that it goes on is enough."""
    renewal = shown.before.renewal
    kind = renewal.type if renewal else ""
    if kind == CANCEL:
        return shown.after is None or not _same(shown, shown.now)
    if shown.after is None:
        return _was_canceled(shown)
    if kind != CHANGE:
        return True
    return any(_is_as_set(record, renewal) for record in (shown.after, *_same(shown, (*shown.now, *shown.changed))))


def _is_as_set(record: client.Subscription, renewal: client.Renewal) -> bool:
    names = ("product_id", "plan", "license_count")
    return all(getattr(renewal, name) in (None, getattr(record, name)) for name in names)


def _was_canceled(shown: Shown) -> bool:
    """Its end was scheduled for the same day, or an earlier one."""
    tasks = Reservation.objects.of_customer(shown.domain_id).filter(
        subscription_id=shown.before.subscription_id, type=CANCEL, apply_date__lte=_day_after(shown.before) or date.min
    )
    return tasks.exclude(removed_at__lt=shown.since).exists()


def _trial_ended(shown: Shown) -> bool:
    return shown.after is None or shown.after.status == IN_GRACE or shown.after.plan not in TRIAL_PLANS


def _same(shown: Shown, records: Iterable[Any]) -> Sequence[Any]:
    return [record for record in records if record.subscription_id == shown.before.subscription_id]


def _day_after(record: client.Subscription) -> date | None:
    return record.plan_end_date + NEXT_DAY if record.plan_end_date else None


def _renewal_day(record: client.Subscription) -> date | None:
    return None if record.plan in UNPAID_PLANS else _day_after(record)


def _trial_day(record: client.Subscription) -> date | None:
    return _day_after(record) if record.plan in TRIAL_PLANS and record.status != IN_GRACE else None


def _grace_day(record: client.Subscription) -> date | None:
    if record.plan not in TRIAL_PLANS or record.status != IN_GRACE or not record.plan_end_date:
        return None
    return end_of_grace(record.plan_end_date) + NEXT_DAY


def _with_renewal(record: client.Subscription) -> str:
    return listed((subscription_words(record), renewal_words(record.renewal) if record.renewal else ""))


def _over(today: date, *, by: int = 0) -> QuerySet[Subscription]:
    return Subscription.objects.filter(end_date__lt=today - timedelta(days=1 + by))


await_on_its_day(
    Expectation(
        name="pre_order",
        resource=PRE_ORDERS.name,
        title=gettext_lazy("Pre-order"),
        due=lambda record: record.apply_date,
        rows=lambda today: PreOrder.objects.filter(apply_date__lt=today),
        words=pre_order_words,
        effect=unless_leaving(_has_started),
        shows_in=SUBSCRIPTIONS.name,
    )
)
await_on_its_day(
    Expectation(
        name="reservation",
        resource=RESERVATIONS.name,
        title=gettext_lazy("Scheduled change of a subscription"),
        due=lambda record: record.apply_date,
        rows=lambda today: Reservation.objects.filter(apply_date__lt=today),
        words=task_words,
        effect=unless_leaving(_was_done),
        shows_in=SUBSCRIPTIONS.name,
    )
)
await_on_its_day(
    Expectation(
        name="renewal",
        resource=SUBSCRIPTIONS.name,
        title=gettext_lazy("Renewal"),
        due=_renewal_day,
        rows=lambda today: _over(today).exclude(plan__in=UNPAID_PLANS),
        words=_with_renewal,
        effect=unless_leaving(_was_renewed),
        still=UNCHANGED,
    )
)
await_on_its_day(
    Expectation(
        name="trial",
        resource=SUBSCRIPTIONS.name,
        title=gettext_lazy("End of trial"),
        due=_trial_day,
        rows=lambda today: _over(today).filter(plan__in=TRIAL_PLANS).exclude(status=IN_GRACE),
        words=subscription_words,
        effect=_trial_ended,
        still=UNCHANGED,
    )
)
await_on_its_day(
    Expectation(
        name="grace",
        resource=SUBSCRIPTIONS.name,
        title=gettext_lazy("End of trial grace period (estimated)"),
        due=_grace_day,
        rows=lambda today: _over(today, by=GRACE_DAYS).filter(plan__in=TRIAL_PLANS, status=IN_GRACE),
        words=subscription_words,
        still=UNCHANGED,
    )
)
