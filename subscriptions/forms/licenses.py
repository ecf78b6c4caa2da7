"""Form to add licenses, today, on a later day or at the renewal."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from portal.core.month_grid import first_of_next_month
from portal.core.rules import Verdict
from portal.operations.command_forms import DayField
from portal.operations.quick_picks import NEXT_MONTH, TODAY, QuickPick
from subscriptions.forms.contract import LicensesForm
from subscriptions.rules import timing
from subscriptions.rules.shared import day_after, find
from subscriptions.rules.timing import By

AT_RENEWAL = gettext_lazy("At renewal")


class LicensesOnForm(LicensesForm):
    """How many licenses to add, and from when on: the day decides by which change of LINE WORKS."""

    apply_date = DayField(label=gettext_lazy("Applies on"), required=False)

    def prepare(self) -> None:
        """Begin with today, or with the day and the number of a draft; say on which days nothing can be added."""
        state, today = self.situation.state, self.situation.today
        self.present = present = find(state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        self.initial = {**self.initial, **timing.asked_before(present, self.initial)}
        end, field = present.plan_end_date, cast(DayField, self.fields["apply_date"])
        last = day_after(end) if end else today
        field.allow(today, last, unless=lambda day: timing.against(state, present, day, today))
        wanted = {first_of_next_month(today): NEXT_MONTH, last: AT_RENEWAL, today: TODAY}
        field.picks = [QuickPick(day, wanted[day]) for day in sorted(wanted) if not field.reason(day)]
        blocks = (timing.scheduled_already(state, present), timing.ends_at_renewal(present))
        field.help_text = " ".join(filter(None, blocks))
        self.begin_with(apply_date=today)
        # The day is there already; the number is what people come for.
        if not self.is_bound:
            self.fields["add_license_count"].widget.attrs["autofocus"] = True

    def clean_apply_date(self) -> date:
        """Take an empty day for today; on a day on which nothing can be added, say why."""
        day = cast(date, self.cleaned_data.get("apply_date") or self.situation.today)
        if reason := cast(DayField, self.fields["apply_date"]).reason(day):
            raise forms.ValidationError(reason)
        return day

    def wish(self) -> dict[str, Any]:
        """Return how many."""
        return {"add_license_count": self.cleaned_data["add_license_count"]}

    def becomes(self) -> tuple[str, Mapping[str, Any]] | None:
        """Return the change that the day leads to."""
        if self.present is None:
            return None
        day, more = self.cleaned_data["apply_date"], self.cleaned_data["add_license_count"]
        found = timing.licenses_on(self.present, more, day, self.situation.today)
        return None if found is None or found[0] == By.NOW else (str(found[0]), found[1])

    def why(self) -> str:
        """Say which change the day leads to."""
        day = self.fields["apply_date"].clean(self["apply_date"].value()) or self.situation.today
        by = timing.by_what(self.present, day, self.situation.today) if self.present else None
        return timing.why(by, day) if by else ""

    def show(self, verdict: Verdict) -> None:
        """Put what stands against the number there, and what stands against the change on another day at the day."""
        for problem in verdict.problems:
            is_count = problem.at in ("add_license_count", "license_count")
            other = "apply_date" if self.becomes() else None
            self.add_error("add_license_count" if is_count else other, str(problem))
