"""Base of the forms whose day decides by which change of LINE WORKS something grows."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy

from portal.core.month_grid import first_of_next_month
from portal.core.rules import Verdict
from portal.operations.command_forms import CommandForm, DayField
from portal.operations.quick_picks import NEXT_MONTH, TODAY, QuickPick
from subscriptions.rules.shared import day_after

AT_RENEWAL = gettext_lazy("At renewal")


class OnADayForm(CommandForm):
    """
    How far something grows, and from when on: today, on a later day or at its renewal.

    Attributes:
        amount: the field that says how far.
        total: what the changes for later call the amount, where that is another name.
        present: what grows; None where the customer does not have it.
    """

    amount: ClassVar[str]
    total: ClassVar[str | None] = None
    present: Any = None

    apply_date = DayField(label=gettext_lazy("Applies on"), required=False)

    def offer_days(self, end: date | None) -> None:
        """Begin with today; say on which days until the renewal nothing can be changed."""
        today, field = self.situation.today, cast(DayField, self.fields["apply_date"])
        last = day_after(end) if end else today
        field.allow(today, last, unless=self.against)
        wanted = {first_of_next_month(today): NEXT_MONTH, last: AT_RENEWAL, today: TODAY}
        field.picks = [QuickPick(day, wanted[day]) for day in sorted(wanted) if not field.reason(day)]
        self.begin_with(apply_date=today)

    def against(self, day: date) -> str:
        """Say why nothing can be changed on a day; empty if it can."""
        raise NotImplementedError

    def change_on(self, day: date) -> tuple[str, Mapping[str, Any]] | None:
        """Return the change for a later day, with what it is asked for with; None for today."""
        raise NotImplementedError

    def why_on(self, day: date) -> str:
        """Say which change a day leads to; empty where there is none."""
        raise NotImplementedError

    def clean_apply_date(self) -> date:
        """Take an empty day for today; on a day on which nothing can be changed, say why."""
        day = cast(date, self.cleaned_data.get("apply_date") or self.situation.today)
        if reason := cast(DayField, self.fields["apply_date"]).reason(day):
            raise forms.ValidationError(reason)
        return day

    def wish(self) -> dict[str, Any]:
        """Return how far; the day is not asked of LINE WORKS where it is today."""
        return {self.amount: self.cleaned_data[self.amount]}

    def becomes(self) -> tuple[str, Mapping[str, Any]] | None:
        """Return the change that the day leads to."""
        return None if self.present is None else self.change_on(self.cleaned_data["apply_date"])

    def why(self) -> str:
        """Say which change the day leads to."""
        day = self.fields["apply_date"].clean(self["apply_date"].value()) or self.situation.today
        return self.why_on(day) if self.present else ""

    def show(self, verdict: Verdict) -> None:
        """Put what stands against the amount there, and what stands against the change on another day at the day."""
        for problem in verdict.problems:
            other = "apply_date" if self.becomes() else None
            self.add_error(self.amount if problem.at in (self.amount, self.total) else other, str(problem))
