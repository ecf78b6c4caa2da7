"""Forms of saved views."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import ROLE_NAMES, Role, role_of
from portal.lists.models import LONGEST_QUERY, MOST_VIEWS, SavedView


def roles_to_share_with(person: User) -> list[Role]:
    """Return the roles with which a person may share: the own one; any for an administrator."""
    own = role_of(person)
    return list(Role) if own == Role.ADMINISTRATOR else [own] if own else []


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]  # Django is not generic at run time
    """The name of a view, and who sees it."""

    class Meta:
        model = SavedView
        fields = ["name", "role"]

    role = forms.ChoiceField(label=_("Visible to"), required=False)

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        # A view stays shared with the role that it is shared with, whatever its owner may do now.
        shared = {*roles_to_share_with(person), *({self.instance.role} - {""})}
        words = [(role.value, _("Everyone with the role %(role)s")) for role in Role if role in shared]
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # it is a field of choices
            ("", _("Only me")),
            *((role, words_ % {"role": ROLE_NAMES[Role(role)]}) for role, words_ in words),
        ]

    def clean_name(self) -> str:
        """Refuse a name that the person's views of this list have already."""
        name: str = self.cleaned_data["name"]
        others = SavedView.objects.filter(owner_id=self.instance.owner_id, listing=self.instance.listing)
        if others.exclude(pk=self.instance.pk).filter(name=name).exists():
            raise forms.ValidationError(_("You already have a view with this name."))
        return name

    def clean(self) -> dict[str, Any] | None:
        """Refuse one view too many, and an address that is too long to be one."""
        view = self.instance
        if len(view.query) > LONGEST_QUERY:
            raise forms.ValidationError(_("There are too many filters to save. Nothing was saved."))
        if view.pk is None and SavedView.objects.filter(owner=view.owner, listing=view.listing).count() >= MOST_VIEWS:
            words = _("You have %(count)s views of this list, which is the most. Delete one first.")
            raise forms.ValidationError(words % {"count": MOST_VIEWS})
        return super().clean()
