"""E-mails about bulk requests: each file is told once, however many of its rows it is about."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.bulk.models import Import
from portal.mail.kinds import Letter, MailKind
from portal.mail.posting import post
from portal.operations.eligibility import APPROVE, approvers_of, for_decision_by
from portal.operations.mails import text_of
from portal.operations.models import Operation
from portal.operations.states import State


def ask_for_approval(draft: Import, operation: Operation) -> None:
    """Have approvers told that requests of a file wait for them, with the first of them."""
    post(APPROVAL, approvers_of(operation), str(draft.pk))


def tell_stopped(draft: Import) -> None:
    """Have the person who ran a file told that it stopped at something that went wrong."""
    post(STOPPED, User.objects.filter(pk=draft.run_by_id or 0), f"{draft.pk} {draft.trouble}"[:80])


def _ask(person: User, key: str) -> Letter | None:
    draft = Import.objects.filter(pk=key).first()
    waiting = Operation.objects.filter(for_decision_by(person), draft_row__draft=draft, state=State.AWAITING_APPROVAL)
    if draft is None or not waiting.exists():
        return None
    said = {"ref": draft.ref, "person": draft.run_by_name}
    text = text_of(_("%(person)s asks for your approval.") % said, path=draft.get_absolute_url())
    return Letter(_("Approval needed: bulk request %(ref)s") % said, text)


def _tell(_person: User, key: str) -> Letter | None:
    draft = Import.objects.filter(pk=key.partition(" ")[0], state=Import.State.STOPPED).first()
    if draft is None:
        return None
    said = _("Bulk request %(ref)s stopped") % {"ref": draft.ref}
    return Letter(said, text_of(f"{said}.", path=draft.get_absolute_url()))


APPROVAL: Final = MailKind(
    name="bulk_approval",
    label=gettext_lazy("Approvals of bulk requests"),
    description=gettext_lazy("Once for each file with requests that await your approval"),
    permission=APPROVE,
    is_on_by_default=True,
    compose=_ask,
)
STOPPED: Final = MailKind(
    name="bulk_stopped",
    label=gettext_lazy("My bulk requests"),
    description=gettext_lazy("When a file of yours stops because a row was declined, failed or ended unknown"),
    permission="operations.settle_operation",
    is_on_by_default=True,
    compose=_tell,
)
