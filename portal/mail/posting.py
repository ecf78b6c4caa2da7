"""Write down e-mails to send, in the transaction of what they tell; a worker sends them after the commit."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.accounts.people import people_with
from portal.core.enqueue import enqueue
from portal.mail.kinds import MAIL_KINDS, MailKind
from portal.mail.models import Mail, MailPreference


def is_configured() -> bool:
    """Return whether there is a mail server; without one nothing is written down, and nothing sent."""
    return bool(settings.EMAIL_IS_CONFIGURED)


def post(kind: MailKind, people: Iterable[User], key: str) -> None:
    """
    Have people told something by e-mail, those of them who want and may have it; each once.

    Args:
        kind: of e-mail.
        people: whom it may concern.
        key: what it is about.
    """
    if not is_configured():
        return
    wanted = [person.pk for person in people]
    found = readers_of(kind).filter(pk__in=wanted) if wanted else User.objects.none()
    rows = [Mail(person=person, kind=kind.name, key=key) for person in found]
    if rows:
        Mail.objects.bulk_create(rows, ignore_conflicts=True)
        enqueue("mail.deliver", expires=60)


def readers_of(kind: MailKind) -> QuerySet[User]:
    """Return the people who may get a kind of e-mail and want it."""
    said = MailPreference.objects.filter(kind=kind.name)
    people = people_with(kind.permission)
    if kind.is_on_by_default:
        return people.exclude(pk__in=said.filter(is_wanted=False).values("person"))
    return people.filter(Q(pk__in=said.filter(is_wanted=True).values("person")))


def kinds_for(person: User) -> list[tuple[MailKind, bool]]:
    """Return the kinds that a person may get, each with whether they do."""
    said = dict(MailPreference.objects.filter(person=person).values_list("kind", "is_wanted"))
    return [
        (kind, said.get(kind.name, kind.is_on_by_default)) for kind in MAIL_KINDS if person.has_perm(kind.permission)
    ]


def choose(person: User, wanted: Iterable[str]) -> None:
    """Keep which kinds a person wants of those that they may get."""
    names = set(wanted)
    for kind, is_wanted in kinds_for(person):
        if (kind.name in names) != is_wanted:
            MailPreference.objects.update_or_create(
                person=person, kind=kind.name, defaults={"is_wanted": kind.name in names}
            )
