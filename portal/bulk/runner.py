"""
Run a bulk request: the first rows, a pause for a check, then the rest; stop on each new kind of error.

All state is in the database. Each row makes its operation in the one transaction that links it, under the lock of its
import, so neither a worker that dies nor two that work at the same time make a second one. The operations take the
usual way: one in flight for each customer, read before sending, approved where the policy says so.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from customers.models import Customer
from portal.accounts.models import User
from portal.bulk import mails
from portal.bulk.columns import kind_called, kinds
from portal.bulk.judging import in_words, not_synced, of_rule, told
from portal.bulk.models import UNDER_WAY, Import, ImportRow
from portal.bulk.validation import check
from portal.core.enqueue import enqueue
from portal.core.locks import try_lock
from portal.core.rules import Problem, Verdict
from portal.core.stored_text import kept_in_each_language, of_language
from portal.core.untrusted_text import can_be_seen
from portal.operations.chains import NotAllowed
from portal.operations.commands import NOT_OFFERED, write_called
from portal.operations.models import Operation
from portal.operations.services import confirm, propose
from portal.operations.snapshots import NeverRead
from portal.operations.states import SETTLED, State
from portal.vendor.problems import words_of

# So many are sent before somebody has a look.
FIRST = 3
# So many are under way at a time, of all files: enough to use LINE WORKS's limit, few enough to stop in time and to
# leave workers to what people confirm one by one.
AT_ONCE = 20

_SENDING = (State.QUEUED, State.SENDING, State.ACCEPTED)
_WRONG = (
    State.REFUSED,
    State.NOT_APPLIED,
    State.STALE,
    State.UNASSIGNED,
    State.RETURNED,
    State.REJECTED,
    State.CANCELED,
    State.UNKNOWN,
    State.UNDECIDED,
)
_TO_MINT = Q(state=ImportRow.State.READY, is_included=True)
# The person who ran it may no longer order, which stops it each time that it happens.
_PERSON = "person"
_ABOUT_PEOPLE = (_PERSON, State.UNASSIGNED)


def may_order(by: User, draft: Import) -> bool:
    """Return whether a person may ask for everything that the rows of a draft ask for."""
    if draft.kind and kind_called(draft.kind) is None:
        return False
    asked = {*draft.rows.exclude(kind="").order_by().values_list("kind", flat=True).distinct(), draft.kind} - {""}
    offered = [command for command in kinds() if command.kind in asked]
    return all(by.has_perm(command.permission) for command in offered or kinds())


class Moved(Exception):
    """What would follow from a row is no longer what the person was shown."""


@transaction.atomic
def start(
    draft: Import, *, by: User, reason: str, reference: str = "", again: bool = False, warned: bool = False
) -> Import:
    """
    Begin with the first rows. Starting twice is the same as once.

    Args:
        draft: one that was checked.
        by: who decides; all operations are theirs.
        reason: of all of them.
        reference: of all of them.
        again: order also what was ordered already out of another file.
        warned: order also every row with a warning; without it, those that somebody included.

    Raises:
        PermissionDenied: the person may not ask for this kind of change.
        ValueError: there is no reason.
    """
    draft = _locked(draft, by)
    if not can_be_seen(reason):
        raise ValueError("a file is run with a reason")
    if draft.state != Import.State.CHECKED:
        return draft
    if again:
        draft.rows.filter(state=ImportRow.State.BEFORE).update(state=ImportRow.State.READY)
    if warned:
        draft.rows.filter(state=ImportRow.State.READY, is_warned=True).update(is_included=True)
    draft.reason, draft.reference = reason.strip(), reference.strip()
    return _go(draft, Import.State.TRYING, by)


@transaction.atomic
def go_on(draft: Import, *, by: User) -> Import:
    """
    Go on after a look, or after it stopped; what it stopped at does not stop it again.

    Requests of the file that need someone else, because the person who ran it may no longer order, are taken over by
    the person who goes on.
    """
    draft = _locked(draft, by)
    if draft.state not in (Import.State.LOOK, Import.State.STOPPED):
        return draft
    for operation in Operation.objects.filter(draft_row__draft=draft, state=State.UNASSIGNED):
        confirm(operation, by=by, reason=draft.reason, reference=draft.reference)
    if draft.trouble and draft.trouble not in _ABOUT_PEOPLE:
        draft.known_troubles = [*draft.known_troubles, draft.trouble]
    draft.trouble = draft.trouble_words = ""
    return _go(draft, Import.State.RUNNING, by)


@transaction.atomic
def stop(draft: Import, *, by: User) -> Import:
    """Make no further operation; what is under way goes its way."""
    draft = _locked(draft, by)
    if draft.state in UNDER_WAY:
        _stop(draft, "", kept_in_each_language(lambda: _("Stopped by %(name)s.") % {"name": by}))
    return draft


@transaction.atomic
def check_again(draft: Import, *, by: User) -> Import:
    """Judge what is not ordered yet on the facts of now."""
    draft = _locked(draft, by)
    if draft.state in (Import.State.CHECKED, Import.State.STOPPED, Import.State.LOOK):
        check(draft)
    return draft


@transaction.atomic
def discard(draft: Import, *, by: User) -> Import:
    """Put a file away of which nothing was ordered."""
    draft = _locked(draft, by)
    if draft.state in (Import.State.CHECKED, Import.State.REFUSED):
        draft.state = Import.State.DISCARDED
        draft.save(update_fields=["state"])
    return draft


def sweep() -> None:
    """Go on with every file that is under way; the schedule does this every few seconds."""
    for pk in Import.objects.filter(state__in=UNDER_WAY).values_list("pk", flat=True):
        advance(pk)


def advance(pk: int) -> None:
    """Take a draft as far as it goes now; leave at once when somebody else is at it."""
    with try_lock("draft", pk) as mine:
        draft = Import.objects.get(pk=pk)
        if mine and draft.state in UNDER_WAY:
            _advance(draft)


def _advance(draft: Import) -> None:
    by = User.objects.filter(pk=draft.run_by_id or 0).first()
    if by is None or not may_order(by, draft):
        _stop(draft, _PERSON, kept_in_each_language(lambda: _may_no_longer(draft.run_by_name)))
        return
    if _stopped_by_trouble(draft):
        return
    for row in _next_rows(draft):
        if not Import.objects.filter(pk=draft.pk, state=draft.state).exists():
            return
        _mint(draft, row, by)
        if row.state == ImportRow.State.FAILED and _stopped_by_trouble(draft):
            return
    _conclude(draft)


def _next_rows(draft: Import) -> Iterator[ImportRow]:
    """Return what may be made now, in order; of each customer the next only when the last is settled."""
    made = list(draft.rows.filter(operation__isnull=False).values_list("domain_id", "operation__state"))
    busy = {domain_id for domain_id, state in made if state not in SETTLED}
    under_way = ImportRow.objects.filter(draft__state__in=UNDER_WAY, operation__state__in=_SENDING)
    room = AT_ONCE - under_way.count()
    if draft.state == Import.State.TRYING:
        tried = draft.rows.filter(state__in=[ImportRow.State.REQUESTED, ImportRow.State.FAILED]).count()
        room = min(room, FIRST - tried)
    for row in draft.rows.filter(_TO_MINT).order_by("number"):
        if room <= 0:
            return
        if row.domain_id not in busy:
            room -= 1
            busy.add(row.domain_id)
            yield row


def _mint(draft: Import, row: ImportRow, by: User) -> None:
    """Make the operation of a row and decide it; both, and the link between them, or nothing."""
    try:
        with transaction.atomic():
            _mint_once(draft, row, by)
    except NotAllowed as refusal:
        _fail(row, [of_rule(problem) for problem in refusal.verdict.problems])
    except NeverRead:
        _fail(row, [in_words(not_synced)])
    except Moved:
        _fail(row, [in_words(_have_moved)])


def _name_now(row: ImportRow) -> str:
    """Return what the customer is called by now; an earlier row of the file may have changed it."""
    customer = Customer.objects.filter(pk=row.domain_id or 0).first()
    return str(customer) if customer else row.customer_name


def _mint_once(draft: Import, row: ImportRow, by: User) -> None:
    write = write_called(row.kind)
    try:
        request: BaseModel = write.request.model_validate(row.request)
    except ValidationError:
        # Judged by another version of the portal, which called something otherwise.
        raise NotAllowed(Verdict((Problem(NOT_OFFERED),))) from None
    operation = propose(
        write,
        domain_id=row.domain_id,
        customer_name=_name_now(row),
        request=request,
        by=by,
        note=kept_in_each_language(partial(_where_from, draft, row)),
        also_asked={draft.uploaded_by_id, *draft.ran_by_ids},
        is_bulk=True,
    )
    if _facts(operation.consequences) != _facts(row.consequences):
        raise Moved
    operation = confirm(operation, by=by, reason=draft.reason, reference=draft.reference)
    if operation.state not in (State.QUEUED, State.AWAITING_APPROVAL):
        raise Moved
    if operation.state == State.AWAITING_APPROVAL:
        mails.ask_for_approval(draft, operation)
    row.operation, row.state = operation, ImportRow.State.REQUESTED
    row.save(update_fields=["operation", "state"])


def _where_from(draft: Import, row: ImportRow) -> str:
    if draft.selected_in:
        return _("From the bulk request %(number)s, row %(line)s") % {"number": draft.ref, "line": row.number}
    return _("From the file %(file)s, row %(line)s") % {"file": draft.file_name, "line": row.number}


def _facts(consequences: Sequence[Any]) -> list[Any]:
    """What follows, without the words: those are of one language."""
    return [{name: value for name, value in kept.items() if name != "words"} for kept in consequences]


def _fail(row: ImportRow, problems: list[dict[str, Any]]) -> None:
    row.operation, row.state, row.problems = None, ImportRow.State.FAILED, problems
    row.save(update_fields=["state", "problems"])


def _stopped_by_trouble(draft: Import) -> bool:
    """Stop at the first thing that went wrong in a way from which nobody has gone on yet."""
    for key, words in _troubles(draft):
        if key not in draft.known_troubles:
            _stop(draft, key, words)
            return True
    return False


def _troubles(draft: Import) -> Iterator[tuple[str, str]]:
    wrong = draft.rows.filter(operation__state__in=_WRONG).select_related("operation").order_by("number")
    for row in wrong:
        operation = row.operation
        if operation is None:
            continue
        say = partial(_went_wrong, row.number, operation)
        yield f"{operation.state} {operation.vendor_code}".strip()[:80], kept_in_each_language(say)
    for row in draft.rows.filter(state=ImportRow.State.FAILED).order_by("number"):
        first: dict[str, Any] = row.problems[0] if row.problems else {"at": "", "words": {}}
        key = first["finding"]["rule"] if "finding" in first else of_language(first["words"])
        yield f"failed {key}"[:80], kept_in_each_language(partial(_could_not_be_made, row.number, first))


def _went_wrong(line: int, operation: Operation) -> str:
    words = _("Row %(line)s: %(state)s.") % {"line": line, "state": operation.look.words}
    return " ".join(filter(None, (words, words_of(operation.trouble) if operation.problem else "")))


def _could_not_be_made(line: int, problem: dict[str, Any]) -> str:
    return _("Row %(line)s: %(words)s") % {"line": line, "words": told(problem)}


def _may_no_longer(name: str) -> str:
    words = _("%(name)s, who submitted the rows, no longer has permission. Another person who has it can continue.")
    return words % {"name": name}


def _have_moved() -> str:
    return _("The data changed after the check, and the effects are different now. Select Check again.")


def _conclude(draft: Import) -> None:
    """Done when nothing is left to make or under way; after the first rows somebody has a look."""
    states = set(draft.rows.filter(operation__isnull=False).values_list("operation__state", flat=True))
    left = draft.rows.filter(_TO_MINT).exists()
    if states & {*_SENDING, State.AWAITING_APPROVAL}:
        return
    # The last ones may have gone wrong since this was looked at.
    if _stopped_by_trouble(draft):
        return
    if not left:
        _step(draft, Import.State.DONE)
    elif draft.state == Import.State.TRYING and not any(True for _row in _next_rows(draft)):
        _step(draft, Import.State.LOOK)


def _step(draft: Import, to: Import.State) -> None:
    """A person may have stopped it meanwhile; then it stays so."""
    Import.objects.filter(pk=draft.pk, state=draft.state).update(state=to)


def _stop(draft: Import, key: str, words: str) -> None:
    Import.objects.filter(pk=draft.pk, state__in=UNDER_WAY).update(
        state=Import.State.STOPPED, trouble=key, trouble_words=words
    )
    draft.refresh_from_db()
    if draft.trouble:
        mails.tell_stopped(draft)


def _locked(draft: Import, by: User) -> Import:
    if not may_order(by, draft):
        raise PermissionDenied("This kind of change is not theirs to ask for.")
    return Import.objects.select_for_update().get(pk=draft.pk)


def _go(draft: Import, to: Import.State, by: User) -> Import:
    draft.state, draft.run_by_id, draft.run_by_name = to, by.pk, str(by)
    draft.ran_by_ids = sorted({*draft.ran_by_ids, by.pk})
    draft.save()
    enqueue("bulk.run", draft.pk)
    return draft
