"""The list of upcoming events: its filters, columns, views and files. No cell makes a query."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.core.paginator import Page
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.filters import OWNERS, OwnerFilter
from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.counting import keep, recall
from portal.core.exports import Column as FileColumn
from portal.core.exports import in_batches
from portal.core.filters import YEARS, ChosenFilterSet, boxes, day
from portal.core.htmx import PortalRequest, is_swap
from portal.core.labels import word_for
from portal.core.paging import Sort
from portal.desk import upcoming
from portal.desk.charts import ends_by_month
from portal.desk.upcoming import DEFAULT_SORT, SORTS, Event, Link, Union
from portal.desk.upcoming_kinds import KINDS, Rows
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed, row_head
from portal.lists.tabs import MOST_COUNTED
from portal.operations.templatetags.requests import in_a_line
from portal.ui.templatetags.times import day as day_words
from portal.ui.templatetags.times import days_left
from portal.ui.templatetags.ui import icon
from subscriptions.models import Subscription

# In days from today
WITHIN = [("7", _("Next 7 days")), ("30", _("Next 30 days")), ("90", _("Next 90 days"))]
ENDING = "ending"


class UpcomingFilter(ChosenFilterSet):
    """
    The filters of upcoming events; the calendar has them too.

    What they find are the parts of the union. The days that have passed are found only if they are asked for: LINE
    WORKS has done what was due.
    """

    q = django_filters.CharFilter(label=_("Customer, domain or ID"))
    owner = OwnerFilter(label=_("Owner"), field_name="customer__owner", choices=[("", _("Anyone")), *OWNERS])
    within = django_filters.ChoiceFilter(label=_("Date"), choices=WITHIN, empty_label=_("Any date"))
    since, until = day(_("From"), validators=YEARS), day(_("To"), validators=YEARS)
    show = django_filters.ChoiceFilter(
        label=_("Show"), choices=[(ENDING, _("Cancellations"))], empty_label=_("All events")
    )
    kind = boxes(_("Type"), [(name, kind.label) for name, kind in KINDS.items()])

    class Meta:
        model = Subscription
        fields: list[str] = []

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of events that are asked for; none stands for all."""
        kinds: Sequence[str] = self.chosen.get("kind", ())
        return kinds

    @cached_property
    def customers(self) -> upcoming.Of:
        """
        Which customers the words find; None for no words.

        Those of the page are looked for once. Those that a view counts are left to the query that counts all views.
        """
        words = self.chosen.get("q", "")
        return upcoming.customers_matching(words, at_once=self.data is self.request.GET)

    @cached_property
    def qs(self) -> list[Rows]:
        """The parts of the union."""
        today = business_today()
        last = today + timedelta(days=int(self.chosen["within"])) if "within" in self.chosen else None
        days = [found for found in (last, self.chosen.get("until")) if found]
        return self.parts(since=self.chosen.get("since") or today, until=min(days, default=None))

    def parts(self, **days: Any) -> list[Rows]:
        """Return the parts of the union within some days, as ``upcoming.events`` takes them."""
        kinds = self.kinds or list(KINDS)
        parts = dict(zip(kinds, upcoming.events(kinds, of=self.customers, **days), strict=True))
        found = upcoming.ending(parts) if self.chosen.get("show") == ENDING else parts
        return [self.filters["owner"].filter(part, self.chosen.get("owner")) for part in found.values()]


def events_of(rows: Iterable[tuple[Any, ...]], by: User) -> Iterator[Event]:
    """Return events, each with what a person can request about it."""
    for batch in in_batches(rows):
        yield from upcoming.told(batch, by, is_priced=True)


def ordered(parts: Sequence[Rows], sort: Sort) -> Union:
    """Return the parts together in an order."""
    return Union(parts, sort.key, descending=sort.descending)


def _customer(event: Event, around: Around) -> SafeString:
    return row_head(around, reverse("customers:detail", args=[event.customer_id]), event.name)


def _day(event: Event, around: Around) -> SafeString:
    left = days_left(event.day, around.today, calm=True)
    return format_html("<td class=c-when>{}{}", day_words(event.day, "table"), left)


def _what(event: Event, _around: Around) -> SafeString:
    look = mark_safe('"pd-sched is-cancel"') if event.ends_something else "pd-sched"
    cost = (
        format_html(" <small class=pd-3>{}</small>", in_a_line(event.estimate))
        if event.estimate and not event.estimate.missing
        else ""
    )
    return format_html(
        "<td class=c-what><span class={}>{}{}</span> {}{}", look, icon(event.icon), event.label, event.words, cost
    )


