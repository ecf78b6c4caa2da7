"""The list of subscriptions: its columns, views and files. No cell makes a query."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.core.labels import listed, word_for
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed, row_head
from portal.ui.templatetags.figures import (
    NOTHING,
    SELF_EXPLAINING_PLANS,
    TASK_LOOKS,
    at_renewal,
    contract_end,
    license_words,
    renewal_changes,
    scheduled,
    seats,
    standing,
)
from portal.ui.templatetags.times import day
from subscriptions.filters import DEFAULT_SORT, SORTS, SubscriptionFilter, ordered
from subscriptions.lines import EXPORTED, Line, lines_of
from subscriptions.models import Reservation, Subscription


def _plan(line: Line, _around: Around) -> SafeString:
    subscription = line.subscription
    return format_html(
        "<td class=plan>{} <i>{}{}</i>",
        word_for("product", subscription.product_id),
        _contract_type(subscription),
        subscription.subscription_id,
    )


def _contract_type(subscription: Subscription) -> str:
    """Return how it is paid, where its plan does not say that already."""
    plan = subscription.plan
    return "" if plan in ("", *SELF_EXPLAINING_PLANS) else f"{word_for('short_plan', plan)} · "


def _customer(line: Line, around: Around) -> SafeString:
    customer, marks = line.subscription.customer, standing(line.subscription.leaving, line.subscription.status)
    return row_head(around, customer.get_absolute_url(), customer, marks)


def _seats(line: Line, _around: Around) -> SafeString:
    subscription = line.subscription
    return format_html("<td>{}", seats(subscription.users, subscription.license_count, subscription.most_users))


def _end(line: Line, around: Around) -> SafeString:
    return contract_end(line.subscription.end_date, line.subscription.plan, around.today)


def _renewal(line: Line, _around: Around) -> SafeString | str:
    subscription = line.subscription
    if not subscription.renewal_type:
        return NOTHING
    changes, end = renewal_changes(subscription), subscription.end_date
    return at_renewal(subscription.renewal_type, changes, end=end, leaving=subscription.leaving)


def _task(line: Line, _around: Around) -> SafeString:
    return _task_words(line.task, line.subscription) if line.task else NOTHING


def _task_words(task: Reservation, subscription: Subscription) -> SafeString:
    """Say what is scheduled in as few words as a list has room for."""
    if task.type == "ADD_LICENSE" and task.license_count:
        words = f"+{license_words(task.license_count)}"
    elif task.product_id not in ("", subscription.product_id):
        words = listed((word_for("reservation", task.type), word_for("product", task.product_id)))
    else:
        words = word_for("reservation", task.type)
    return scheduled(words, task.apply_date, TASK_LOOKS.get(task.type, "change"))


LISTING = Listing(
    name="subscriptions",
    permission="subscriptions.view_subscription",
    template="subscriptions/subscription_list.html",
    words=Words(
        title=_("Subscriptions"),
        section=_("List of subscriptions"),
        table=_("Table of subscriptions"),
        placeholder=_("Customer: name, domain, ID or code"),
        no_match=_("No subscriptions match these filters."),
        show_all=_("Show all subscriptions"),
        nothing_yet=_("No subscriptions have been synced yet."),
    ),
    icon="layers",
    table_class="pd-contracts is-stacked",
    filters=SubscriptionFilter,
    rows=Subscription.objects.for_list,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("plan", _("Plan, contract type"), _plan),
        Column("name", _("Customer"), _customer, is_fixed=True),
        headed("domain", _("Domain or group name"), lambda line, _a: line.subscription.customer.domain, is_extra=True),
        headed("code", _("Customer code"), lambda line, _a: line.subscription.customer.customer_code, is_extra=True),
        headed("owner", _("Owner"), lambda line, _a: str(line.subscription.customer.owner or ""), is_extra=True),
        headed("tags", _("Tags"), lambda line, _a: listed(line.subscription.tag_names), is_extra=True),
        headed(
            "status",
            _("Status"),
            lambda line, _a: word_for("subscription_status", line.subscription.status),
            is_extra=True,
        ),
        Column("licenses", _("Users / licenses"), _seats),
        headed("start", _("Start date"), lambda line, _a: day(line.subscription.start_date, "table"), is_extra=True),
        headed("end", _("Contract end"), _end),
        headed("renewal", _("At renewal"), _renewal),
        headed("scheduled", _("Scheduled change"), _task),
    ),
    exported=EXPORTED,
    picked=lambda line: (line.subscription.pk, line.subscription.customer),
    built_in=(
        BuiltIn("mine", _("Mine"), "owner=me"),
        BuiltIn("trial", _("Trial"), "plan=TRIAL&plan=TRIAL_LICENSE"),
        BuiltIn("full", _("Licenses full"), "full=yes"),
        BuiltIn("free", _("Many free"), "use_to=50"),
        BuiltIn("ending", _("Does not renew"), "renewal=CANCEL"),
    ),
    lines=lambda rows, _by: lines_of(rows),
)
