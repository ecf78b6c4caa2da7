"""Page: which e-mails one gets."""

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundWidget
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.models import User
from portal.core.htmx import PortalRequest, redirect_after_post
from portal.core.untrusted_text import SeenTextForm
from portal.mail.kinds import MailKind
from portal.mail.posting import choose, is_configured, kinds_for


class MailForm(SeenTextForm):
    """The kinds of e-mail to tick."""

    def __init__(self, data: QueryDict | None, person: User) -> None:
        offered = kinds_for(person)
        super().__init__(data, initial={"wanted": [kind.name for kind, is_wanted in offered if is_wanted]})
        self.offered = [kind for kind, _wanted in offered]
        self.fields["wanted"] = forms.MultipleChoiceField(
            label=_("Send me"),
            choices=[(kind.name, str(kind.label)) for kind in self.offered],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def ticks(self) -> list[tuple[BoundWidget, MailKind]]:
        """Return each box to tick with the kind that it is for."""
        return list(zip(self["wanted"].subwidgets, self.offered, strict=True))


@require_http_methods(["GET", "HEAD", "POST"])
def own_mails(request: PortalRequest) -> HttpResponse:
    """Show and change which e-mails the person who looks gets."""
    form = MailForm(request.POST if request.method == "POST" else None, request.user)
    if request.method == "POST" and form.is_valid():
        choose(request.user, form.cleaned_data["wanted"])
        messages.success(request, _("Your choice is saved."))
        return redirect_after_post(request, request.path)
    return render(
        request,
        "mail/own_mails.html",
        {"form": form, "is_configured": is_configured()},
        status=422 if form.errors else 200,
    )
