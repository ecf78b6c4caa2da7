"""Expected effects of dated changes of customers, and what shows that they took place."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import UsageStatus
from customers.rules.profile import PENDING
from customers.sync.usage_status import USAGE_STATUS
from portal.sync.expectations import Expectation, Shown, await_on_its_day
from portal.vendor import client


def unless_leaving(effect: Callable[[Shown], bool]) -> Callable[[Shown], bool]:
    """Return an effect that is not looked for at a customer whose withdrawal has begun: that takes everything."""

    def shows(shown: Shown) -> bool:
        return (
            effect(shown) or UsageStatus.objects.current().filter(customer_id=shown.domain_id, status=PENDING).exists()
        )

    return shows


def _has_limit(shown: Shown) -> bool:
    """The limit is the scheduled one, or somebody scheduled another in time."""
    if shown.after is None or shown.after.renewal is not None:
        return True
    wanted = shown.before.renewal.max_member_count
    since = (shown.after, *shown.now, *shown.changed)
    return any(record.max_member_count == wanted for record in since)


def _is_leaving(shown: Shown) -> bool:
    """It waits to be deleted, or somebody scheduled another day in time."""
    return shown.after is None or shown.after.withdrawal_date is not None or shown.after.status == PENDING


def _limit_day(record: client.UsageStatus) -> date | None:
    return record.renewal.apply_date if record.renewal else None


def _limit_words(record: client.UsageStatus) -> str:
    most = record.renewal.max_member_count if record.renewal else None
    if most is None:
        return _("No maximum number of users")
    return ngettext("Maximum %(count)s user", "Maximum %(count)s users", most) % {"count": f"{most:,}"}


await_on_its_day(
    Expectation(
        name="withdrawal",
        resource=USAGE_STATUS.name,
        title=gettext_lazy("Platform cancellation"),
        due=lambda record: record.withdrawal_date,
        rows=lambda today: UsageStatus.objects.filter(withdrawal_date__lt=today),
        words=lambda _record: _("The customer is deleted"),
        effect=_is_leaving,
    )
)
await_on_its_day(
    Expectation(
        name="limit",
        resource=USAGE_STATUS.name,
        title=gettext_lazy("Maximum number of users"),
        due=_limit_day,
        rows=lambda today: UsageStatus.objects.filter(next_limit_date__lt=today),
        words=_limit_words,
        effect=unless_leaving(_has_limit),
    )
)
