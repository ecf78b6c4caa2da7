"""Filters of the list of requests."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.operations.models import Operation
from portal.operations.states import FOR_A_PERSON, WAITING, State

GROUPS: dict[str, tuple[State, ...]] = {
    "person": FOR_A_PERSON,
    "approval": (State.AWAITING_APPROVAL,),
    "unassigned": (State.UNASSIGNED,),
    "waiting": WAITING,
    "proposed": (State.PROPOSED,),
    "done": (State.SUCCEEDED,),
    "not_done": (State.REFUSED, State.NOT_APPLIED, State.STALE, State.CANCELED),
}
GROUP_NAMES = [
    ("person", _("Outcome unknown")),
    ("approval", _("Awaiting approval")),
    ("unassigned", _("Needs someone else")),
    ("waiting", _("Under way")),
    ("proposed", _("Proposed")),
    ("done", _("Done and seen")),
    ("not_done", _("Not done")),
]


class OperationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of the list of operations."""

    q = django_filters.CharFilter(label=_("Customer, person or number"), method="filter_text")
    group = django_filters.ChoiceFilter(
        label=_("State"), choices=GROUP_NAMES, method="filter_group", empty_label=_("All")
    )

    class Meta:
        model = Operation
        fields: list[str] = []

    def filter_text(self, queryset: Any, _name: str, value: str) -> Any:
        """Search names, and the number in any form: OP-2611-0042, 0042, 42, or a domainId."""
        wanted = Q(customer_name__icontains=value) | Q(proposed_by_name__icontains=value)
        digits = value.rsplit("-", 1)[-1]
        if digits.isascii() and digits.isdigit() and len(digits) < 18:
            wanted |= Q(pk=int(digits)) | Q(domain_id=int(digits))
        return queryset.filter(wanted)

    def filter_group(self, queryset: Any, _name: str, value: str) -> Any:
        """One group of states."""
        return queryset.filter(state__in=GROUPS[value])
