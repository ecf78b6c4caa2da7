"""What is open at a customer and has to be known wherever it is looked at or a request is prepared: the banner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import Customer, UsageStatus
from customers.rules.profile import PENDING
from portal.accounts.models import User
from portal.core.labels import word_for
from portal.operations.commands import COMMANDS
from portal.operations.display import display_of
from portal.operations.models import Bundle, Operation
from portal.operations.states import FOR_A_PERSON, WAITING, BundleState, State

SUSPENDED = "SUSPENDED_ADMIN"
# What is open, the worst first; other people's drafts come last.
_RANKS = {
    state: rank
    for rank, state in enumerate(
        (*FOR_A_PERSON, State.UNASSIGNED, State.RETURNED, State.AWAITING_APPROVAL, *reversed(WAITING))
    )
}
# What an open request means for the next one of the same customer.
_THEN = {
    State.UNKNOWN: gettext_lazy("New requests wait until the result is known."),
    State.UNDECIDED: gettext_lazy("Record the result. New requests wait until then."),
    State.UNASSIGNED: gettext_lazy("Someone else has to submit it."),
    State.RETURNED: gettext_lazy("The requester corrects it, or cancels it."),
    State.ACCEPTED: gettext_lazy("New requests are sent after it."),
    State.SENDING: gettext_lazy("New requests are sent after it."),
    State.QUEUED: gettext_lazy("New requests are sent after it."),
}


@dataclass(frozen=True)
class Matter:
    """
    One open matter.

    Args:
        tone: as of a badge.
        icon: its picture.
        title: what is so, in a few words.
        text: what it entails.
        action: the words of its button; none without one.
        address: where the button leads.
    """

    tone: str
    icon: str
    title: str
    text: str
    action: str = ""
    address: str = ""


def usage_of(customer: Customer) -> UsageStatus | None:
    """Return the usage status of a customer; None if LINE WORKS was not read yet."""
    return UsageStatus.objects.of_customer(customer.pk).current().first()


def matters_of(
    customer: Customer, usage: UsageStatus | None, by: User, today: date, *, kind: str = "", but: int | None = None
) -> list[Matter]:
    """
    Return what is open at a customer, the worst first.

    Args:
        customer: whose page or form it is.
        usage: its usage status, if it was read.
        by: who looks.
        today: the business day.
        kind: of the request that is being prepared; other people's drafts of the same kind count too.
        but: the request that the page itself is about.
    """
    requests = _requests(customer, by, kind, but)
    return [*_standing(customer, usage, by, today), *requests, *_domain(customer)]


def _standing(customer: Customer, usage: UsageStatus | None, by: User, today: date) -> list[Matter]:
    if customer.removed_at:
        text = _("This page shows the latest data. No new requests can be made.")
        return [Matter("idle", "circle-minus", _("LINE WORKS no longer lists this customer."), text)]
    if usage is None:
        return []
    if usage.status == PENDING:
        text = _("This can’t be undone, and its details can’t be changed.")
        if usage.withdrawal_date:
            deleted = _("LINE WORKS deletes the customer and all its data on %(date)s.")
            text = f"{deleted % {'date': date_format(usage.withdrawal_date)}} {text}"
        return [Matter("bad", "lock", word_for("customer_status", PENDING), text)]
    found = [_leaving(customer, usage.withdrawal_date, by, today)] if usage.withdrawal_date else []
    if usage.status == SUSPENDED:
        text = _("LINE WORKS is suspended for this customer. Its users can’t sign in.")
        found.append(Matter("bad", "lock", word_for("customer_status", SUSPENDED), text))
    return found


def _leaving(customer: Customer, day: date, by: User, today: date) -> Matter:
    left = (day - today).days
    when = date_format(day, "DATE_FORMAT")
    title = _("Leaves LINE WORKS on %(date)s") % {"date": when}
    if left >= 0:
        title = ngettext(
            "Leaves LINE WORKS on %(date)s, in %(count)s day", "Leaves LINE WORKS on %(date)s, in %(count)s days", left
        ) % {"date": when, "count": left}
    stay = COMMANDS["patchUsageStatus.stay"]
    may = by.has_perm(stay.permission)
    return Matter(
        "bad",
        "log-out",
        title,
        _("The customer, its subscriptions, its options and all their data are deleted on that day."),
        _("Keep customer") if may else "",
        stay.address(customer.pk) if may else "",
    )


def _requests(customer: Customer, by: User, kind: str, but: int | None) -> list[Matter]:
    wanted = Q(state__in=_RANKS)
    if kind:
        wanted |= Q(state=State.PROPOSED, kind=kind) & ~Q(proposed_by_id=by.pk)
    found = Operation.objects.of_customer(customer.pk).filter(wanted).exclude(pk=but or 0)
    ranked = sorted(found, key=lambda operation: (_RANKS.get(State(operation.state), len(_RANKS)), operation.pk))
    several = Bundle.objects.filter(
        domain_id=customer.pk, state__in=(BundleState.AWAITING_APPROVAL, BundleState.RETURNED, BundleState.RUNNING)
    )
    return [*map(_request, ranked), *map(_of_steps, several.order_by("pk"))]


def _request(operation: Operation) -> Matter:
    """Say how a request stands, who submitted it and what that means for the next one; of a draft only whose it is."""
    shown = display_of(operation)
    look = operation.look
    if operation.state == State.PROPOSED:
        title = _("Draft by %(name)s") % {"name": operation.proposed_by_name}
        return Matter(look.tone, look.icon, title, _("Nothing has been sent."))
    at = localtime(operation.confirmed_at or operation.proposed_at)
    whose = _("%(ref)s by %(name)s, %(time)s: %(summary)s.") % {
        "ref": operation.ref,
        "name": operation.proposed_by_name,
        "time": date_format(at, "DATE_FORMAT") + " " + date_format(at, "TIME_FORMAT"),
        "summary": shown.summary or shown.title,
    }
    title = f"{look.words}: {shown.title}"
    text = " ".join(filter(None, (whose, str(_THEN.get(State(operation.state), "")))))
    return Matter(look.tone, look.icon, title, text, _("Open request"), operation.get_absolute_url())


def _of_steps(bundle: Bundle) -> Matter:
    text = _("%(ref)s by %(name)s.") % {"ref": bundle.ref, "name": bundle.proposed_by_name}
    look = bundle.look
    title = f"{look.words}: {_('multi-step request')}"
    return Matter(look.tone, look.icon, title, text, _("Open request"), bundle.get_absolute_url())


def _domain(customer: Customer) -> Sequence[Matter]:
    """A group name has nothing to verify."""
    if customer.removed_at or customer.enable_active_domain or customer.domain_type == "GROUP":
        return ()
    text = _("Members can’t use all services until the domain ownership is verified.")
    address = reverse("customers:domain", args=[customer.pk])
    return (Matter("warn", "globe-lock", _("Domain not verified"), text, _("Show DNS records"), address),)
