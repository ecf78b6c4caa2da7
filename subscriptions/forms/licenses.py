"""Form to add licenses, today, on a later day or at the renewal."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from subscriptions.forms.contract import LicensesForm
from subscriptions.forms.timing import OnADayForm
from subscriptions.rules import timing
from subscriptions.rules.shared import find
from subscriptions.rules.timing import By

if TYPE_CHECKING:
    from portal.vendor.client import Subscription


class LicensesOnForm(OnADayForm, LicensesForm):
    """How many licenses to add, and from when on: the day decides by which change of LINE WORKS."""

    amount = "add_license_count"
    total = "license_count"
    present: "Subscription | None" = None

    def prepare(self) -> None:
        """Begin with today, or with the day and the number of a draft; say on which days nothing can be added."""
        state = self.situation.state
        self.present = present = find(state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        self.initial = {**self.initial, **timing.asked_before(present, self.initial)}
        self.offer_days(present.plan_end_date)
        blocks = (timing.scheduled_already(state, present), timing.ends_at_renewal(present))
        self.fields["apply_date"].help_text = " ".join(filter(None, blocks))
        # The day is there already; the number is what people come for.
        if not self.is_bound:
            self.fields["add_license_count"].widget.attrs["autofocus"] = True

    def against(self, day: date) -> str:
        """Say why no licenses can be added on a day; empty if they can."""
        return timing.against(self.situation.state, self.present, day, self.situation.today) if self.present else ""

    def change_on(self, day: date) -> tuple[str, Mapping[str, Any]] | None:
        """Return the change for a later day."""
        more, today = self.cleaned_data["add_license_count"], self.situation.today
        found = timing.licenses_on(self.present, more, day, today) if self.present else None
        return None if found is None or found[0] == By.NOW else (str(found[0]), found[1])

    def why_on(self, day: date) -> str:
        """Say which change a day leads to; empty where there is none."""
        return timing.why(self.present, day, self.situation.today) if self.present else ""
