"""Adapter of allauth: nobody signs up, and wrong passwords are counted by account and address."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.accounts.known_browsers import known_browser, remember
from portal.accounts.models import User

# Wrong passwords that are let through, for one account from one address or known browser, and from one address for all
# accounts. The second is generous: an office is one address.
WRONG_PASSWORDS = "5/300s/key"
WRONG_PASSWORDS_BY_ADDRESS = "100/m/ip"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Closes the sign-up pages, and counts wrong passwords so that nobody can lock a colleague out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return no: a contract desk has no public door."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        Count an attempt before the password is looked at; one with the right password is taken off again.

        allauth counts by account alone, so that anybody who knows a colleague's e-mail address could lock them out.
        """
        login = credentials.get("email", "").lower()
        browser = known_browser(request, login)
        rates = WRONG_PASSWORDS if browser else f"{WRONG_PASSWORDS},{WRONG_PASSWORDS_BY_ADDRESS}"
        self._login_failed_rl_usage = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed",
            config={"login_failed": rates},
            key=f"{browser or ratelimit.get_ip(request)}:{login}",
        )
        if not self._login_failed_rl_usage:
            raise ValidationError(
                _(
                    "Too many wrong passwords. You weren’t signed in. "
                    "Wait five minutes, then try again, or ask an administrator for a new password."
                ),
                code="too_many_login_attempts",
            )

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Remember the browser, whose wrong passwords are counted by themselves from now on."""
        response: HttpResponse = super().post_login(request, user, **details)
        remember(request, response, user.email)
        return response

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Take a one-time password for no new one, besides what the settings say of a password."""
        if user and user.must_change_password and user.check_password(password):
            raise ValidationError(_("Choose a password other than the one-time password."))
        return str(super().clean_password(password, user))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Say so at the sign-in itself, to somebody who knows the password."""
        messages.error(request, _("This account is deactivated. Ask your administrator."))
        return redirect("account_login")
