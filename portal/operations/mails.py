"""
E-mails about requests: approvers are asked for a decision, and who asked for a request hears of it and of its end.

They say no more than the list of requests, which the reader may open, and the note that an approver wrote for them.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.core.untrusted_text import isolated
from portal.mail.kinds import Letter, MailKind
from portal.mail.posting import is_configured, post
from portal.operations.display import display_of
from portal.operations.eligibility import APPROVE, approvers_of, for_decision_by
from portal.operations.event_types import EventType
from portal.operations.models import AnyRequest, Bundle, BundleStep, Operation
from portal.operations.states import BundleState, State

# Of which events the people are told who asked for a request. An end of itself, which is neither approved nor in doubt,
# they see on the page.
TOLD: Final[Mapping[str, str | Promise]] = {
    EventType.RETURNED: gettext_lazy("%(ref)s was returned to you"),
    EventType.REJECTED: gettext_lazy("%(ref)s was rejected"),
    EventType.APPROVED: gettext_lazy("%(ref)s was approved"),
}
TOLD_STATES: Final[Mapping[str, str | Promise]] = {
    State.UNKNOWN: gettext_lazy("%(ref)s: the outcome is unknown"),
    State.UNDECIDED: gettext_lazy("%(ref)s needs review"),
    State.REFUSED: gettext_lazy("%(ref)s was declined by LINE WORKS"),
    BundleState.STOPPED: gettext_lazy("%(ref)s stopped"),
}
_MODELS: Final[Mapping[str, type[Operation] | type[Bundle]]] = {"operation": Operation, "bundle": Bundle}


def post_about(submission: AnyRequest, what: EventType, by: User | None) -> None:
    """
    Have people told by e-mail of a step that a request has taken.

    Args:
        submission: as it is after the step.
        what: what happened.
        by: who did it; they need no e-mail about it.
    """
    # What comes out of a file is told once, by the file; a step of several by all of them together.
    if not is_configured() or _is_one_of_many(submission):
        return
    if submission.state == State.AWAITING_APPROVAL:
        post(APPROVAL, approvers_of(submission), _key(submission, "awaiting"))
    elif what in TOLD or submission.state in TOLD_STATES:
        heading = what if what in TOLD else submission.state
        askers = User.objects.filter(pk__in=submission.asker_ids).exclude(pk=by.pk if by else 0)
        post(OUTCOME, askers, _key(submission, heading))


def _is_one_of_many(submission: AnyRequest) -> bool:
    if isinstance(submission, Bundle):
        return False
    return submission.is_bulk or BundleStep.objects.filter(operation=submission).exists()


def _key(submission: AnyRequest, heading: str) -> str:
    """Return what names a request and what is told of it; a request that is submitted again has another log entry."""
    table = "bundle" if isinstance(submission, Bundle) else "operation"
    latest = submission.events.order_by("pk").values_list("pk", flat=True).last()
    return f"{table} {submission.pk} {latest} {heading}"


def _found(key: str) -> tuple[AnyRequest | None, str]:
    table, pk, _event, heading = key.split(" ", 3)
    return _MODELS[table]._default_manager.filter(pk=pk).first(), heading


def _ask_for_approval(person: User, key: str) -> Letter | None:
    submission, _heading = _found(key)
    if submission is None or submission.state != State.AWAITING_APPROVAL:
        return None
    if not type(submission)._default_manager.filter(for_decision_by(person), pk=submission.pk).exists():
        return None
    said = _names(submission)
    return Letter(
        _("Approval needed: %(title)s, %(customer)s") % said,
        _body(_("%(person)s asks for your approval.") % said, submission),
    )


def _tell_outcome(_person: User, key: str) -> Letter | None:
    submission, heading = _found(key)
    if submission is None or (heading in TOLD_STATES and submission.state != heading):
        return None
    said = _names(submission)
    first = str(TOLD.get(heading) or TOLD_STATES[heading]) % said
    lines = [f"{first}."]
    decided = submission.events.filter(what=heading).last() if heading in TOLD else None
    if decided and decided.note:
        lines.append(_("%(person)s: %(note)s") % {"person": isolated(decided.by_name), "note": isolated(decided.note)})
    return Letter(f"{first}: {said['title']}, {said['customer']}", _body("\n".join(lines), submission))


def _names(submission: AnyRequest) -> dict[str, Any]:
    return {
        "ref": submission.ref,
        "title": _title(submission),
        "customer": isolated(submission.customer_name),
        "person": isolated(submission.proposed_by_name),
    }


def _title(submission: AnyRequest) -> str:
    if isinstance(submission, Operation):
        return display_of(submission).title
    return _("Multi-step request")


def _body(first: str, submission: AnyRequest) -> str:
    """Return the text of an e-mail: what happened, which request, where it is."""
    said = _names(submission)
    return text_of(first, f"{said['ref']}: {said['title']}\n{said['customer']}", path=submission.get_absolute_url())


def text_of(*paragraphs: str, path: str) -> str:
    """Return the text of an e-mail: paragraphs, the address of the page with all of it, and where to choose e-mails."""
    foot = _("You choose which e-mails Partnerdesk sends you: %(address)s") % {
        "address": f"{settings.PUBLIC_URL}{reverse('account_mails')}"
    }
    return "\n\n".join((*paragraphs, f"{settings.PUBLIC_URL}{path}", foot))


APPROVAL: Final = MailKind(
    name="approval",
    label=gettext_lazy("Approvals"),
    description=gettext_lazy("When a request awaits your approval"),
    permission=APPROVE,
    is_on_by_default=True,
    compose=_ask_for_approval,
)
OUTCOME: Final = MailKind(
    name="outcome",
    label=gettext_lazy("My requests"),
    description=gettext_lazy("When your request is approved, returned or rejected, or ends declined or unknown"),
    permission="operations.view_operation",
    is_on_by_default=True,
    compose=_tell_outcome,
)
