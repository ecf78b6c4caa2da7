"""
A person's calendar of renewals: a secret address that any calendar program can subscribe to, without a session.

The token in the address is the only key. Its hash alone is kept, a new one replaces it, and a person who may no longer
sign in or look at subscriptions has no calendar.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, override
from icalendar import Calendar, Event

from portal.accounts.models import User
from portal.core.clock import business_today, now
from portal.core.labels import word_for
from portal.desk import renewals
from portal.desk.models import CalendarFeed
from portal.desk.renewals import Stage

PERMISSION = "subscriptions.view_subscription"
MOST_EVENTS = 500
# A program that asks more often gets the same again, by each process.
KEPT_FOR = timedelta(minutes=5)
MOST_KEPT = 200

_kept: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()


def create(person: User) -> str:
    """Return the token of a new address, which is shown this once; an address that the person had leads nowhere now."""
    token = secrets.token_urlsafe(32)
    columns = {"token_hash": _hash(token), "language": get_language() or "", "created_at": now()}
    CalendarFeed.objects.update_or_create(person=person, defaults=columns)
    return token


def revoke(person: User) -> None:
    """Delete the address of a person; there may be none."""
    CalendarFeed.objects.filter(person=person).delete()


def of_person(person: User) -> CalendarFeed | None:
    """Return the feed of a person, if there is one."""
    return CalendarFeed.objects.filter(person=person).first()


def find(token: str) -> CalendarFeed | None:
    """Return the feed of a token, if it is somebody's who may still look."""
    feed = CalendarFeed.objects.select_related("person").filter(token_hash=_hash(token)).first()
    if feed is None or not feed.person.is_active or feed.person.must_change_password:
        return None
    return feed if feed.person.has_perm(PERMISSION) else None


def calendar_of(feed: CalendarFeed, address: Callable[[str], str]) -> bytes:
    """
    Return the days to decide by, as iCalendar: undecided renewals of the person and of nobody, ``MOST_EVENTS`` at most.

    Args:
        feed: whose; as ``find`` returns it.
        address: makes the address of a page whole.
    """
    moment = now()
    made, body = _kept.get(feed.token_hash, (None, b""))
    if made is None or moment - made >= KEPT_FOR:
        rows = renewals.of_owner(renewals.queue(business_today()), feed.person_id, and_unassigned=True)
        found = renewals.of_stages(rows, [Stage.UNDECIDED]).select_related("customer")[:MOST_EVENTS]
        with override(feed.language):
            body = _written(found, moment, address)
        _kept[feed.token_hash] = (moment, body)
        _kept.move_to_end(feed.token_hash)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return body


def forget() -> None:
    """Forget what was handed out, for tests."""
    _kept.clear()


def _written(rows: Iterable[Any], moment: datetime, address: Callable[[str], str]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Partnerdesk//Renewals//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", gettext("Renewals"))
    for row in rows:
        calendar.add_component(_event(row, renewals.due(row), moment, address))
    return bytes(calendar.to_ical())


def _event(row: Any, day: date, moment: datetime, address: Callable[[str], str]) -> Event:
    words = {"customer": str(row.customer), "plan": word_for("product", row.product_id)}
    event = Event()
    event.add("uid", f"renewal-{row.customer_id}-{row.subscription_id}-{row.term_end:%Y%m%d}@partnerdesk")
    event.add("dtstamp", moment)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", gettext("Decide: %(customer)s, %(plan)s") % words)
    event.add("description", gettext("Contract end: %(date)s") % {"date": date_format(row.term_end)})
    event.add("url", address(row.customer.get_absolute_url()))
    event.add("transp", "TRANSPARENT")
    return event


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
