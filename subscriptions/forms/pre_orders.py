"""Forms of the commands about pre-orders."""

from datetime import date
from typing import cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.labels import PLANS, PRODUCTS
from portal.operations.command_forms import CommandForm, DayField, WholeNumberField, choices_of
from subscriptions.rules import pre_orders


class PreOrderForm(CommandForm):
    """What a new pre-order is asked with."""

    needs = {"license_count": ("plan", pre_orders.LICENSE_PLANS)}

    product_id = forms.ChoiceField(
        label=gettext_lazy("Product"),
        choices=choices_of(pre_orders.PRODUCTS, PRODUCTS),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose Standard or Advanced.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        choices=choices_of(pre_orders.PAID_PLANS, PLANS),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the paid plans.")},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"),
        required=False,
        help_text=gettext_lazy("From 1. They are held from the start; fewer are possible only at a renewal."),
        error_messages={"invalid": gettext_lazy("Give a whole number of licenses, such as 10.")},
    )
    apply_date = DayField(label=gettext_lazy("Starts on"), help_text=gettext_lazy("Tomorrow to 31 days ahead."))

    def prepare(self) -> None:
        """Begin with the latest start of the plan that is ordered most."""
        first, last = pre_orders.pre_order_window(self.situation.today)
        cast(DayField, self.fields["apply_date"]).allow(first, last)
        self.begin_with(product_id="STD", plan="ANNUAL_LICENSE", apply_date=last)


class PreOrderMoveForm(CommandForm):
    """The new day of a pre-order."""

    apply_date = DayField(label=gettext_lazy("Starts on"), help_text=gettext_lazy("Tomorrow to 31 days ahead."))

    def prepare(self) -> None:
        """Begin with the present day, which cannot be picked again."""
        number = self.situation.target.ids["pre_order_id"]
        present = pre_orders.find_pre_order(self.situation.state, number)
        if present is None:
            return

        def taken(day: date) -> str:
            return _("It starts on this day already") if day == present.apply_date else ""

        cast(DayField, self.fields["apply_date"]).allow(
            *pre_orders.pre_order_window(self.situation.today), unless=taken
        )
        self.begin_with(apply_date=present.apply_date)
