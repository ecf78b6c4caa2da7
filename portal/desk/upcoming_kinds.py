"""The kinds of upcoming events: the rows of each, and the commands that move or delete it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from customers.models import UsageStatus
from options.models import OptionOrder, OptionProduct, OptionRenewal
from portal.core.catalogue import FREE_PLANS, TRIAL_PLANS
from portal.desk.contract_days import canceled_by, leaves_by
from subscriptions.days import decision_day, renewal_day
from subscriptions.models import PreOrder, Reservation, Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE, STAY
from subscriptions.rules.shared import IN_GRACE

Rows = QuerySet[Any, Any]


# What is set for an option; one that stays as it is renews with its subscription, and is no event of its own.
AT_RENEWAL = (CHANGE, CANCEL)
# What every part of the union answers, in this order.
COLUMNS = (
    "kind", "day", "customer_id", "company", "address", "number", "option", "size", "task", "product", "contract",
    "many", "sort_name",
)  # fmt: skip
_NO_TEXT = Value("", output_field=TextField())
# A bare NULL in a part that is cut off on its own would count as a text.
_NO_NUMBER = Cast(Value(None), BigIntegerField(null=True))


@dataclass(frozen=True)
class Kind:
    """
    One kind of event.

    Args:
        label: what people call it.
        icon: its picture.
        resources: what it is read from.
        rows: all of them, with ``COLUMNS``.
        commands: kinds of the commands that move it or take it back.
    """

    label: str | Promise
    icon: str
    resources: tuple[str, ...]
    rows: Callable[[], Rows]
    commands: tuple[str, ...]


def _part(rows: Rows, kind: str, day: Any, **columns: Any) -> Rows:
    given = {
        "number": _NO_NUMBER,
        "option": _NO_TEXT,
        "size": _NO_TEXT,
        "task": _NO_TEXT,
        "product": _NO_TEXT,
        "contract": _NO_TEXT,
        "many": _NO_NUMBER,
        **columns,
    }
    found: Rows = rows.order_by().annotate(
        kind=Value(kind, output_field=TextField()),
        day=day,
        company=F("customer__company_name"),
        sort_name=F("customer__sort_name"),
        address=F("customer__domain"),
        **{name: Cast(value, BigIntegerField()) if name == "many" else value for name, value in given.items()},
    )
    return found


def _pre_orders() -> Rows:
    return _part(
        PreOrder.objects.current(),
        "pre_order",
        F("apply_date"),
        number=F("pre_order_id"),
        product=F("product_id"),
        contract=F("plan"),
        many=F("license_count"),
    )


def _reservations() -> Rows:
    """A reservation tells the product only where it changes it; the subscription has it."""
    same = Subscription.objects.filter(customer_id=OuterRef("customer_id"), subscription_id=OuterRef("subscription_id"))
    return _part(
        Reservation.objects.current(),
        "reservation",
        F("apply_date"),
        number=F("subscription_id"),
        task=F("type"),
        product=Coalesce(NullIf(F("product_id"), _NO_TEXT), Subquery(same.values("product_id")[:1]), _NO_TEXT),
        contract=F("plan"),
        many=F("license_count"),
    )


def _renewals() -> Rows:
    """
    Every paid subscription at its end, also those that renew unchanged.

    The next term starts on the day after the end; what does not renew ends on its last day. Nothing renews that is
    canceled before, or whose customer leaves before.
    """
    paid = Subscription.objects.current().exclude(plan__in=(*TRIAL_PLANS, *FREE_PLANS)).filter(end_date__isnull=False)
    return _part(
        paid.annotate(renewal_day=renewal_day()).filter(~canceled_by("renewal_day"), ~leaves_by("renewal_day")),
        "renewal",
        F("renewal_day"),
        number=F("subscription_id"),
        task=Coalesce(NullIf(F("renewal_type"), _NO_TEXT), Value(STAY, output_field=TextField())),
        product=F("product_id"),
        contract=F("renewal_plan"),
        many=F("renewal_license_count"),
    )


def _trial_ends() -> Rows:
    return _part(
        Subscription.objects.current().filter(plan__in=TRIAL_PLANS).exclude(status=IN_GRACE),
        "trial",
        F("end_date"),
        number=F("subscription_id"),
        product=F("product_id"),
        contract=F("plan"),
    )


def _grace_ends() -> Rows:
    """How long the grace period lasts is an assumption; see ``subscriptions.assumptions``."""
    return _part(
        Subscription.objects.current().filter(plan__in=TRIAL_PLANS, status=IN_GRACE, end_date__isnull=False),
        "grace",
        decision_day(),
        number=F("subscription_id"),
        product=F("product_id"),
        contract=F("plan"),
    )


def _option_orders() -> Rows:
    return _part(
        OptionOrder.objects.current(),
        "option_order",
        F("apply_date"),
        option=F("option_product_id"),
        size=F("sub_option_id"),
        task=F("type"),
        many=F("quantity"),
    )


def _option_renewals() -> Rows:
    """The day stands with the option itself."""
    same = (
        OptionProduct.objects.current()
        .filter(customer_id=OuterRef("customer_id"), option_product_id=OuterRef("option_product_id"))
        .order_by()
    )
    return _part(
        OptionRenewal.objects.current().filter(type__in=AT_RENEWAL),
        "option_renewal",
        Subquery(same.values("end_date")[:1]),
        option=F("option_product_id"),
        size=F("sub_option_id"),
        task=F("type"),
        many=F("quantity"),
    )


def _option_trial_ends() -> Rows:
    return _part(
        OptionProduct.objects.current().filter(plan__in=TRIAL_PLANS),
        "option_trial",
        F("end_date"),
        option=F("option_product_id"),
        size=F("sub_option_id"),
    )


def _limits() -> Rows:
    return _part(UsageStatus.objects.current(), "limit", F("next_limit_date"), many=F("next_limit"))


def _withdrawals() -> Rows:
    return _part(UsageStatus.objects.current(), "withdrawal", F("withdrawal_date"))


KINDS: dict[str, Kind] = {
    "pre_order": Kind(
        gettext_lazy("Pre-order"),
        "calendar-plus",
        ("pre_orders",),
        _pre_orders,
        ("updatePreOrder", "deletePreOrder"),
    ),
    "reservation": Kind(
        gettext_lazy("Scheduled change"),
        "calendar-clock",
        ("reservations",),
        _reservations,
        ("updateReservation", "deleteReservation"),
    ),
    "renewal": Kind(gettext_lazy("Renewal"), "calendar-sync", ("subscriptions",), _renewals, ("updateRenewal",)),
    "trial": Kind(
        gettext_lazy("End of trial"), "timer", ("subscriptions",), _trial_ends, ("convertSubscriptionToPaid",)
    ),
    "grace": Kind(
        gettext_lazy("End of trial grace period (estimated)"),
        "timer",
        ("subscriptions",),
        _grace_ends,
        ("convertSubscriptionToPaid",),
    ),
    "option_order": Kind(
        gettext_lazy("Scheduled option change"),
        "calendar-clock",
        ("option_orders",),
        _option_orders,
        ("updateOptionProductOrder", "deleteOptionProductOrder"),
    ),
    "option_renewal": Kind(
        gettext_lazy("Renewal of an option"),
        "calendar-sync",
        ("option_renewals", "options"),
        _option_renewals,
        ("updateOptionProductRenewal",),
    ),
    "option_trial": Kind(
        gettext_lazy("End of option trial"),
        "timer",
        ("options",),
        _option_trial_ends,
        ("convertOptionProductToPaid",),
    ),
    "limit": Kind(
        gettext_lazy("Maximum number of users"),
        "users",
        ("usage_status",),
        _limits,
        ("patchUsageStatusRenewal", "deleteUsageStatusRenewal"),
    ),
    "withdrawal": Kind(
        gettext_lazy("Platform cancellation"),
        "lock",
        ("usage_status",),
        _withdrawals,
        ("patchUsageStatus.withdrawal", "patchUsageStatus.stay"),
    ),
}
