"""Forms of the commands about pre-orders."""

from datetime import date
from typing import cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.labels import PLANS, PRODUCTS
from portal.operations.command_forms import CommandForm, DayField, WholeNumberField, choices_of
from subscriptions.forms.contract import AGREED
from subscriptions.rules import pre_orders


class PreOrderForm(CommandForm):
    """What a new pre-order is asked with."""

    needs = {"license_count": ("plan", pre_orders.LICENSE_PLANS)}

    product_id = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        choices=choices_of(pre_orders.PRODUCTS, PRODUCTS),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose Standard or Advanced.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Contract type"),
        choices=choices_of(pre_orders.PAID_PLANS, PLANS),
        widget=forms.RadioSelect,
        help_text=AGREED,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the contract types.")},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"),
        required=False,
        help_text=gettext_lazy("Enter 1 or more. You can reduce licenses only at renewal."),
        error_messages={"invalid": gettext_lazy("Enter a whole number of licenses, such as 10.")},
    )
    apply_date = DayField(label=gettext_lazy("Start date"), help_text=gettext_lazy("From tomorrow to 31 days ahead."))

    def prepare(self) -> None:
        """Begin with Standard and a sensible day; for how long the customer binds itself nobody chooses for it."""
        today, field = self.situation.today, cast(DayField, self.fields["apply_date"])
        field.allow(*pre_orders.pre_order_window(today))
        self.begin_with(product_id="STD", apply_date=field.suggest(today))


class PreOrderMoveForm(CommandForm):
    """The new day of a pre-order."""

    apply_date = DayField(label=gettext_lazy("Start date"), help_text=gettext_lazy("From tomorrow to 31 days ahead."))

    def prepare(self) -> None:
        """Begin with the present day, which cannot be picked again."""
        number = self.situation.target.ids["pre_order_id"]
        present = pre_orders.find_pre_order(self.situation.state, number)
        if present is None:
            return

        def taken(day: date) -> str:
            return _("Already the start date") if day == present.apply_date else ""

        field = cast(DayField, self.fields["apply_date"])
        field.allow(*pre_orders.pre_order_window(self.situation.today), unless=taken)
        field.suggest(self.situation.today)
        self.begin_with(apply_date=present.apply_date)
