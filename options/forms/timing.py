"""Forms by which an option grows today, on a later day or at its renewal."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy

from options.catalogue import CHANGE_QUANTITY, MODIFY
from options.forms.options import OptionForm, OptionQuantityForm, OptionUpgradeForm
from options.rules import timing
from options.rules.shared import find_held
from portal.core.month_grid import first_of_next_month
from portal.core.rules import Verdict
from portal.operations.command_forms import DayField
from portal.operations.quick_picks import NEXT_MONTH, TODAY, QuickPick
from subscriptions.forms.licenses import AT_RENEWAL
from subscriptions.rules.shared import day_after

if TYPE_CHECKING:
    from portal.vendor.client import OptionProduct


class OnADayForm(OptionForm):
    """
    Base of the forms whose day decides by which change of LINE WORKS an option grows.

    Attributes:
        amount: the field that says how far.
        task_type: what is scheduled for a day within the contract.
    """

    amount: ClassVar[str]
    task_type: ClassVar[str]
    present: "OptionProduct | None" = None

    apply_date = DayField(label=gettext_lazy("Applies on"), required=False)

    def prepare(self) -> None:
        """Begin with today, or with the day of a draft; say on which days nothing can be changed."""
        state, today = self.situation.state, self.situation.today
        self.present = present = find_held(state, self.code)
        if present is not None:
            self.initial = {**self.initial, **timing.asked_before(state, present, self.initial)}
            field, last = cast(DayField, self.fields["apply_date"]), day_after(present.plan_end_date)
            field.allow(today, last, unless=lambda day: timing.against(state, self.code, self.task_type, day, today))
            wanted = {first_of_next_month(today): NEXT_MONTH, last: AT_RENEWAL, today: TODAY}
            field.picks = [QuickPick(day, wanted[day]) for day in sorted(wanted) if not field.reason(day)]
            self.begin_with(apply_date=today)
        super().prepare()

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
        if self.present is None:
            return None
        return self.change_on(self.present, self.cleaned_data["apply_date"])

    def change_on(self, present: "OptionProduct", day: date) -> timing.Asked | None:
        """Return the change for a later day, with what it is asked for with; None for today."""
        raise NotImplementedError

    def why(self) -> str:
        """Say which change the day leads to."""
        day = self.fields["apply_date"].clean(self["apply_date"].value()) or self.situation.today
        return timing.why(self.present, day, self.situation.today) if self.present else ""

    def show(self, verdict: Verdict) -> None:
        """Put what stands against the amount there, and what stands against the change on another day at the day."""
        for problem in verdict.problems:
            other = "apply_date" if self.becomes() else None
            self.add_error(self.amount if problem.at == self.amount else other, str(problem))


class OptionQuantityOnForm(OnADayForm, OptionQuantityForm):
    """How many more of an option, and from when on."""

    amount = "quantity"
    task_type = CHANGE_QUANTITY

    def change_on(self, present: "OptionProduct", day: date) -> timing.Asked | None:
        """Return the change for a later day; it takes the new total."""
        more = self.cleaned_data["quantity"]
        return timing.more_on(self.situation.state, present, more, day, self.situation.today)


class OptionUpgradeOnForm(OnADayForm, OptionUpgradeForm):
    """The higher sub option, and from when on."""

    amount = "sub_option_id"
    task_type = MODIFY

    def change_on(self, present: "OptionProduct", day: date) -> timing.Asked | None:
        """Return the change for a later day."""
        return timing.size_on(present, self.cleaned_data["sub_option_id"], day, self.situation.today)
