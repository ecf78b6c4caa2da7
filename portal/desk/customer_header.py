"""
The header of a customer, the same on every tab: what is open, the answers in short, the next change.

Every word of it comes from the cache and from ``portal.desk.upcoming``, so it cannot contradict the lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer, Note, Tag, UsageStatus
from customers.own_data import pinned_of
from options.labels import option_words
from options.models import OptionProduct
from portal.accounts.models import User
from portal.core.business_days import decide_by
from portal.core.catalogue import FREE_PLANS, MONTHLY_PLANS, TRIAL_PLANS, WORKS
from portal.core.clock import business_today
from portal.core.labels import listed, word_for
from portal.desk import upcoming
from portal.desk.customer_matters import Matter, matters_of, usage_of
from portal.desk.upcoming import Event
from subscriptions.models import Reservation, Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.shared import IN_GRACE

MOST_ROWS = 2
MOST_OPTIONS = 6
_BAR_WIDTH = 132


@dataclass(frozen=True)
class Use:
    """
    Users against what they are counted by.

    Args:
        users: how many there are.
        of: the number of licenses, or the maximum number of users.
        is_limit: whether ``of`` is a maximum that costs nothing, not licenses.
    """

    users: int
    of: int
    is_limit: bool = False

    @property
    def width(self) -> float:
        """How wide the bar is filled, of ``_BAR_WIDTH`` units."""
        return round(min(self.users / self.of, 1) * _BAR_WIDTH, 1) if self.of else float(_BAR_WIDTH)

    @property
    def words(self) -> str:
        """How many are free, or that there are none."""
        free = self.of - self.users
        if free > 0:
            return ngettext("%(count)s free", "%(count)s free", free) % {"count": f"{free:,}"}
        return _("full") if not free else _("%(count)s over") % {"count": f"{-free:,}"}

    @property
    def tone(self) -> str:
        """The tone of the words: quiet while some are free."""
        return "ok" if self.users < self.of else "warn" if self.users == self.of else "bad"


@dataclass(frozen=True)
class Row:
    """
    A subscription in the answer strip.

    Args:
        subscription: of the customer.
        use: its users against its licenses, where both are known.
        renewal: what happens at its end, in words.
        decide_by: the last working day for a decision; None where there is nothing to decide.
        ends_next: whether others of the customer end later.
        is_grave: whether its end is a loss.
    """

    subscription: Subscription
    use: Use | None
    renewal: str
    decide_by: date | None
    ends_next: bool
    is_grave: bool


@dataclass(frozen=True)
class Contract:
    """What a customer holds, as it was read for the header."""

    subscriptions: Sequence[Subscription]
    tasks: Sequence[Reservation]
    options: Sequence[OptionProduct]


@dataclass(frozen=True)
class Header:
    """What the header shows."""

    rows: Sequence[Row]
    more_rows: int
    users: int | None
    changes: Sequence[Event]
    leaves: date | None
    contract: Contract
    options: Sequence[str]
    more_options: int
    matters: Sequence[Matter]
    owner: User | None
    tags: Sequence[Tag]
    pinned: Sequence[Note]
    today: date


def header_of(customer: Customer, by: User) -> Header:
    """
    Return the header of a customer, in nine queries, and one more if it has an owner.

    Args:
        customer: whose page it is.
        by: who looks.
    """
    today = business_today()
    usage = usage_of(customer)
    contract = Contract(
        list(customer.subscriptions.current()), list(customer.reservations.current()), list(customer.options.current())
    )
    subscriptions, options = sorted(contract.subscriptions, key=_end), contract.options
    ends = {task.subscription_id: task for task in contract.tasks if task.type == CANCEL}
    changes = upcoming_of(customer, by, today)
    return Header(
        rows=[
            _row(each, usage, ends.get(each.subscription_id), several=len(subscriptions) > 1)
            for each in subscriptions[:MOST_ROWS]
        ],
        more_rows=max(len(subscriptions) - MOST_ROWS, 0),
        users=usage.member_count if usage else None,
        changes=changes,
        leaves=usage.withdrawal_date if usage else None,
        contract=contract,
        options=[_option(option) for option in options[:MOST_OPTIONS]],
        more_options=max(len(options) - MOST_OPTIONS, 0),
        matters=matters_of(customer, usage, by, today),
        owner=customer.owner,
        tags=list(customer.tags.all()),
        pinned=pinned_of(customer),
        today=today,
    )


def upcoming_of(customer: Customer, by: User, today: date) -> list[Event]:
    """Return the upcoming events of one customer, the next one first."""
    return upcoming.told(upcoming.by_day(upcoming.events(of=[customer.pk], since=today)), by)


def _end(subscription: Subscription) -> tuple[date, int]:
    return subscription.end_date or date.max, subscription.subscription_id


def _row(subscription: Subscription, usage: UsageStatus | None, ends: Reservation | None, *, several: bool) -> Row:
    leaves = usage.withdrawal_date if usage else None
    end = subscription.end_date
    decided = subscription.plan in (*FREE_PLANS, *MONTHLY_PLANS) or end is None or leaves is not None
    return Row(
        subscription,
        use_of(subscription, usage),
        at_end(subscription, leaves, ends),
        None if decided or ends or end is None or subscription.status == IN_GRACE else decide_by(end),
        several,
        bool(leaves or ends) or subscription.renewal_type == CANCEL,
    )


def use_of(subscription: Subscription, usage: UsageStatus | None) -> Use | None:
    """
    Return the users against the licenses of a subscription, or against the maximum number of users; None if unknown.

    LINE WORKS counts users for the customer, so they are set against its LINE WORKS plan alone.
    """
    users = usage.member_count if usage else None
    if users is None or usage is None or subscription.product_id not in WORKS.products:
        return None
    if subscription.license_count is not None:
        return Use(users, subscription.license_count)
    return Use(users, usage.member_limit, is_limit=True) if usage.member_limit is not None else None


def at_end(subscription: Subscription, leaves: date | None, ends: Reservation | None) -> str:
    """Say what happens at contract end; of a customer that leaves nothing renews, nor what is canceled before."""
    if leaves is not None:
        return _("Does not renew: the customer leaves")
    if ends is not None:
        return _("Cancellation scheduled for %(date)s") % {"date": date_format(ends.apply_date)}
    if subscription.status == IN_GRACE and subscription.end_date:
        return _("Trial ended. Can be converted to paid in the grace period")
    if subscription.plan in TRIAL_PLANS:
        return _("Trial ends")
    if subscription.plan in FREE_PLANS:
        return ""
    words = {CANCEL: _("Does not renew"), CHANGE: _("Renews with changes")}
    return words.get(subscription.renewal_type) or (_("Renews unchanged") if subscription.end_date else "")


def _option(option: OptionProduct) -> str:
    words = option_words(option.option_product_id, option.sub_option_id, option.quantity)
    return listed((words, word_for("short_plan", option.plan))) if option.plan in TRIAL_PLANS else words
