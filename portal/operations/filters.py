"""The list of requests: its groups, its filters, and requests with one step and with several in one order."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core.filters import YEARS, begin_of, day
from portal.core.paging import Sort
from portal.operations.bundle_repair import NOT_GONE_ON
from portal.operations.eligibility import for_decision_by
from portal.operations.models import Bundle, Operation, took_part
from portal.operations.states import FOR_A_PERSON, WAITING, BundleState, State

GROUPS: dict[str, tuple[str, ...]] = {
    "person": FOR_A_PERSON,
    "stopped": (BundleState.STOPPED,),
    "approval": (State.AWAITING_APPROVAL,),
    "returned": (State.RETURNED,),
    "unassigned": (State.UNASSIGNED,),
    "waiting": (*WAITING, BundleState.RUNNING),
    "done": (State.SUCCEEDED,),
    "not_done": (State.REFUSED, State.NOT_APPLIED, State.STALE, State.REJECTED, State.CANCELED),
}
GROUP_NAMES = [
    ("person", _("Outcome unknown")),
    ("stopped", _("Stopped")),
    ("approval", _("Awaiting approval")),
    ("returned", _("Returned")),
    ("unassigned", _("Needs someone else")),
    ("waiting", _("In progress")),
    ("done", _("Completed")),
    ("not_done", _("Not completed")),
]
# What waits for one person. Whoever cannot approve has nothing to approve.
OWN_GROUP_NAMES = [
    ("to_approve", _("Awaiting your approval")),
    ("to_correct", _("Returned to you")),
]


ALL_GROUPS = tuple(name for name, _words in (*OWN_GROUP_NAMES, *GROUP_NAMES))
# What both tables have, and the list can be sorted by
COLUMNS = ("proposed_at", "sort_name", "proposed_by_name", "state")
SORTS: dict[str, tuple[str, ...]] = {
    "at": ("proposed_at",),
    "customer": ("sort_name", "proposed_at"),
    "by": ("proposed_by_name", "proposed_at"),
    "state": ("state", "proposed_at"),
}
DEFAULT_SORT = "-at"
TABLES: Mapping[str, type[Operation] | type[Bundle]] = {"operation": Operation, "bundle": Bundle}


class _OfTable(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of the list of requests, for one of its tables."""

    q = django_filters.CharFilter(label=_("Customer, requester, or request number"), method="filter_text")
    group = django_filters.ChoiceFilter(
        label=_("State"), choices=[*OWN_GROUP_NAMES, *GROUP_NAMES], method="filter_group", empty_label=_("All")
    )
    by = django_filters.ChoiceFilter(
        label=_("Requested by"), choices=[("me", _("Me"))], method="filter_by", empty_label=_("Anyone")
    )
    since = day(_("Requested from"), method="filter_since", validators=YEARS)
    until = day(_("Requested to"), method="filter_until", validators=YEARS)

    class Meta:
        model = Operation
        fields: list[str] = []

    def filter_text(self, queryset: Any, _name: str, value: str) -> Any:
        """Search names, and the number in any form: OP-2611-0042, 0042, 42, or a domainId."""
        wanted = Q(customer_name__icontains=value) | Q(proposed_by_name__icontains=value)
        digits = value.rsplit("-", 1)[-1]
        if digits.isascii() and digits.isdigit() and len(digits) < 18:
            wanted |= Q(domain_id=int(digits))
            prefix = value.partition("-")[0].strip().upper()
            others = {model.ref_prefix for model in TABLES.values()} - {queryset.model.ref_prefix}
            if prefix not in others:
                wanted |= Q(pk=int(digits))
        return queryset.filter(wanted)

    def filter_group(self, queryset: Any, _name: str, value: str) -> Any:
        """One group of states."""
        return queryset.filter(_in_group(queryset.model, value, self.request.user))

    def filter_by(self, queryset: Any, _name: str, _value: str) -> Any:
        """What the person who asks requested."""
        return queryset.filter(proposed_by_id=self.request.user.pk)

    def filter_since(self, queryset: Any, _name: str, value: date) -> Any:
        """Requested on that day or later."""
        return queryset.filter(proposed_at__gte=begin_of(value))

    def filter_until(self, queryset: Any, _name: str, value: date) -> Any:
        """Requested on that day or before."""
        return queryset.filter(proposed_at__lt=begin_of(value + timedelta(days=1)))

    def filter_queryset(self, queryset: Any) -> Any:
        """
        Leave out drafts, which are nobody's but their author's.

        The step of a multi-step request shows by itself only where its outcome is unknown: there somebody decides.
        """
        found = super().filter_queryset(queryset).exclude(state=State.PROPOSED.value)
        if queryset.model is Operation and self.form.cleaned_data.get("group") != "person":
            found = found.filter(bundle_step=None)
        return found


class RequestFilter(_OfTable):
    """
    The filters of the list of requests.

    What they find are rows of ``table`` (one of ``TABLES``), ``pk`` and ``COLUMNS``: requests with one step, and those
    with several.
    """

    @property
    def qs(self) -> QuerySet[Any]:
        """What both tables have of it, in no order."""
        operations, bundles = (
            _OfTable(self.data, queryset=model._default_manager.order_by(), request=self.request)
            .qs.annotate(table=Value(name))
            .values("table", "pk", *COLUMNS)
            for name, model in TABLES.items()
        )
        found: QuerySet[Any] = operations.union(bundles, all=True)
        return found


def ordered(rows: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    """Return what ``RequestFilter`` found in an order."""
    sign = "-" if sort.descending else ""
    return rows.order_by(*(f"{sign}{name}" for name in (*SORTS[sort.key], "pk", "table")))


def count_groups(person: User, names: Collection[str] = ALL_GROUPS) -> dict[str, int]:
    """Return how many requests a person finds in each group, or in some, by its name: as many as the list has."""
    counts = dict.fromkeys(names, 0)
    for model in TABLES.values():
        within = {name: _in_group(model, name, person) for name in names}
        found = model._default_manager.aggregate(**{name: Count("pk", filter=each) for name, each in within.items()})
        counts = {name: count + found[name] for name, count in counts.items()}
    return counts


def _in_group(model: type[Operation] | type[Bundle], group: str, person: User) -> Q:
    """Return the condition of a group. One that stopped needs no more attention once another one goes on from it."""
    if group == "to_approve":
        return _in_group(model, "approval", person) & for_decision_by(person)
    if group == "to_correct":
        return _in_group(model, "returned", person) & took_part(person.pk)
    found = Q(state__in=GROUPS[group])
    if model is Operation:
        return found if group == "person" else found & Q(bundle_step=None)
    gone_on = Q(Exists(Bundle.objects.exclude(state__in=NOT_GONE_ON).filter(continues=OuterRef("pk"))))
    if group == "stopped":
        return found & ~gone_on
    return found | (Q(state=BundleState.STOPPED) & gone_on) if group == "not_done" else found
