"""Drafts made of a form: its own page and the review of the draft propose in the same way."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from portal.accounts.models import User
from portal.operations.bundles import propose_bundle
from portal.operations.chains import NotAllowed
from portal.operations.command_forms import CommandForm
from portal.operations.commands import COMMANDS, Command
from portal.operations.drafts import thing_of
from portal.operations.models import AnyRequest
from portal.operations.services import propose
from portal.operations.snapshots import NeverRead

Made = TypeVar("Made")


def propose_form(
    command: Command[Any],
    form: CommandForm,
    *,
    domain_id: int,
    customer_name: str,
    ids: Mapping[str, Any],
    things: Sequence[Any],
    by: User,
    also_asked: Collection[int] = (),
) -> AnyRequest | None:
    """
    Make a draft of a form about a customer.

    Args:
        command: what the form asks for.
        form: filled in and valid.
        domain_id: the customer.
        customer_name: as people know it now.
        ids: what of the customer it is about.
        things: what goes along in further steps; see ``LinkedChange``.
        by: who asks.
        also_asked: the ids of others who took part in asking for it and so cannot approve it.

    Returns:
        The draft; None where something stands against it, which the form then says.
    """

    def make() -> AnyRequest:
        write, asked = asked_by(command, form, ids)
        linked = write.linked_change
        thing = thing_of(command, domain_id, "", ids)
        who: dict[str, Any] = {
            "domain_id": domain_id,
            "customer_name": customer_name,
            "by": by,
            "also_asked": also_asked,
        }
        if linked and things:
            return propose_bundle(write.with_linked(asked, things), answered=linked.answered, thing=thing, **who)
        return propose(write, request=asked, secrets=form.secrets(), thing=thing, **who)

    return propose_or_add_errors(form, make)


def asked_by(command: Command[Any], form: CommandForm, ids: Mapping[str, Any]) -> tuple[Command[Any], BaseModel]:
    """
    Return what a valid form asks for, and of which command: its own, or the one that its values come to.

    Raises:
        ValidationError: of pydantic, where a value does not fit the type of the request.
    """
    kind, wish = form.becomes() or (command.kind, form.wish())
    write = COMMANDS[kind]
    return write, cast(BaseModel, write.request.model_validate({**ids, **wish}))


def propose_or_add_errors(form: CommandForm, make: Callable[[], Made]) -> Made | None:
    """Make what was asked for; what stands against it, in types or by the rules, is told at the form."""
    try:
        return make()
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            place = str(fault["loc"][0]) if fault["loc"] else ""
            form.add_error(place if place in form.fields else None, fault["msg"])
    except NeverRead:
        form.add_error(
            None,
            _("This customer hasn’t been synced. Select Refresh on the customer page, then try again."),
        )
    except NotAllowed as refusal:
        form.show(refusal.verdict)
    return None
