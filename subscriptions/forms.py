"""The forms of this app: they check types and say the rules' problems at the right field."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.rulebook import Verdict
from portal.words import PLANS, PRODUCTS
from subscriptions import rules
from subscriptions.rules import PreOrderAdd, PreOrderMove


class PreOrderForm(forms.Form):
    """What a new pre-order is asked with."""

    product_id = forms.ChoiceField(
        label=_("Product"),
        choices=[(code, PRODUCTS[code]) for code in rules.PRODUCTS],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose Standard or Advanced.")},
    )
    plan = forms.ChoiceField(
        label=_("Plan"),
        choices=[(code, PLANS[code]) for code in rules.PAID_PLANS],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the paid plans.")},
    )
    license_count = forms.IntegerField(
        label=_("Licences"),
        required=False,
        localize=False,
        error_messages={"invalid": _("Give a whole number of licences, such as 10.")},
    )
    apply_date = forms.DateField(
        label=_("Starts on"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Give the day as YYYY-MM-DD, or pick one.")},
    )

    def to_request(self) -> PreOrderAdd:
        """Answer what is asked for; only of a valid form."""
        asked = dict(self.cleaned_data)
        if asked["license_count"] is None:
            del asked["license_count"]
        return PreOrderAdd.model_validate(asked)


class PreOrderMoveForm(forms.Form):
    """The new day of a pre-order."""

    apply_date = forms.DateField(
        label=_("Starts on"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Give the day as YYYY-MM-DD, or pick one.")},
    )

    def to_request(self, pre_order_id: int) -> PreOrderMove:
        """Answer what is asked for; only of a valid form."""
        day: date = self.cleaned_data["apply_date"]
        return PreOrderMove(pre_order_id=pre_order_id, apply_date=day)


def show_problems(form: forms.Form, verdict: Verdict) -> None:
    """Put each problem at the field it is about, or above the form."""
    fields: dict[str, Any] = form.fields
    for problem in verdict.problems:
        form.add_error(problem.at if problem.at in fields else None, str(problem))
