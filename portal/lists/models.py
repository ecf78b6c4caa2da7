"""Saved views: what people named of a list."""

from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import ROLE_NAMES, Role
from portal.core.clock import now

LONGEST_NAME = 40
# Servers and browsers take no address that is much longer.
LONGEST_QUERY = 2000
# So many tabs of one person are more than anybody finds their way in.
MOST_VIEWS = 20


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views as pages ask for them."""

    def visible_to(self, person: User) -> Self:
        """A person's own, and those that are shared with the person's role."""
        return self.filter(Q(owner=person) | Q(role__in=person.groups.order_by().values("name")))

    def for_tabs(self, person: User, listing: str) -> Self:
        """The views of a list that a person sees, and which of them the person opens it with; own ones first."""
        chosen = SavedView.default_for.through.objects.filter(savedview_id=OuterRef("pk"), user_id=person.pk)
        return (
            self.visible_to(person)
            .filter(listing=listing)
            .annotate(is_default=Exists(chosen))
            .order_by(models.Case(models.When(owner=person, then=0), default=1), "name", "pk")
        )


class SavedView(models.Model):
    """
    A filter of a list with its order and columns, under a name of a person's choice.

    The query is kept as the address had it. What it names may be gone later; the list then says so.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    listing = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    # The role that sees it too; empty if only its owner does.
    role = models.CharField(max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role], blank=True)
    default_for = models.ManyToManyField(User, related_name="+")
    created_at = models.DateTimeField(default=now)

    # What `for_tabs` adds
    is_default: bool

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["owner", "listing", "name"], name="one_view_of_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="a_view_has_a_name"),
        ]
        indexes = [models.Index(fields=["listing", "role"], name="view_by_role")]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def open_first(self, person: User, *, wanted: bool = True) -> None:
        """Have the list open with this view for a person, or no longer; any other view of the list no longer does."""
        chosen = SavedView.default_for.through.objects.filter(user_id=person.pk, savedview__listing=self.listing)
        chosen.delete()
        if wanted:
            self.default_for.add(person)
