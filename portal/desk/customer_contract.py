"""The contract of a customer as a tree: its subscriptions, and below each the options that it carries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from options.labels import option_words, order_words
from options.models import OptionOrder, OptionProduct, OptionRenewal
from options.templatetags.option_figures import KINDS
from portal.core.catalogue import TRIAL_PLANS
from portal.core.labels import listed, word_for
from portal.desk.customer_header import Header, at_end
from portal.ui.templatetags.figures import TASK_LOOKS, renewal_terms, task_words
from subscriptions.models import Reservation, Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.shared import IN_GRACE, day_after


@dataclass(frozen=True)
class Mark:
    """
    What happens to a row on a day: planned, so it is dashed.

    Args:
        words: what happens.
        day: when.
        kind: how the marker looks, see ``portal.ui.templatetags.figures.scheduled``.
    """

    words: str
    day: date
    kind: str


@dataclass(frozen=True)
class Row:
    """
    A subscription, or an option below it.

    Args:
        name: what people call it.
        terms: contract type and number; empty for an option that has those of its subscription.
        quantity: licenses or units, in words.
        end: its last day.
        marks: what is scheduled for it.
        renewal: what happens at its end, where nothing replaces that.
        badge: trial or grace, as the code of ``BADGES``; empty for what is normal.
        place: where the commands about it are found, by group and id.
        is_child: whether it is an option.
    """

    name: str
    terms: str
    quantity: str
    end: date | None
    marks: Sequence[Mark]
    renewal: str
    badge: str
    place: tuple[str, str]
    is_child: bool = False


def contract_of(customer: Customer, header: Header) -> list[Row]:
    """
    Return the rows of the tree, in two queries besides those of the header.

    Args:
        customer: whose contract it is.
        header: of the customer. When it leaves on a day, everything ends then.
    """
    leaves, held = header.leaves, header.contract
    tasks = {task.subscription_id: task for task in held.tasks}
    orders = {order.option_product_id: order for order in customer.option_orders.current()}
    renewals = {renewal.option_product_id: renewal for renewal in customer.option_renewals.current()}
    below: dict[int, list[Row]] = {}
    for option in held.options:
        code = option.option_product_id
        row = _option(option, renewals.get(code), orders.get(code), leaves)
        below.setdefault(option.subscription_id, []).append(row)
    rows: list[Row] = []
    for subscription in held.subscriptions:
        rows.append(_subscription(subscription, tasks.get(subscription.subscription_id), leaves))
        rows += below.pop(subscription.subscription_id, [])
    return [*rows, *(row for left in below.values() for row in left)]


def _subscription(subscription: Subscription, task: Reservation | None, leaves: date | None) -> Row:
    count = subscription.license_count
    licenses = ngettext("%(count)s license", "%(count)s licenses", count or 0) % {"count": f"{count or 0:,}"}
    in_grace, is_set = subscription.status == IN_GRACE, subscription.renewal_type in (CANCEL, CHANGE)
    # A marker, or the badge of a grace period, says instead what happens at the end.
    is_told = leaves or in_grace or is_set or (task and task.type == CANCEL)
    return Row(
        name=word_for("product", subscription.product_id),
        terms=listed((word_for("short_plan", subscription.plan), f"ID {subscription.subscription_id}")),
        quantity=_("no limit") if count is None else licenses,
        end=subscription.end_date,
        marks=[_deleted(leaves)] if leaves else list(_marks(subscription, task)),
        renewal="" if is_told else at_end(subscription, None, None),
        badge="grace" if in_grace else "",
        place=("subscriptions", str(subscription.subscription_id)),
    )


def _marks(subscription: Subscription, task: Reservation | None) -> Iterator[Mark]:
    if task:
        yield Mark(task_words(task), task.apply_date, TASK_LOOKS.get(task.type, "change"))
    if subscription.renewal_type in (CANCEL, CHANGE) and subscription.end_date:
        words = listed((word_for("renewal", subscription.renewal_type), renewal_terms(subscription)))
        # The next term begins on the day after the end; what does not renew ends on its last day.
        ends = subscription.renewal_type == CANCEL
        day = subscription.end_date if ends else day_after(subscription.end_date)
        yield Mark(words, day, TASK_LOOKS.get(subscription.renewal_type, "change"))


def _option(
    option: OptionProduct, renewal: OptionRenewal | None, order: OptionOrder | None, leaves: date | None
) -> Row:
    marks = [_deleted(leaves)] if leaves else list(_marks_of_option(option, renewal, order))
    is_trial = option.plan in TRIAL_PLANS
    quantity = option.quantity
    return Row(
        name=option_words(option.option_product_id, option.sub_option_id, None),
        terms="",
        quantity="" if quantity is None else f"{quantity:,}",
        end=option.end_date,
        marks=marks,
        renewal="" if marks else _("Trial ends") if is_trial else _("Renews unchanged"),
        badge="trial" if is_trial else "",
        place=("options", option.option_product_id),
        is_child=True,
    )


def _marks_of_option(option: OptionProduct, renewal: OptionRenewal | None, order: OptionOrder | None) -> Iterator[Mark]:
    if order:
        words = order_words(order.type, order.sub_option_id, order.quantity)
        yield Mark(words, order.apply_date, KINDS.get(order.type, "change"))
    if renewal and renewal.type in (CANCEL, CHANGE):
        size = word_for("sub_option", renewal.sub_option_id) if renewal.type == CHANGE and renewal.sub_option_id else ""
        yield Mark(
            listed((word_for("renewal", renewal.type), size)), option.end_date, KINDS.get(renewal.type, "change")
        )


def _deleted(day: date) -> Mark:
    return Mark(_("Deleted"), day, "cancel")
