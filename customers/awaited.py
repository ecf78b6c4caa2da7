"""What the vendor does by itself at customers on a day. That it shows no longer as scheduled is all that tells."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import UsageStatus
from customers.sync_usage_status import USAGE_STATUS
from portal.partner_api import UsageStatus as UsageStatusRecord
from portal.sync.overdue import Awaited, await_on_its_day


def _limit_words(raw: Mapping[str, Any]) -> str:
    renewal = UsageStatusRecord.from_vendor(dict(raw)).renewal
    most = renewal.max_member_count if renewal else None
    if most is None:
        return _("No user limit")
    return ngettext("%(count)s user at most", "%(count)s users at most", most) % {"count": f"{most:,}"}


await_on_its_day(
    Awaited(
        resource=USAGE_STATUS.name,
        title=gettext_lazy("Withdrawal"),
        day="withdrawal_date",
        rows=UsageStatus.objects.all,
        words=lambda _raw: _("The customer is deleted"),
    )
)
await_on_its_day(
    Awaited(
        resource=USAGE_STATUS.name,
        title=gettext_lazy("User limit"),
        day="next_limit_date",
        rows=UsageStatus.objects.all,
        words=_limit_words,
    )
)
