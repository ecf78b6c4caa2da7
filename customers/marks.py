"""What somebody has to know of a customer before all else, in the same words in lists and in the search."""

from collections.abc import Iterator
from itertools import islice

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from customers.models import Customer
from customers.rules.profile import PENDING
from portal.core.labels import word_for
from portal.ui.templatetags.figures import NOTHING
from portal.ui.templatetags.ui import badge

SUSPENDED = ("SUSPENDED_ADMIN", PENDING)


def marks_of(customer: Customer, *, most: int | None = None) -> SafeString:
    """
    Return the marks of a customer, the gravest first; nothing where all is well.

    Args:
        customer: best read by ``Customer.objects.with_marks``; what that adds is otherwise not known.
        most: how many to show; None for all.
    """
    shown = [badge(tone, icon, words, plain=True) for tone, icon, words in islice(_marks(customer), most)]
    return format_html("{}" * len(shown), *shown) if shown else NOTHING


def _marks(customer: Customer) -> Iterator[tuple[str, str, str]]:
    """Return of each mark its tone, its icon and its words."""
    standing = getattr(customer, "standing", None)
    if customer.removed_at:
        yield "idle", "circle-minus", gettext("Not in LINE WORKS")
    if standing in SUSPENDED:
        yield "bad", "lock", word_for("customer_status", standing)
    if getattr(customer, "leaves", None):
        yield "bad", "log-out", gettext("Leaving")
    if getattr(customer, "has_unknown", False):
        yield "unk", "circle-question-mark", pgettext("outcome of a request", "Unknown")
    if customer.lead_status == "SUSPENDED_TRIALEND":
        yield "warn", "timer", gettext("Trial ended")
    if customer.is_unverified:
        yield "warn", "globe-lock", gettext("Not verified")
