"""How the portal bends allauth: people are added by an administrator, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.access.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Closes the sign-up pages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no: a contract desk has no public door."""
        return False

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Take a one-time password for no new one, besides what the settings say of a password."""
        if user and user.must_change_password and user.check_password(password):
            raise ValidationError(_("Choose another password than the one-time password."))
        return str(super().clean_password(password, user))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Say so at the sign-in itself, to somebody who knows the password."""
        messages.error(request, _("This account may no longer sign in."))
        return redirect("account_login")
