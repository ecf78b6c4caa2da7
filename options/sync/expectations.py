"""Expected effects of dated changes of options, and what shows that they took place."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy

from customers.sync.expectations import unless_leaving
from options.catalogue import CANCEL, CHANGE_QUANTITY
from options.labels import option_words, order_words
from options.models import OptionOrder, OptionProduct
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.catalogue import TRIAL_PLANS
from portal.core.clock import business_today
from portal.core.labels import listed, word_for
from portal.sync.expectations import Expectation, Shown, await_on_its_day
from portal.sync.models import DetectedChange
from portal.vendor import client
from subscriptions.assumptions import GRACE_DAYS
from subscriptions.models import Subscription
from subscriptions.rules.renewals import CHANGE
from subscriptions.rules.shared import IN_GRACE
from subscriptions.sync.expectations import NEXT_DAY, UNCHANGED
from subscriptions.sync.subscriptions import SUBSCRIPTIONS


def _task_words(task: client.OptionProductOrder) -> str:
    what = order_words(task.type, task.sub_option_id, task.quantity)
    return listed((word_for("option", task.option_product_id), what))


def _words(record: client.OptionProduct) -> str:
    return option_words(record.option_product_id, record.sub_option_id, record.quantity)


def _was_done(shown: Shown) -> bool:
    """Ours: the option is gone, has the quantity, or has the size that the task names."""
    if shown.after is not None:
        return True
    task, now, ever = shown.before, _same(shown, shown.now), _same(shown, (*shown.now, *shown.changed))
    if task.type == CANCEL:
        return not now
    if task.type == CHANGE_QUANTITY:
        return any(record.quantity == task.quantity for record in ever)
    return any(record.sub_option_id == task.sub_option_id for record in ever)


def _was_renewed(shown: Shown) -> bool:
    """It goes on as it is, as was set for it, or has ended for a reason."""
    renewal = _set_before(shown)
    kind = renewal.type if renewal else ""
    if shown.after is None:
        return kind in ("", CANCEL) or _was_canceled(shown) or _went_with_its_base(shown)
    if renewal is None or kind not in (CANCEL, CHANGE):
        return True
    since = (shown.after, *_same(shown, (*shown.now, *shown.changed)))
    if kind == CANCEL:
        return not _same(shown, shown.now)
    names = ("sub_option_id", "quantity")
    return any(all(getattr(renewal, name) in (None, getattr(each, name)) for name in names) for each in since)


def _set_before(shown: Shown) -> client.OptionProductRenewal | None:
    """Return what was set for the renewal, as it was last read while the option still had its old day."""
    seen = DetectedChange.objects.filter(
        domain_id=shown.domain_id,
        resource=OPTION_RENEWALS.name,
        key=shown.before.option_product_id,
        read_at__lt=shown.found_at,
    )
    last = seen.order_by("-read_at").first()
    return client.OptionProductRenewal.from_vendor(last.after) if last and last.after else None


def _was_canceled(shown: Shown) -> bool:
    """Its end was scheduled for the same day, or an earlier one."""
    tasks = OptionOrder.objects.of_customer(shown.domain_id).filter(
        option_product_id=shown.before.option_product_id, type=CANCEL, apply_date__lte=_day_after(shown.before)
    )
    return tasks.exclude(removed_at__lt=shown.since).exists()


def _went_with_its_base(shown: Shown) -> bool:
    """Its subscription is gone, or has become another product, with which the option may not go."""
    number = shown.before.subscription_id
    base = Subscription.objects.of_customer(shown.domain_id).current().filter(subscription_id=number)
    moved = DetectedChange.objects.filter(
        domain_id=shown.domain_id, resource=SUBSCRIPTIONS.name, key=str(number), read_at__gt=shown.since
    ).exclude(before__productId=F("after__productId"))
    return not base.exists() or moved.exists()


def _trial_ended(shown: Shown) -> bool:
    return shown.after is None or shown.after.plan not in TRIAL_PLANS


def _lives_with_its_trial(domain_id: int, record: client.OptionProduct) -> bool:
    """A trial option of a trial subscription lasts as long as that, its grace period included."""
    base = Subscription.objects.of_customer(domain_id).current().filter(subscription_id=record.subscription_id)
    today = business_today()
    lives = Q(end_date__gte=today) | Q(status=IN_GRACE, end_date__gte=today - timedelta(days=GRACE_DAYS))
    return base.filter(lives, plan__in=TRIAL_PLANS).exists()


def _same(shown: Shown, records: Iterable[Any]) -> Sequence[Any]:
    return [record for record in records if record.option_product_id == shown.before.option_product_id]


def _day_after(record: client.OptionProduct) -> date:
    return record.plan_end_date + NEXT_DAY


def _renewal_day(record: client.OptionProduct) -> date | None:
    return None if record.plan in TRIAL_PLANS else _day_after(record)


def _trial_day(record: client.OptionProduct) -> date | None:
    return _day_after(record) if record.plan in TRIAL_PLANS else None


def _over(today: date) -> QuerySet[OptionProduct]:
    return OptionProduct.objects.filter(end_date__lt=today - NEXT_DAY)


await_on_its_day(
    Expectation(
        name="order",
        resource=OPTION_ORDERS.name,
        title=gettext_lazy("Scheduled option change"),
        due=lambda record: record.apply_date,
        rows=lambda today: OptionOrder.objects.filter(apply_date__lt=today),
        words=_task_words,
        effect=unless_leaving(_was_done),
        shows_in=OPTIONS.name,
    )
)
await_on_its_day(
    Expectation(
        name="renewal",
        resource=OPTIONS.name,
        title=gettext_lazy("Renewal of an option"),
        due=_renewal_day,
        rows=lambda today: _over(today).exclude(plan__in=TRIAL_PLANS),
        words=_words,
        effect=unless_leaving(_was_renewed),
        still=UNCHANGED,
    )
)
await_on_its_day(
    Expectation(
        name="trial",
        resource=OPTIONS.name,
        title=gettext_lazy("End of an option trial"),
        due=_trial_day,
        rows=lambda today: _over(today).filter(plan__in=TRIAL_PLANS),
        words=_words,
        effect=_trial_ended,
        is_held_back=_lives_with_its_trial,
        still=UNCHANGED,
    )
)
