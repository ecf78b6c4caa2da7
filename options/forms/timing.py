"""Forms by which an option grows today, on a later day or at its renewal."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from options.catalogue import CHANGE_QUANTITY, MODIFY
from options.forms.options import OptionForm, OptionQuantityForm, OptionUpgradeForm
from options.rules import timing
from options.rules.shared import find_held
from subscriptions.forms.timing import OnADayForm

if TYPE_CHECKING:
    from portal.vendor.client import OptionProduct


class OptionOnADayForm(OnADayForm, OptionForm):
    """
    Base of the forms by which an option grows.

    Attributes:
        task_type: what is scheduled for a day within the contract.
    """

    task_type: ClassVar[str]
    present: "OptionProduct | None" = None

    def prepare(self) -> None:
        """Begin with today, or with the day of a draft; say on which days nothing can be changed."""
        state = self.situation.state
        self.present = present = find_held(state, self.code)
        if present is not None:
            self.initial = {**self.initial, **timing.asked_before(state, present, self.initial)}
            self.offer_days(present.plan_end_date)
        super().prepare()

    def against(self, day: date) -> str:
        """Say why the option cannot grow on a day; empty if it can."""
        return timing.against(self.situation.state, self.code, self.task_type, day, self.situation.today)

    def why_on(self, day: date) -> str:
        """Say which change a day leads to; empty where there is none."""
        return timing.why(self.present, day, self.situation.today) if self.present else ""


class OptionQuantityOnForm(OptionOnADayForm, OptionQuantityForm):
    """How many more of an option, and from when on."""

    amount = "quantity"
    task_type = CHANGE_QUANTITY

    def change_on(self, day: date) -> timing.Asked | None:
        """Return the change for a later day; it takes the new total."""
        more, situation = self.cleaned_data["quantity"], self.situation
        return timing.more_on(situation.state, self.present, more, day, situation.today) if self.present else None


class OptionUpgradeOnForm(OptionOnADayForm, OptionUpgradeForm):
    """The higher sub option, and from when on."""

    amount = "sub_option_id"
    task_type = MODIFY

    def change_on(self, day: date) -> timing.Asked | None:
        """Return the change for a later day."""
        size, today = self.cleaned_data["sub_option_id"], self.situation.today
        return timing.size_on(self.present, size, day, today) if self.present else None
