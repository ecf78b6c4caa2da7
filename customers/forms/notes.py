"""Forms for what the partner keeps of a customer: a note, the owner, a tag."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.models import Note, Tag
from customers.own_data import possible_owners
from portal.accounts.models import User
from portal.core.untrusted_text import INVISIBLE, SeenTextForm


class NoteForm(SeenTextForm):
    """What is to be known of a customer."""

    text = forms.CharField(
        label=_("New note"),
        max_length=Note.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter a note.")},
    )
    is_pinned = forms.BooleanField(label=_("Pin: show on all tabs of this customer"), required=False)


class OwnerForm(forms.Form):
    """Who looks after a customer."""

    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("No owner")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]  # a choice among rows


class TagForm(SeenTextForm):
    """A word for a customer."""

    tag = forms.CharField(
        label=_("Add tag"),
        max_length=40,
        widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"}),
        error_messages={"required": _("Enter a tag.")},
    )

    def clean_tag(self) -> str:
        """White space within a tag is one space."""
        name = " ".join(str(self.cleaned_data["tag"]).split())
        if not Tag.key_of(name):
            raise ValidationError(INVISIBLE, code="invisible")
        return name
