"""The list of renewals by the day of the decision: filters, columns, views and files. No cell makes a query."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import django_filters
from django.core.paginator import Page
from django.db.models import OrderBy
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.exports import customer_columns
from customers.models import Customer
from portal.core.clock import business_today
from portal.core.counting import answered, keep, recall
from portal.core.exports import Column as FileColumn
from portal.core.exports import coded, in_batches
from portal.core.filters import YEARS, ChosenFilterSet, boxes, day
from portal.core.htmx import PortalRequest
from portal.core.labels import PLANS, listed
from portal.core.paging import Sort, in_order
from portal.desk import renewals, values
from portal.desk.renewal_rows import Row, heads_of, rows_of
from portal.desk.renewals import DEFAULT_SORT, SORTS, Alike, Rows, Stage
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed, row_head
from portal.lists.tabs import MOST_COUNTED
from portal.operations.priced import Period, period_words
from portal.ui.templatetags.figures import NOTHING, contract, seats, yen
from portal.ui.templatetags.times import ABSENT, days_left
from portal.ui.templatetags.ui import badge, icon
from subscriptions.models import Subscription

PERMISSION = "subscriptions.view_subscription"
WORDS = {
    Stage.UNDECIDED: gettext_lazy("Undecided"),
    Stage.DECIDED: gettext_lazy("Decided"),
    Stage.ACCEPTED: gettext_lazy("Accepted"),
    Stage.VERIFIED: gettext_lazy("Verified"),
}
# By how many dots are full
LOOKS = {
    Stage.UNDECIDED: "pd-stage-1",
    Stage.DECIDED: "pd-stage-2",
    Stage.ACCEPTED: "pd-stage-3",
    Stage.VERIFIED: "pd-stage-4",
}
# What each state means, for the key below the list.
MEANINGS = {
    Stage.UNDECIDED: gettext_lazy("nothing recorded: a contract renews unchanged, a trial ends"),
    Stage.DECIDED: gettext_lazy("decided, not set in LINE WORKS yet or nothing to send"),
    Stage.ACCEPTED: gettext_lazy("set in LINE WORKS"),
    Stage.VERIFIED: gettext_lazy("seen after contract end"),
}
# What nobody asks for by name: whatever is not verified, and not snoozed.
TO_DO = ""
SNOOZED = "snoozed"
STATES = [*((stage.name.lower(), words) for stage, words in WORDS.items()), (SNOOZED, gettext_lazy("Snoozed"))]
OWNERS = [("me", gettext_lazy("Me")), ("all", gettext_lazy("Everyone"))]


def _is_in(state: str, alike: Alike) -> bool:
    """Return whether rows with a stage and a snooze are of a state."""
    stage = Stage(alike.stage)
    if stage == Stage.VERIFIED or state == Stage.VERIFIED.name.lower():
        return state == stage.name.lower()
    if alike.snoozed or state == SNOOZED:
        return alike.snoozed and state == SNOOZED
    return state in (TO_DO, stage.name.lower())


class RenewalFilter(ChosenFilterSet):
    """The filters of the list; a value that there is not filters nothing."""

    q = django_filters.CharFilter(label=gettext_lazy("Customer, domain or ID"))
    owner = django_filters.ChoiceFilter(
        label=gettext_lazy("Owner"), choices=OWNERS, empty_label=gettext_lazy("Me and unassigned")
    )
    until = day(gettext_lazy("Contract end until"), validators=YEARS)
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=STATES, empty_label=gettext_lazy("To do"))
    plan = boxes(gettext_lazy("Contract type"), PLANS.items())

    class Meta:
        model = Subscription
        fields: list[str] = []

    @property
    def state_name(self) -> str:
        """Which state is shown."""
        return str(self.chosen.get("state", TO_DO))

    @property
    def qs(self) -> Rows:
        """The renewals of the state."""
        queue, seen = self.parts
        if self.state_name == Stage.VERIFIED.name.lower():
            return seen
        if self.state_name == SNOOZED:
            return queue.filter(snoozed=True)
        stages = [stage for stage in Stage if self.state_name in (TO_DO, stage.name.lower())]
        return renewals.of_stages(queue.filter(snoozed=False), stages)

    @cached_property
    def parts(self) -> tuple[Rows, Rows]:
        """What is not verified yet and what is, of any state."""
        today = business_today()
        queue, seen = renewals.queue(today, until=self.chosen.get("until")), renewals.verified(today)
        return self._narrowed(queue), self._narrowed(seen)

    def _narrowed(self, rows: Rows) -> Rows:
        if words := self.chosen.get("q"):
            rows = rows.filter(customer__in=Customer.objects.matching(words))
        if plans := self.chosen.get("plan"):
            rows = rows.filter(plan__in=plans)
        if self.chosen.get("owner") == "all":
            return rows
        mine = "owner" in self.chosen
        return renewals.of_owner(rows, self.request.user.pk, and_unassigned=not mine)

    @cached_property
    def counts(self) -> Sequence[Alike]:
        """How many there are of each deadline, stage and snooze, in one query for all states."""
        asked = repr([(name, value) for name, value in self.chosen.items() if name != "state"])
        key = ("renewals", business_today(), self.request.user.pk, asked)
        found: Sequence[Alike] | None = recall(key)
        if found is None:
            found = [Alike(*row) for row in answered(key, lambda: renewals.counted(*self.parts))]
            if sum(alike.number for alike in found) > MOST_COUNTED:
                keep(key, found)
        return found

    def counts_in(self, state: str) -> list[Alike]:
        """Return the counts of a state."""
        return [alike for alike in self.counts if _is_in(state, alike)]


class Shown:
    """
    Renewals in an order, with what the list shows of each.

    Which rows a page has is asked for first, by as little of them as it takes. What is shown is asked for these alone:
    nobody can tell PostgreSQL how few of all subscriptions are renewals, and it joins the rest row by row.
    """

    def __init__(self, rows: Rows, order: Sequence[OrderBy]) -> None:
        self._rows, self._order = rows, order

    def count(self) -> int:
        """Return how many there are."""
        return int(self._rows.count())

    def reverse(self) -> "Shown":
        """Return the same rows from the other end."""
        order = [each.copy() for each in self._order]
        for each in order:
            each.reverse_ordering()
        return Shown(self._rows, order)

    def iterator(self, chunk_size: int, /) -> Iterator[Any]:
        """Return all rows, some at a time."""
        for batch in in_batches(list(self._numbers()), chunk_size):
            yield from self._shown(batch)

    def __getitem__(self, places: slice, /) -> list[Any]:
        """Return some rows."""
        return self._shown(self._numbers()[places])

    def _numbers(self) -> Rows:
        return self._rows.order_by(*self._order).values_list("pk", flat=True)

    def _shown(self, numbers: Rows | Sequence[int]) -> list[Any]:
        return list(renewals.shown(self._rows.filter(pk__in=numbers)).order_by(*self._order))


def ordered(rows: Rows, sort: Sort) -> Shown:
    """Return the rows in an order."""
    return Shown(rows, in_order(SORTS[sort.key], sort, nullable=("license_count",)))


def _numbers(_request: PortalRequest, chosen: RenewalFilter) -> list[int]:
    states = (chosen.state_name, TO_DO, *(name for name, _words in STATES))
    return [sum(alike.number for alike in chosen.counts_in(state)) for state in states]


def _more(request: PortalRequest, chosen: RenewalFilter, _page: Page[Any]) -> Mapping[str, Any]:
    counts, owner = chosen.counts_in(chosen.state_name), str(chosen.chosen.get("owner", ""))
    owners = [("", _("Me and unassigned")), *OWNERS]
    book = values.prices_for(request.user)
    sums = values.sums_of(book, chosen.qs) if book else None
    return {"group_heads": heads_of(counts, business_today(), sums), "owners": owners, "owner": owner}


def _begin(row: Row) -> SafeString:
    return format_html("<tr id=r{}{}>", row.key, mark_safe(" class=is-snoozed") if row.subscription.snoozed else "")


def _due(row: Row, around: Around) -> SafeString:
    left = days_left(row.decide_by, around.today) if row.stage < Stage.VERIFIED else NOTHING
    return format_html("<td class=due>{}{}", date_format(row.decide_by, "SHORT_WEEKDAY_FORMAT"), left)


def _customer(row: Row, around: Around) -> SafeString:
    marks = NOTHING
    if row.is_unknown:
        marks += badge("unk", "circle-question-mark", _("Unknown"), dashed=True, plain=True)
    if row.in_grace:
        marks += badge("warn", "timer", _("Grace period"), plain=True)
    if row.case.note:
        marks += format_html("<small>{}</small>", row.case.note)
    return row_head(around, row.customer.get_absolute_url(), row.customer, marks)


def _contract(row: Row, _around: Around) -> SafeString:
    is_over = row.stage == Stage.VERIFIED or row.in_grace
    words = _("ended %(end)s") if is_over else _("ends %(end)s")
    return format_html(
        "<td>{}<small>{}</small>",
        contract(row.subscription.product_id, row.subscription.plan),
        listed((words % {"end": date_format(row.case.end_date, "SHORT_DATE_FORMAT")}, _worth(row))),
    )


def _worth(row: Row) -> str:
    if row.value is None:
        return ""
    words = _("%(amount)s a year") if row.value.period == Period.YEAR else _("%(amount)s a month")
    return words % {"amount": yen(row.value.amount)}


def _seats(row: Row, _around: Around) -> SafeString:
    use, licenses = row.use, row.subscription.license_count
    if use:
        shown = seats(use.users, None, use.of) if use.is_limit else seats(use.users, use.of)
    elif licenses is not None:
        shown = seats(None, licenses)
    else:
        shown = format_html("<i>{}</i>", _("no license limit"))
    return format_html("<td>{}", shown)


# htmx takes the name of a button along only where it says that it submits.
def _decision(row: Row, _around: Around) -> SafeString:
    decision = row.decision
    if row.menu:
        return render_to_string("desk/renewal_decide.html", {"row": row})
    if not decision.look:
        if not row.may_decide:
            return format_html("<td><i>{}</i>", decision.words)
        return format_html("<td><button type=submit form=open name=decide value={}>{}</button>", row.key, _("Decide…"))
    return format_html("<td>{}", decided(row))


def decided(row: Row) -> SafeString:
    """Show what was decided about a renewal."""
    decision = row.decision
    look = {"cancel": mark_safe('"pd-sched is-cancel"'), "fact": mark_safe('"pd-sched is-fact"')}
    words = format_html('<a href="{}">{}</a>', decision.address, decision.words) if decision.address else decision.words
    return format_html(
        "<span class={}>{}{}</span>{}",
        look.get(decision.look, "pd-sched"),
        icon("calendar-x" if decision.look == "cancel" else "calendar-sync"),
        words,
        format_html("<small>{}</small>", decision.detail) if decision.detail else "",
    )


def _state(row: Row, _around: Around) -> SafeString:
    until = row.case.snoozed_until
    if not (row.subscription.snoozed and until):
        return format_html("<td class={}>{}", LOOKS[row.stage], WORDS[row.stage])
    words = _("Until %(until)s") % {"until": date_format(until, "MONTH_DAY_FORMAT")}
    return format_html("<td>{}{}<small>{}</small>", icon("clock-alert"), words, row.case.snooze_reason)


def _owner(row: Row, _around: Around) -> SafeString:
    if row.case.owner_name:
        return format_html("<td><bdi lang=ja>{}</bdi>", row.case.owner_name)
    if row.may_decide and row.stage < Stage.VERIFIED:
        return format_html(
            "<td><button type=submit form=take name=assign value={}>{}</button>", row.key, _("Assign to me")
        )
    return format_html("<td>{}", ABSENT)


def _actions(row: Row, _around: Around) -> SafeString:
    if row.menu:
        found = {"row": row, "case": row.case, "menu": row.menu, "csrf_token": row.menu.token}
        return render_to_string("desk/renewal_menu.html", found)
    if not row.may_decide or row.stage == Stage.VERIFIED or not row.decision.look:
        return mark_safe("<td>")  # what is not decided has a button for that, which opens this menu too
    # Its name is the head of the column.
    return format_html(
        "<td class=num><button type=submit form=open name=more value={} aria-labelledby=head-more>⋯</button>", row.key
    )


LISTING: Listing[Row] = Listing(
    name="renewals",
    permission=PERMISSION,
    template="desk/renewal_list.html",
    words=Words(
        title=gettext_lazy("Renewals"),
        lead=gettext_lazy(
            "Decide by: the last working day before the contract end, or before the end of the trial grace period"
            " (estimated)."
        ),
        section=gettext_lazy("Renewals by decision date"),
        table=gettext_lazy("Table of renewals"),
        placeholder=gettext_lazy("Customer, domain or ID"),
        all_rows=gettext_lazy("To do"),
        no_match=gettext_lazy("No renewals here."),
        show_all=gettext_lazy("Show all that is to do"),
        nothing_yet=gettext_lazy("No renewals here."),
        hint=gettext_lazy("Other states and other owners may have some."),
    ),
    icon="calendar-check",
    table_class="pd-queue is-stacked",
    filters=RenewalFilter,
    rows=Subscription.objects.none,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("due", gettext_lazy("Decide by"), _due, is_fixed=True),
        Column("name", gettext_lazy("Customer"), _customer, is_fixed=True),
        headed("code", gettext_lazy("Customer code"), lambda row, _around: row.customer.customer_code, is_extra=True),
        headed("id", gettext_lazy("Subscription ID"), lambda row, _a: row.subscription.subscription_id, is_extra=True),
        headed("tags", gettext_lazy("Tags"), lambda row, _a: listed(row.subscription.tag_names), is_extra=True),
        Column("contract", gettext_lazy("Contract"), _contract),
        Column("licenses", gettext_lazy("Users / licenses"), _seats),
        Column("decision", gettext_lazy("Decision"), _decision, is_fixed=True),
        Column("state", gettext_lazy("State"), _state),
        Column("owner", gettext_lazy("Owner"), _owner),
        Column("more", gettext_lazy("Owner, snooze and note"), _actions, is_fixed=True, hides_head=True),
    ),
    exported=(
        FileColumn(gettext_lazy("Decide by"), lambda row: row.decide_by, "due"),
        *customer_columns(lambda row: row.customer),
        FileColumn(gettext_lazy("Subscription ID"), lambda row: row.subscription.subscription_id, "name"),
        *coded(gettext_lazy("Plan"), "product", lambda row: row.subscription.product_id, "contract"),
        *coded(gettext_lazy("Contract type"), "plan", lambda row: row.subscription.plan, "contract"),
        FileColumn(gettext_lazy("Contract end"), lambda row: row.case.end_date, "contract"),
        FileColumn(
            gettext_lazy("Amount ¥, estimated"), lambda row: row.value.amount if row.value else None, "contract"
        ),
        FileColumn(
            pgettext_lazy("head of a column", "Per"),
            lambda row: period_words(row.value.period) if row.value else "",
            "contract",
        ),
        FileColumn(gettext_lazy("Number of users"), lambda row: row.use.users if row.use else None, "licenses"),
        FileColumn(gettext_lazy("Number of licenses"), lambda row: row.subscription.license_count, "licenses"),
        FileColumn(gettext_lazy("Decision"), lambda row: row.decision.words, "decision"),
        FileColumn(gettext_lazy("State"), lambda row: str(WORDS[row.stage]), "state"),
        FileColumn(
            gettext_lazy("Snoozed until"),
            lambda row: row.case.snoozed_until if row.subscription.snoozed else None,
            "state",
        ),
        FileColumn(gettext_lazy("Owner"), lambda row: row.case.owner_name, "owner"),
        FileColumn(gettext_lazy("Tags"), lambda row: listed(row.subscription.tag_names), "tags"),
        FileColumn(gettext_lazy("Note"), lambda row: row.case.note, "name"),
    ),
    picked=lambda row: (row.key, row.customer),
    built_in=tuple(BuiltIn(name, words, f"state={name}") for name, words in STATES),
    lines=rows_of,
    counts=_numbers,
    row=_begin,
    group=lambda row: row.stretch,
    more=_more,
    beside_views=("q", "owner", "until", "plan"),
)