def _links(event: Event, _around: Around) -> SafeString:
    links = format_html_join(" ", "{}", ((_link(link, event),) for link in event.links))
    return format_html("<td class=num>{}", links)


def _link(link: Link, event: Event) -> SafeString:
    """The name of the customer is only read aloud: on the screen it stands in the row."""
    return format_html(
        '<a class={} href="{}">{}<span class=visually-hidden> {}</span></a>',
        mark_safe('"pd-link-btn is-bad"') if link.command.is_always_destructive else "pd-link-btn",
        link.address,
        link.command.row_label or link.command.label,
        event.name,
    )


def _more(request: PortalRequest, chosen: UpcomingFilter, page: Page[Any]) -> Mapping[str, Any]:
    """The chart is about all customers, so it stands below the list of all."""
    around = {} if is_swap(request) or chosen.chosen else {"ends": ends_by_month(business_today())}
    return around | {"shows_age": True, "oldest": _oldest(chosen, page)}


def _oldest(chosen: UpcomingFilter, page: Page[Any]) -> datetime | None:
    """Return when the oldest was read of all that the list rests on; of a large list it may be a minute old."""
    key = ("oldest", tuple(chosen.kinds), chosen.chosen.get("q", ""))
    oldest: datetime | None = recall(key)
    if oldest is None:
        oldest = upcoming.oldest_reading(chosen.kinds, chosen.customers)
        if page.paginator.count > MOST_COUNTED:
            keep(key, oldest)
    return oldest


def _amount(event: Event) -> int | None:
    if event.estimate is None:
        return None
    return event.estimate.difference or event.estimate.after


def _period(event: Event) -> str:
    return event.estimate.period_words if event.estimate and event.estimate.after is not None else ""


def _number(event: Event, kind: str) -> int | None:
    return event.number if (event.kind == "pre_order") == (kind == "pre_order") else None


LISTING: Listing[Event] = Listing(
    name="upcoming",
    permission="customers.view_customer",
    template="desk/upcoming_list.html",
    words=Words(
        title=_("Upcoming"),
        lead=_("Upcoming changes for all customers."),
        section=_("Upcoming"),
        table=_("Table of upcoming changes"),
        placeholder=_("Customer, domain or ID"),
        no_match=_("No upcoming changes match these filters."),
        show_all=_("Show all upcoming changes"),
        nothing_yet=_("No upcoming changes."),
        hint=_("Data that isn’t synced yet isn’t included."),
    ),
    icon="calendar-check",
    table_class="pd-scheduled is-stacked",
    filters=UpcomingFilter,
    rows=Subscription.objects.none,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("day", _("Date"), _day, is_fixed=True),
        Column("customer", _("Customer"), _customer, is_fixed=True),
        headed("domain", _("Domain or group name"), lambda event, _around: event.address, is_extra=True),
        headed("id", _("Domain ID"), lambda event, _around: event.customer_id, is_extra=True),
        Column("kind", _("Details"), _what, is_fixed=True),
        Column("actions", _("Actions"), _links, hides_head=True),
    ),
    exported=(
        FileColumn(_("Date"), lambda event: event.day, "day"),
        FileColumn(_("Customer"), lambda event: event.name, "customer"),
        FileColumn(_("Domain or group name"), lambda event: event.address, "domain"),
        FileColumn(_("Domain ID"), lambda event: event.customer_id, "customer"),
        FileColumn(_("Type"), lambda event: event.label, "kind"),
        FileColumn(_("Details"), lambda event: event.words, "kind"),
        FileColumn(_("Amount ¥, estimated"), _amount, "kind"),
        FileColumn(pgettext_lazy("head of a column", "Per"), _period, "kind"),
        FileColumn(_("Subscription ID"), lambda event: _number(event, "subscription"), "kind"),
        FileColumn(_("Pre-order ID"), lambda event: _number(event, "pre_order"), "kind"),
        FileColumn(_("Option"), lambda event: word_for("option", event.option) if event.option else "", "kind"),
    ),
    picked=None,
    built_in=(
        BuiltIn("mine", _("Mine"), "owner=me"),
        BuiltIn("month", _("Next 30 days"), "within=30"),
        BuiltIn("renewals", _("Renewals"), "kind=renewal&kind=option_renewal"),
        BuiltIn("trials", _("Trials ending"), "kind=trial&kind=grace&kind=option_trial"),
        BuiltIn("ending", _("Cancellations"), f"show={ENDING}"),
        BuiltIn("planned", _("Scheduled changes"), "kind=pre_order&kind=reservation&kind=option_order&kind=limit"),
    ),
    lines=events_of,
    more=_more,
)
