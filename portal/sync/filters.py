"""Filters of detected changes; they are part of the address."""

import django_filters
from django.utils.translation import gettext_lazy as _

from portal.core.filters import ChosenFilterSet
from portal.sync.history import choices
from portal.sync.models import DetectedChange


class ObservationFilter(ChosenFilterSet):
    """The filters that every list of changes has."""

    resource = django_filters.ChoiceFilter(label=_("Data"), choices=choices, empty_label=_("All"))
    cause = django_filters.ChoiceFilter(
        label=_("Cause"),
        choices=DetectedChange.Cause.choices,
        empty_label=_("All changes"),
    )

    class Meta:
        model = DetectedChange
        fields: list[str] = []
