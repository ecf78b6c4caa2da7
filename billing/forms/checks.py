"""Forms of the check of a month."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Choice

MOST_CHARACTERS = 500


class CauseForm(forms.Form):
    """The cause that a person chooses for a difference."""

    choice = forms.ChoiceField(
        label=pgettext_lazy("a difference", "Cause"),
        choices=[("", _("Choose a cause")), *Choice.choices],
        error_messages={"required": _("Choose a cause.")},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=MOST_CHARACTERS,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "lang": "ja", "autocomplete": "off"}),
    )


class SignOffForm(forms.Form):
    """What a person says when signing a month off."""

    note = forms.CharField(
        label=_("Note"),
        max_length=MOST_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "lang": "ja"}),
    )
    # The check that the person sees.
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
