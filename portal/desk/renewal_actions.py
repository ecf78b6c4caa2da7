"""What people record about a renewal. Nothing of it is sent to LINE WORKS."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.core.clock import now
from portal.desk import renewals
from portal.desk.models import MOST_LETTERS, RenewalCase
from portal.desk.renewals import Stage

PERMISSION = "subscriptions.order"
# What can be recorded for several renewals at once, and for how many: each is locked and checked on its own.
FOR_SEVERAL = ("decide", "assign")
MOST_AT_ONCE = 200


class Gone(LookupError):
    """There is no such renewal to decide."""


class Refused(Exception):
    """What was asked for doesn't fit what is recorded by now; the text says why. Nothing was changed."""


class Invalid(Exception):
    """What was filled in can't be taken; the text says why. Nothing was changed."""


class SnoozeForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(
        label=gettext_lazy("Snooze until"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Enter a date."), "invalid": gettext_lazy("Enter a valid date.")},
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MOST_LETTERS,
        error_messages={"required": gettext_lazy("Enter a reason.")},
    )


class NoteForm(forms.Form):
    """What is to be known of it."""

    note = forms.CharField(label=gettext_lazy("Note"), max_length=MOST_LETTERS, required=False)


@dataclass(frozen=True)
class Situation:
    """
    What an action is about.

    Args:
        case: what is recorded, locked.
        row: the renewal, as ``renewals.queue`` returns it.
        by: who acts.
        today: the business day.
        data: what was filled in.
    """

    case: RenewalCase
    row: Any
    by: User
    today: date
    data: Mapping[str, str]


@transaction.atomic
def act(
    action: str,
    *,
    domain_id: int,
    subscription_id: int,
    term_end: date,
    by: User,
    today: date,
    data: Mapping[str, str],
) -> str:
    """
    Record something about a renewal, and that it was done; return what to tell the person.

    Args:
        action: one of ``ACTIONS``.
        domain_id: the customer.
        subscription_id: its subscription.
        term_end: the last day of the term that was looked at.
        by: who acts.
        today: the business day.
        data: what was filled in.

    Raises:
        Gone: there is no such renewal to decide.
        Refused: it doesn't fit what is recorded by now.
        Invalid: what was filled in can't be taken.
    """
    if renewals.find(today, domain_id, subscription_id, term_end) is None:
        raise Gone
    key: dict[str, Any] = {"domain_id": domain_id, "subscription_id": subscription_id, "end_date": term_end}
    case, _made = RenewalCase.objects.select_for_update().get_or_create(**key)
    # Read once more: what others recorded meanwhile counts, and nobody else writes now.
    row = renewals.find(today, domain_id, subscription_id, term_end)
    if row is None:
        raise Gone
    said, note = ACTIONS[action](Situation(case, row, by, today, data))
    case.save()
    case.events.create(what=action, by_id=by.pk, by_name=str(by), note=note)
    return said


def act_on_all(action: str, rows: Iterable[Any], *, by: User, today: date) -> int:
    """
    Record the same about several renewals where it fits; return for how many it was recorded.

    Args:
        action: one of ``FOR_SEVERAL``.
        rows: as ``renewals.queue`` returns them, ``MOST_AT_ONCE`` at most.
        by: who acts.
        today: the business day.
    """
    done = 0
    for row in rows:
        with suppress(Gone, Refused):
            act(
                action,
                domain_id=row.customer_id,
                subscription_id=row.subscription_id,
                term_end=row.term_end,
                by=by,
                today=today,
                data={},
            )
            done += 1
    return done


def _assign(given: Situation) -> tuple[str, str]:
    """Only what nobody owns is taken in one click; two people can press at the same time."""
    owner, name = given.case.owner_id, given.case.owner_name
    if owner is None and given.row.customer.owner:
        owner, name = given.row.customer.owner_id, str(given.row.customer.owner)
    if owner not in (None, given.by.pk):
        raise Refused(_("Already assigned to %(name)s.") % {"name": name})
    return _take_over(given)


def _take_over(given: Situation) -> tuple[str, str]:
    before = given.case.owner_name
    given.case.owner_id, given.case.owner_name = given.by.pk, str(given.by)
    return _("Assigned to you."), before


def _release(given: Situation) -> tuple[str, str]:
    if given.case.owner_id != given.by.pk:
        raise Refused(_("This renewal is not assigned to you."))
    given.case.owner_id, given.case.owner_name = None, ""
    return _("No longer assigned."), ""


def _decide(given: Situation) -> tuple[str, str]:
    """Where LINE WORKS holds something else, or a request is to set it, "unchanged" would not be true."""
    if given.row.stage != Stage.UNDECIDED:
        raise Refused(_("This renewal is already decided. To change it, edit the renewal settings."))
    case = given.case
    case.decision, case.decided_at = RenewalCase.Decision.UNCHANGED, now()
    case.decided_by_id, case.decided_by_name = given.by.pk, str(given.by)
    case.snoozed_until, case.snooze_reason = None, ""
    return _("The decision is recorded. Nothing was sent."), RenewalCase.Decision.UNCHANGED


def _withdraw(given: Situation) -> tuple[str, str]:
    case = given.case
    if not case.decision:
        raise Refused(_("No decision is recorded."))
    before = case.decided_by_name
    case.decision, case.decided_at, case.decided_by_id, case.decided_by_name = "", None, None, ""
    return _("The decision is withdrawn."), before


def _snooze(given: Situation) -> tuple[str, str]:
    """It comes back while a decision still counts."""
    if given.row.stage != Stage.UNDECIDED:
        raise Refused(_("Only an undecided renewal can be snoozed."))
    filled = _checked(SnoozeForm(given.data))
    first, last = given.today + timedelta(days=1), renewals.due(given.row)
    if last < first:
        raise Refused(_("The decision is due. It can’t be snoozed any more."))
    if not first <= filled["until"] <= last:
        days = {"first": date_format(first), "last": date_format(last)}
        raise Invalid(_("Select a date from %(first)s to %(last)s") % days)
    given.case.snoozed_until, given.case.snooze_reason = filled["until"], filled["why"]
    return _("Snoozed until %(date)s.") % {"date": date_format(filled["until"])}, filled["why"]


def _wake(given: Situation) -> tuple[str, str]:
    if not given.row.snoozed:
        raise Refused(_("This renewal is not snoozed."))
    given.case.snoozed_until, given.case.snooze_reason = None, ""
    return _("Back in the queue."), ""


def _note(given: Situation) -> tuple[str, str]:
    given.case.note = _checked(NoteForm(given.data))["note"]
    return _("The note is saved."), given.case.note


def _checked(form: forms.Form) -> Mapping[str, Any]:
    if not form.is_valid():
        raise Invalid(" ".join(str(problem) for problems in form.errors.values() for problem in problems))
    return form.cleaned_data


ACTIONS: dict[str, Callable[[Situation], tuple[str, str]]] = {
    "assign": _assign,
    "take_over": _take_over,
    "release": _release,
    "decide": _decide,
    "withdraw": _withdraw,
    "snooze": _snooze,
    "wake": _wake,
    "note": _note,
}
