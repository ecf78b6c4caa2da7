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

    def get_group_permissions(self, user_obj: User | AnonymousUser, obj: Model | None = None) -> set[str]:
        """Return what the role allows; the same query tells which role it is, for ``role_of``."""
        if not isinstance(user_obj, User) or user_obj.is_superuser or not user_obj.is_active or obj is not None:
            found: set[str] = super().get_group_permissions(user_obj, obj)
            return found
        if not hasattr(user_obj, "_group_perm_cache"):
            rows = user_obj.groups.values_list("name", "permissions__content_type__app_label", "permissions__codename")
            held = list(rows)
            user_obj.roles_held = frozenset(name for name, _app, _code in held)
            user_obj._group_perm_cache = {f"{app}.{code}" for _name, app, code in held if code}  # type: ignore[attr-defined]  # as Django does
        cached: set[str] = user_obj._group_perm_cache  # type: ignore[attr-defined]
        return cached
