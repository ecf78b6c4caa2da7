"""Context processor of the frame around every page."""

from datetime import datetime
from typing import Any

from django.db.models import Q, Subquery
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.roles import ROLE_NAMES, role_of
from portal.core.clock import business_today
from portal.core.counting import Counted, count_all, keep, prepared, recall
from portal.desk import renewals
from portal.desk.keys import keys_for
from portal.operations.models import Operation
from portal.sync.models import SyncRun

# So many take longer to count than a page may cost; nobody works them off within a minute.
MANY_RENEWALS = 300

# The entries that are not called as the app of their pages.
_ENTRIES = {
    "operations": "requests",
    "bulk": "requests",
    "selection": "requests",
    "usage": "billing",
    "differences": "billing",
    "sync": "settings",
    "connection": "settings",
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Return the counts and names of the frame; nothing before sign-in.

    Each is asked for only where it is shown: a swap has no frame, unless somebody asks in that way for a page that has
    no part to swap.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    runs = _Runs()
    return {
        "nav_entry": entry_of(request),
        "nav_counts": SimpleLazyObject(_counts),
        "business_today": business_today(),
        "role_name": SimpleLazyObject(lambda: _name_of_role(user)),
        "running_sync": SimpleLazyObject(lambda: runs.running),
        "data_as_of": SimpleLazyObject(lambda: runs.data_as_of),
        "keys": SimpleLazyObject(lambda: keys_for(user)),
    }


def entry_of(request: HttpRequest) -> str:
    """Return the entry of the navigation that a page belongs to; "" for a page of none."""
    page = request.resolver_match
    if not page:
        return ""
    if page.view_name == "operations:policy":
        return "settings"
    # Of these apps the navigation has the list over all customers; their other pages are about one of them.
    if page.app_name in {"subscriptions", "options"} and page.url_name != "list":
        return "customers"
    return _ENTRIES.get(page.app_name, page.app_name or str(page.url_name))


class _Runs:
    """The full sync under way, and the last complete one; both in one query."""

    @cached_property
    def _found(self) -> list[SyncRun]:
        complete = SyncRun.objects.filter(state=SyncRun.State.WHOLE, resource="").order_by("-started_at")
        return list(SyncRun.objects.filter(Q(state=SyncRun.State.RUNNING) | Q(pk=Subquery(complete.values("pk")[:1]))))

    @property
    def running(self) -> SyncRun | None:
        """The one under way, if there is one."""
        return next((run for run in self._found if run.is_running), None)

    @property
    def data_as_of(self) -> datetime | None:
        """Since when everything has been read at least once; None before the first complete sync."""
        return next((run.started_at for run in self._found if not run.is_running), None)


def _counts() -> dict[str, int]:
    """Return what the navigation counts, in one query; many renewals are counted once a minute."""
    today = business_today()
    key = ("renewals to decide", today)
    parts: dict[str, Counted] = {
        "operations_waiting": prepared("waiting", Operation.objects.waiting),
        "operations_unknown": prepared("unknown", Operation.objects.unknown),
    }
    due = recall(key)
    if due is None:
        parts["renewals_due"] = prepared(key, lambda: renewals.undecided(today))
    found = dict(zip(parts, count_all(list(parts.values())), strict=True))
    if due is None and found["renewals_due"] > MANY_RENEWALS:
        keep(key, found["renewals_due"])
    return {"renewals_due": due, **found}


def _name_of_role(user: User) -> str:
    role = role_of(user)
    return str(ROLE_NAMES[role]) if role else _("No role")
