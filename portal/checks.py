"""System checks that run before Partnerdesk starts."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.accounts.roles import PERMISSIONS
from portal.operations.commands import COMMANDS


@register()
def writes_need_a_role(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Every write names a permission that some role holds; a misspelt one would lock everybody out."""
    held = set().union(*PERMISSIONS.values())
    return [
        Error(f"The write {write.kind} needs {write.permission}, which no role holds.", id="portal.E001")
        for write in COMMANDS
        if write.permission not in held
    ]


@register()
def plain_http_only_here(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """LINE WORKS's addresses are https, except on this machine."""
    return [
        Error(f"{name} must begin with https:// unless its host is this machine.", id="portal.E002")
        for name in ("PARTNER_API_URL", "PARTNER_AUTH_URL", "PARTNER_REDIRECT_URI")
        if (address := urlsplit(getattr(settings, name))).scheme == "http"
        and address.hostname not in ("127.0.0.1", "localhost", "::1")
    ]
