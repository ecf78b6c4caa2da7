"""Forms of the commands about scheduled changes."""

from collections.abc import Callable
from datetime import date
from typing import cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.catalogue import LICENSE_PLANS
from portal.core.labels import RESERVATIONS
from portal.operations.command_forms import CommandForm, DayField, WholeNumberField, choices_of
from subscriptions.forms.contract import AGREED, LICENSES, PAID_PLAN, offer_paid
from subscriptions.rules import reservations
from subscriptions.rules.reservations import ADD_LICENSES, CANCEL, TYPES
from subscriptions.rules.shared import day_after, find, free_day, is_paid, task_of


class ReservationForm(CommandForm):
    """What is to happen to a subscription, and when; the fields follow what can be scheduled for its plan."""

    type = forms.ChoiceField(
        label=gettext_lazy("Change to schedule"),
        choices=choices_of(TYPES, RESERVATIONS),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("This change can’t be scheduled for this plan.")},
    )
    product_id = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        widget=forms.RadioSelect,
        help_text=AGREED,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the plans.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Contract type"),
        widget=forms.RadioSelect,
        help_text=AGREED,
        error_messages={"invalid_choice": PAID_PLAN},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"), required=False, error_messages={"invalid": LICENSES}
    )
    apply_date = DayField(label=gettext_lazy("Scheduled date"))

    def prepare(self) -> None:
        """Offer what is legal for the plan, on the days on which it is."""
        present = find(self.situation.state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        types = reservations.types_for(present)
        cast(forms.ChoiceField, self.fields["type"]).choices = choices_of(types, RESERVATIONS)
        if is_paid(present):
            del self.fields["product_id"], self.fields["plan"]
            self.fields["license_count"].help_text = gettext_lazy("Number to add, 1 or more.")
            self.needs = {"license_count": ("type", (ADD_LICENSES,))}
        else:
            offer_paid(self)
            self.fields["license_count"].help_text = gettext_lazy("Total number, 1 or more.")
            self.needs = {"license_count": ("plan", LICENSE_PLANS)}
        self.begin_with(type=types[0] if types else "")
        # The last of what can be scheduled has the longest window; the rules know that of each.
        day = offer_days(self, types[-1] if types else "")
        # More licenses and a cancellation have different sensible days: with both to choose from there is none.
        if len(types) == 1 or self.initial["type"] == CANCEL:
            self.begin_with(apply_date=day)
        else:
            self.fields["apply_date"].help_text = gettext_lazy("Select a date for the change that you chose.")


class ReservationMoveForm(CommandForm):
    """Another day for what is scheduled."""

    apply_date = DayField(label=gettext_lazy("Scheduled date"))

    def prepare(self) -> None:
        """Begin with the present day, which cannot be picked again."""
        number = self.situation.target.ids["subscription_id"]
        present, task = find(self.situation.state, number), task_of(self.situation.state, number)
        if present is None or task is None:
            return
        planned = task.apply_date

        def taken(day: date) -> str:
            return _("Already the scheduled date") if day == planned else ""

        offer_days(self, task.type, unless=taken)
        self.fields["apply_date"].help_text = _("The current date is %(date)s.") % {"date": date_format(planned)}
        self.begin_with(apply_date=planned)


def offer_days(form: CommandForm, task_type: str, *, unless: Callable[[date], str] | None = None) -> date | None:
    """Offer the days on which a task may be scheduled, and return the one by which least is lost."""
    present = find(form.situation.state, form.situation.target.ids["subscription_id"])
    if present is None:
        return None
    field, today, end = cast(DayField, form.fields["apply_date"]), form.situation.today, present.plan_end_date
    _rule, first, last = reservations.window(present, task_type, today)
    field.allow(first, last, unless=unless)
    free = free_day(present) if task_type == CANCEL else None
    # A trial is used to its end; a contract too.
    return field.suggest(today, end=end, free=free, best=day_after(end) if end and task_type != ADD_LICENSES else None)
