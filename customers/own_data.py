"""What the partner keeps of a customer besides LINE WORKS: notes, tags, an owner. Nothing of it is sent."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from customers.models import Customer, CustomerEvent, Note, Tag
from portal.accounts.models import User
from portal.core.clock import now

# Permissions
NOTE, ASSIGN = "customers.note", "customers.assign"
MOST_TAGS = 20
MOST_PINNED = 3


class Refused(Exception):
    """What was asked for doesn't fit what is kept by now; the text says why. Nothing was changed."""


def write_note(customer: Customer, text: str, *, by: User, is_pinned: bool = False) -> Note:
    """
    Add a note.

    Raises:
        Refused: it was to be pinned, and as many are pinned as there is room for.
    """
    with transaction.atomic():
        _lock(customer)
        if is_pinned:
            _check_room(customer)
        return customer.notes.create(text=text, by_id=by.pk, by_name=str(by), is_pinned=is_pinned)


def pin_note(note: Note, *, by: User, is_pinned: bool) -> None:
    """
    Show a note on every page of its customer, or no longer; a second time changes nothing.

    Raises:
        Refused: it is hidden, or as many are pinned as there is room for.
    """
    with transaction.atomic():
        _lock(note.customer)
        note.refresh_from_db()
        if note.hidden_at:
            raise Refused(_("This note is hidden."))
        if note.is_pinned == is_pinned:
            return
        if is_pinned:
            _check_room(note.customer)
        note.is_pinned = is_pinned
        note.save(update_fields=["is_pinned"])
        _record(note.customer, "note_pinned" if is_pinned else "note_unpinned", by, about=note.pk)


def hide_note(note: Note, *, by: User) -> None:
    """
    Hide a note of one's own. That there was one stays visible; a second time changes nothing.

    Raises:
        Refused: somebody else wrote it.
    """
    with transaction.atomic():
        _lock(note.customer)
        note.refresh_from_db()
        if note.by_id != by.pk:
            raise Refused(_("Only the author can hide a note."))
        if note.hidden_at:
            return
        note.hidden_at, note.is_pinned = now(), False
        note.save(update_fields=["hidden_at", "is_pinned"])
        _record(note.customer, "note_hidden", by, about=note.pk)


def set_owner(customer: Customer, owner: User | None, *, by: User) -> None:
    """
    Name the person who looks after a customer, or nobody; the same once more changes nothing.

    Raises:
        Refused: the account of that person is deactivated.
    """
    with transaction.atomic():
        _lock(customer)
        customer.refresh_from_db(fields=["owner"])
        if customer.owner == owner:
            return
        if owner and not owner.is_active:
            raise Refused(_("The account of %(name)s is deactivated.") % {"name": owner})
        before, customer.owner = customer.owner, owner
        customer.save(update_fields=["owner"])
        _record(customer, "owner_changed", by, before=str(before or ""), after=str(owner or ""))


def add_tag(customer: Customer, name: str, *, by: User) -> None:
    """
    Give a customer a tag, in the spelling that others use for it; the same once more changes nothing.

    Raises:
        Refused: it has as many as there is room for.
    """
    with transaction.atomic():
        _lock(customer)
        tag, is_new = Tag.objects.get_or_create(key=Tag.key_of(name), defaults={"name": name})
        if customer.tags.contains(tag):
            return
        if customer.tags.count() >= MOST_TAGS:
            raise Refused(_("A customer can have %(count)s tags at most.") % {"count": MOST_TAGS})
        if not is_new and tag.name != name and not tag.customers.exists():
            # Nobody uses the old spelling.
            tag.name = name
            tag.save(update_fields=["name"])
        customer.tags.add(tag)
        _record(customer, "tag_added", by, tag=tag.name)


def remove_tag(customer: Customer, tag: Tag, *, by: User) -> None:
    """Take a tag from a customer; a second time changes nothing."""
    with transaction.atomic():
        _lock(customer)
        if customer.tags.contains(tag):
            customer.tags.remove(tag)
            _record(customer, "tag_removed", by, tag=tag.name)


def tags_in_use() -> QuerySet[Tag]:
    """Return the tags that any customer has, for lists to choose from."""
    return Tag.objects.filter(Exists(Customer.tags.through.objects.filter(tag_id=OuterRef("pk"))))


def has_tag_or_owner(typed: str) -> Q:
    """Return the condition that a customer has a tag, or an owner of a full name, however it is spelled."""
    tagged = Customer.tags.through.objects.filter(tag__key=Tag.key_of(typed)).values("customer_id")
    joined = Replace(Replace("name", Value(" ")), Value("\N{IDEOGRAPHIC SPACE}"))
    people = User.objects.annotate(joined=joined).filter(joined__iexact="".join(typed.split()))
    return Q(pk__in=tagged) | Q(owner__in=people.values("pk"))


def possible_owners() -> QuerySet[User]:
    """Return the people who can look after a customer."""
    return User.objects.filter(is_active=True).order_by("name", "email")


def pinned_of(customer: Customer) -> Sequence[Note]:
    """Return the pinned notes of a customer, the latest first."""
    return list(Note.objects.pinned().filter(customer=customer))


def _check_room(customer: Customer) -> None:
    if customer.notes.filter(is_pinned=True).count() >= MOST_PINNED:
        raise Refused(_("%(count)s notes are pinned, which is the most. Unpin one first.") % {"count": MOST_PINNED})


def _lock(customer: Customer) -> None:
    """Let nobody else change what is kept of the customer meanwhile."""
    Customer.objects.select_for_update().only("pk").get(pk=customer.pk)


def _record(customer: Customer, what: str, by: User, **details: Any) -> None:
    CustomerEvent.objects.create(customer=customer, what=what, by_id=by.pk, by_name=str(by), details=details)
