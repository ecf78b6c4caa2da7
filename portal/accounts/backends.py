"""Authentication backend: permissions come from the person's role."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from portal.accounts.models import User


class RoleBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth publishes no types
    """Signs in as allauth does. What somebody may do comes with the role alone, so no page looks for more."""

    def get_user_permissions(self, user_obj: User | AnonymousUser, obj: Model | None = None) -> set[str]:
        """Return none: a permission that was given to one person by hand counts for nothing."""
        return set()
