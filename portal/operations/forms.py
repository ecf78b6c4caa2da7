"""Forms for submitting a request, recording its result, and the approval policy."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.untrusted_text import SeenTextForm
from portal.operations.command_forms import WholeNumberField


class ConfirmForm(SeenTextForm):
    """Why an operation is to be sent."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why: it is kept with the order.")},
    )
    reference = forms.CharField(label=_("Reference"), max_length=80, required=False)


class PolicyForm(SeenTextForm):
    """What needs a second person, across the kinds."""

    grave = forms.BooleanField(label=_("Everything that deletes or cancels"), required=False)
    licenses_above = WholeNumberField(
        label=_("More licenses at once than"),
        help_text=_("Empty: no number of licenses needs a second person."),
        required=False,
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "invalid": _("Give a whole number, such as 100, or leave it empty."),
            "min_value": _("Give a whole number from 0, or leave it empty."),
            "max_value": _("No order adds more than 1,000,000 licenses."),
        },
    )


class SettleForm(SeenTextForm):
    """What became of an operation, by a person's word."""

    applied = forms.TypedChoiceField(
        label=_("What happened"),
        choices=[("yes", _("It was applied")), ("no", _("It was not applied"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    how_known = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        error_messages={"required": _("Say who told, and when: it is kept with the order.")},
    )
