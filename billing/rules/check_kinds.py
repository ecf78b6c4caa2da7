"""What kinds of differences the check of a month tells apart."""

from collections.abc import Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from billing.rules.check_facts import Force, Line


class Kind(TextChoices):
    """Kinds of differences."""

    CHANGED = "changed", _("Changed in the month")
    ROUNDED = "rounded", _("Rounding")
    LISTED = "listed", _("Listed, not checked")
    QUANTITY = "quantity", _("Other number billed")
    PERIOD = "period", _("Other days billed")
    PLAN = "plan", _("Other plan billed")
    TWICE = "twice", _("Billed twice")
    MISSING = "missing", _("Not billed")
    NOT_IN_USE = "not_in_use", _("Billed, not in use")
    AMOUNT = "amount", _("Other amount billed")
    NOT_READ = "not_read", _("Usage history not synced")
    SINCE = "since", _("Changed after the sign-off")


def kind_of(lines: Sequence[Line], billed: Sequence[tuple[Force, ...]], in_force: Sequence[tuple[Force, ...]]) -> Kind:
    """Return in what the lines of something differ from what was in force."""
    if not lines:
        return Kind.MISSING
    if not any(in_force):
        return Kind.NOT_IN_USE
    wrong = [(were, was) for were, was in zip(billed, in_force, strict=True) if were != was]
    if any(len(were) > len(was) > 0 for were, was in wrong):
        return Kind.TWICE
    both = [(were[0], was[0]) for were, was in wrong if were and was]
    if any(_named(one) != _named(other) for one, other in both):
        return Kind.PLAN
    return Kind.QUANTITY if both else Kind.PERIOD


def _named(force: Force) -> tuple[str, str, str]:
    return force.item_id, force.sub_item_id, force.plan
