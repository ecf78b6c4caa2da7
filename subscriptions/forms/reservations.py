"""Forms of the commands about scheduled changes."""

from datetime import date
from typing import cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.operations.command_forms import CommandForm, DayField, WholeNumberField, choices_of
from subscriptions.catalogue import LICENSE_PLANS
from subscriptions.forms.contract import LICENSES, PAID_PLAN, offer_paid
from subscriptions.rules import reservations
from subscriptions.rules.reservations import ADD_LICENSES, CANCEL, START_PAID, TYPES
from subscriptions.rules.shared import find, is_paid, task_of

WHAT = {
    START_PAID: gettext_lazy("It becomes paid"),
    ADD_LICENSES: gettext_lazy("Licenses are added"),
    CANCEL: gettext_lazy("It ends"),
}


class ReservationForm(CommandForm):
    """What is to happen to a subscription, and when; the fields follow what can be scheduled for its plan."""

    type = forms.ChoiceField(
        label=gettext_lazy("What happens"),
        choices=choices_of(TYPES, WHAT),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("This cannot be scheduled for this plan.")},
    )
    product_id = forms.ChoiceField(
        label=gettext_lazy("Product"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the products.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Plan"), widget=forms.RadioSelect, error_messages={"invalid_choice": PAID_PLAN}
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"), required=False, error_messages={"invalid": LICENSES}
    )
    apply_date = DayField(label=gettext_lazy("On"))

    def prepare(self) -> None:
        """Offer what is legal for the plan, on the days on which it is."""
        present = find(self.situation.state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        types = reservations.types_for(present)
        cast(forms.ChoiceField, self.fields["type"]).choices = choices_of(types, WHAT)
        if is_paid(present):
            del self.fields["product_id"], self.fields["plan"]
            self.fields["license_count"].help_text = gettext_lazy("How many to add, from 1.")
            self.needs = {"license_count": ("type", (ADD_LICENSES,))}
        else:
            offer_paid(self)
            self.fields["license_count"].help_text = gettext_lazy("All of them, from 1.")
            self.needs = {"license_count": ("plan", LICENSE_PLANS)}
        # The last of what can be scheduled has the longest window; the rules know that of each.
        _rule, first, last = reservations.window(present, types[-1] if types else "", self.situation.today)
        cast(DayField, self.fields["apply_date"]).allow(first, last)
        self.begin_with(type=types[0] if types else "", apply_date=first)


class ReservationMoveForm(CommandForm):
    """Another day for what is scheduled."""

    apply_date = DayField(label=gettext_lazy("On"))

    def prepare(self) -> None:
        """Begin with the present day, which cannot be picked again."""
        number = self.situation.target.ids["subscription_id"]
        present, task = find(self.situation.state, number), task_of(self.situation.state, number)
        if present is None or task is None:
            return
        planned = task.apply_date

        def taken(day: date) -> str:
            return _("It is scheduled for this day already") if day == planned else ""

        _rule, first, last = reservations.window(present, task.type, self.situation.today)
        cast(DayField, self.fields["apply_date"]).allow(first, last, unless=taken)
        self.begin_with(apply_date=planned)
