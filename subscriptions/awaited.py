"""What the vendor does by itself at subscriptions on a day, and how it shows that it has."""

from django.utils.translation import gettext_lazy

from portal import partner_api
from portal.sync.overdue import Awaited, Shown, await_on_its_day
from subscriptions.catalogue import TRIAL_PLANS
from subscriptions.models import PreOrder, Reservation
from subscriptions.rules_reservation import ADD_LICENCES, CANCEL
from subscriptions.sync import PRE_ORDERS, SUBSCRIPTIONS, pre_order_words
from subscriptions.sync_reservations import RESERVATIONS, task_words

UNPAID_PLANS = (*TRIAL_PLANS, "FREE")


def _has_started(row: PreOrder, shown: Shown) -> bool:
    """Ours: a subscription of the product that began on the day, or later."""
    return any(
        record.product_id == row.product_id and record.plan_start_date >= row.apply_date
        for record in (*shown.now, *shown.changed)
    )


def _was_done(row: Reservation, shown: Shown) -> bool:
    """Ours: it is gone, or paid for; of added licences, that anything of the subscription changed."""
    now, changed = (
        [record for record in records if record.subscription_id == row.subscription_id]
        for records in (shown.now, shown.changed)
    )
    if row.type == CANCEL:
        return not now
    if row.type == ADD_LICENCES:
        return bool(changed) or not now
    return not now or any(record.plan not in UNPAID_PLANS for record in (*now, *changed))


await_on_its_day(
    Awaited(
        resource=PRE_ORDERS.name,
        title=gettext_lazy("Pre-order"),
        day="apply_date",
        rows=PreOrder.objects.all,
        words=lambda raw: pre_order_words(partner_api.PreOrder.from_vendor(dict(raw))),
        shows_in=SUBSCRIPTIONS.name,
        effect=_has_started,
    )
)
await_on_its_day(
    Awaited(
        resource=RESERVATIONS.name,
        title=gettext_lazy("Scheduled for a subscription"),
        day="apply_date",
        rows=Reservation.objects.all,
        words=lambda raw: task_words(partner_api.Reservation.from_vendor(dict(raw))),
        shows_in=SUBSCRIPTIONS.name,
        effect=_was_done,
    )
)
