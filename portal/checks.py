"""System checks that run before Partnerdesk starts."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import NoReverseMatch

from billing.statement_pdf import FONT
from portal.accounts.roles import PERMISSIONS
from portal.operations.commands import COMMANDS, Command
from portal.sync.resources import RESOURCES
from portal.vendor.client import OPERATIONS


@register()
def every_change_has_a_command(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Every changing operation of LINE WORKS has a command."""
    missing = {operation.name for operation in OPERATIONS.values() if operation.changes}
    missing -= {command.operation for command in COMMANDS}
    return [Error(f"No command declares {name}.", id="portal.E003") for name in sorted(missing)]


@register()
def commands_are_complete(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Every command has all that its pages and the engine need; one without a role would lock everybody out."""
    return [
        Error(f"{command.kind}: {problem}", id=id_) for command in COMMANDS for id_, problem in _missing_in(command)
    ]


def _missing_in(command: Command[Any]) -> Iterator[tuple[str, str]]:
    if not any(command.permission in held for held in PERMISSIONS.values()):
        yield "portal.E001", f"no role holds {command.permission}."
    if not (command.operation in OPERATIONS and OPERATIONS[command.operation].changes):
        yield "portal.E004", f"LINE WORKS has no changing operation {command.operation}."
    for name in ("title", "label", "description", "icon"):
        if not getattr(command, name):
            yield "portal.E005", f"{name} is empty."
    for name in ("form", "request", "evaluate", "send", "took_effect", "projected_state", "summary"):
        if not callable(getattr(command, name)):
            yield "portal.E006", f"{name} is missing."
    for name in command.reads:
        if name not in {resource.name for resource in RESOURCES}:
            yield "portal.E007", f"there is no resource {name}."
    if command.linked_change and command.linked_change.kind not in COMMANDS:
        yield "portal.E008", f"there is no command {command.linked_change.kind}."
    try:
        command.address(1, dict.fromkeys(command.ids, 1))
    except NoReverseMatch:
        yield "portal.E009", f"{command.url_name} is no URL with the ids of {command.path}."


@register(deploy=True)
def the_font_is_there(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Statements as PDF embed a font that `make install` copies."""
    if FONT.is_file():
        return []
    words = f"{FONT} is missing: statements can't be made as PDF."
    return [Error(words, hint="Run `make install`, and take fonts/ along with static/vendor/.", id="portal.E010")]


@register()
def plain_http_only_here(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """LINE WORKS's addresses are https, except on this machine."""
    return [
        Error(f"{name} must begin with https:// unless its host is this machine.", id="portal.E002")
        for name in ("PARTNER_API_URL", "PARTNER_AUTH_URL", "PARTNER_REDIRECT_URI")
        if (address := urlsplit(getattr(settings, name))).scheme == "http"
        and address.hostname not in ("127.0.0.1", "localhost", "::1")
    ]
