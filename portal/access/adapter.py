"""How the portal bends allauth: people are added by an administrator, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Closes the sign-up pages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no: a contract desk has no public door."""
        return False
