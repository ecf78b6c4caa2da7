"""Filters of detected changes; they are part of the address."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from portal.sync.history import choices
from portal.sync.models import DetectedChange


class ObservationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
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

    @property
    def chosen(self) -> dict[str, Any]:
        """What is filtered by, by name; a value that there is not filters nothing."""
        self.form.full_clean()
        return {name: value for name, value in self.form.cleaned_data.items() if value}
