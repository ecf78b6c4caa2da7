"""
Drafts: requests that somebody reviewed and has not submitted.

A person has one draft of a thing, so opening the same form again goes on with it. It is shown to nobody else, stands in
no list, and is deleted with its secrets when the person says so or after a day.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from pydantic import BaseModel

from portal.accounts.models import User
from portal.operations.commands import Command
from portal.operations.models import AnyRequest, Bundle, Operation
from portal.operations.states import State

Request = TypeVar("Request", bound=AnyRequest)


def thing_of(write: Command[Any], domain_id: int | None, subject: str, request: BaseModel | Mapping[str, Any]) -> str:
    """Return what a draft is about: the kind of change, the customer or subject, and what of it."""
    given = request if isinstance(request, Mapping) else request.model_dump(mode="json")
    ids = [str(given.get(name)) for name in write.ids]
    return " ".join([write.kind, str(domain_id or subject), *ids])


def visible_to(model: type[Request], person: User) -> QuerySet[Request]:
    """Return the requests that a person may see: all that were submitted, and their own drafts."""
    rows: QuerySet[Request] = model._default_manager.all()  # type: ignore[assignment]  # of this model
    return rows.filter(~Q(state=State.PROPOSED.value) | Q(proposed_by_id=person.pk))


def draft_of(person: User, thing: str) -> AnyRequest | None:
    """Return a person's draft of a thing, with one step or with several."""
    wanted = {"state": State.PROPOSED.value, "proposed_by_id": person.pk, "thing": thing}
    return Operation.objects.filter(**wanted).first() or Bundle.objects.filter(**wanted).first()


def make_room(person: User, thing: str, model: type[Request]) -> Request | None:
    """
    Prepare for a new draft of a thing.

    The earlier one, if it is of the same model, keeps its number and address, and loses its log and steps; one of the
    other model is deleted. Two drafts of a person at the same moment come one after the other.

    Returns:
        The earlier draft, to be written over; None if there is none.
    """
    if not thing:
        return None
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    found = draft_of(person, thing)
    if found is None:
        return None
    if isinstance(found, model):
        _clear(found)
        return found
    discard(found)
    return None


@transaction.atomic
def discard(submission: AnyRequest) -> bool:
    """Delete a draft with all that belongs to it; return False if it is none any more."""
    drafts = type(submission)._default_manager.select_for_update().filter(state=State.PROPOSED.value)
    draft = drafts.filter(pk=submission.pk).first()
    if draft is None:
        return False
    _clear(draft)
    draft.delete()
    return True


def _clear(draft: AnyRequest) -> None:
    draft.events.all().delete()
    if isinstance(draft, Bundle):
        draft.steps.all().delete()
