"""Filters that several lists have."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from portal.core.clock import business_zone

# LINE WORKS's service is younger, and no calendar is of use beyond.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
YEARS = (MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY))
# More than LINE WORKS sells of anything.
_MOST = 1_000_000_000


class ChosenFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """Filters that say what they filter by, for rows that one queryset doesn't find."""

    @cached_property
    def chosen(self) -> Mapping[str, Any]:
        """What is filtered by, by name; a value that there is not filters nothing."""
        self.form.full_clean()
        return {name: value for name, value in self.form.cleaned_data.items() if value}


class WholeNumberFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter publishes no types
    """A number without fractions, from 0."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=_MOST, **options)


def boxes(label: str | Promise, choices: Any, **options: Any) -> Any:
    """Return a filter for any of several choices, as boxes to tick."""
    return django_filters.MultipleChoiceFilter(
        label=label, choices=list(choices), widget=forms.CheckboxSelectMultiple, **options
    )


def day(label: str | Promise, **options: Any) -> Any:
    """Return a filter for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(label=label, widget=widget, **options)


class _MonthField(forms.DateField):
    """A month, as its first day."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    input_formats = ("%Y-%m",)

    def in_words(self, value: date) -> str:
        """Return a month as pages name it."""
        return date_format(value, "YEAR_MONTH_FORMAT")


class MonthFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter publishes no types
    """A month; columns hold its first day."""

    field_class = _MonthField


def begin_of(value: date) -> datetime:
    """Return the moment at which a day begins, in the business time zone."""
    return datetime.combine(value, time(), tzinfo=business_zone())


def contract_end(column: str = "end_date") -> tuple[Any, Any]:
    """Return the filters from and to the end of a contract."""
    return (
        day(_("Contract end from"), field_name=column, lookup_expr="gte"),
        day(_("Contract end to"), field_name=column, lookup_expr="lte"),
    )


class _UseFilter(WholeNumberFilter):
    """Users of licenses, in percent; rows without licenses have no such share."""

    def __init__(self, licenses: str, lookup_expr: str, **options: Any) -> None:
        super().__init__(lookup_expr=lookup_expr, **options)
        self.licenses = licenses

    def filter(self, queryset: Any, value: int | None) -> Any:
        if value is None:
            return queryset
        hundredfold = queryset.alias(hundredfold=F("users") * 100)
        return hundredfold.filter(
            **{f"{self.licenses}__gt": 0, f"hundredfold__{self.lookup_expr}": F(self.licenses) * value}
        )


def use_of(licenses: str) -> tuple[Any, Any]:
    """
    Return the filters from and to the share of licenses that have users.

    Args:
        licenses: the column of rows that also have ``users``.
    """
    return (
        _UseFilter(licenses, "gte", label=_("Users of licenses from (%)")),
        _UseFilter(licenses, "lte", label=_("Users of licenses to (%)")),
    )
