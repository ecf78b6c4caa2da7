"""Replacing a scheduled change by one of another type: a request of two steps, delete and add."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from portal.operations.bundles import Step
from portal.operations.linked_changes import ALONGS, LinkedChange
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Reservation
from subscriptions.commands.reservations import DELETE_RESERVATION, RESERVE
from subscriptions.rules.reservations import ReservationDelete
from subscriptions.rules.shared import task_of
from subscriptions.sync.reservations import RESERVATIONS


def _scheduled(state: Snapshot, ids: Mapping[str, Any]) -> Sequence[Reservation]:
    task = task_of(state, ids["subscription_id"])
    return [task] if task else []


def _away(task: Reservation, _request: Any) -> Step:
    return Step(DELETE_RESERVATION, ReservationDelete(subscription_id=task.subscription_id))


def _words(_count: int) -> str:
    return _("Delete what is scheduled first; the vendor holds one task for a subscription")


ALONGS.declare(
    LinkedChange(
        kind=RESERVE.kind,
        reads=(RESERVATIONS.name,),
        find=_scheduled,
        step=_away,
        label=_words,
        goes_first=True,
    )
)
