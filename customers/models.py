"""Cache tables of customers, their usage status and their upgrade domains."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar

import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.search import matches
from portal.accounts.models import User
from portal.core.clock import now
from portal.core.company_names import name_keys, sort_name
from portal.core.search import pieces, search_key, searched_text, simplify
from portal.core.search_queries import parse_query, phone_lines
from portal.operations.models import AuditEvent, Operation
from portal.operations.states import FOR_A_PERSON
from portal.sync.freshness import without_calendar
from portal.sync.models import Reading, VendorRow
from portal.sync.querysets import OfCustomerQuerySet, VendorRowQuerySet


def standing_of(path: str, column: str) -> Case:
    """
    Return the expression of a column of the usage status, None where LINE WORKS shows none.

    Args:
        path: leads to the customer, with the separator; empty on customers themselves.
        column: of ``UsageStatus``.
    """
    status = f"{path}usage_status__"
    return Case(When(**{f"{status}removed_at": None}, then=F(f"{status}{column}")))


def tags_of(customer: str) -> ArraySubquery:
    """
    Return the expression of the names of a customer's tags, in their order.

    Args:
        customer: the column with its number.
    """
    return ArraySubquery(Tag.objects.filter(customers=OuterRef(customer)).order_by("key").values("name"))


def sort_name_of(customer: str, known_as: str) -> Coalesce:
    """
    Return the expression by which rows sort that only know the number of a customer.

    Args:
        customer: the column with the number.
        known_as: the column with the name that they sort by where there is no such customer.
    """
    names = Customer.objects.filter(pk=OuterRef(customer)).order_by().values("sort_name")
    return Coalesce(Subquery(names), F(known_as))


class CustomerQuerySet(VendorRowQuerySet["Customer"]):
    """Customers as lists ask for them."""

    def matching(self, query: str) -> Self:
        """Those that a search finds: by name, domain, code, number, administrator or phone, however it is spelled."""
        wanted = parse_query(query)
        return self.filter(matches(wanted)) if wanted else self

    def removed(self) -> models.QuerySet[Any, int]:
        """
        Return the numbers of those that LINE WORKS no longer lists.

        They are few: it is cheaper to leave these out of what customers hold than to look at the customer of each row.
        """
        return self.filter(removed_at__isnull=False).order_by().values_list("pk", flat=True)

    def with_marks(self) -> Self:
        """The same rows with what somebody has to know of a customer wherever it is named."""
        return self.annotate(
            leaves=standing_of("", "withdrawal_date"),
            standing=standing_of("", "status"),
            has_unknown=Exists(Operation.objects.filter(domain_id=OuterRef("pk"), state__in=FOR_A_PERSON)),
        )

    def for_list(self) -> Self:
        """Only the columns of the list, with the age of what is known."""
        oldest = (
            Reading.objects.filter(domain_id=OuterRef("pk"), resource__in=without_calendar())
            .order_by(F("read_at").asc(nulls_first=True))
            .values("read_at")[:1]
        )
        return self.only(
            "domain_id", "company_name", "domain", "lead_product", "lead_plan", "lead_status", "licenses",
            "contract_end", "subscription_count", "next_start", "next_product", "next_plan", "next_licenses",
            "domain_type", "enable_active_domain", "customer_code", "removed_at", "owner__name", "owner__email",
        ).select_related("owner").annotate(
            tag_names=tags_of("pk"),
            read_at=Subquery(oldest),
            users=standing_of("", "member_count"),
            most_users=standing_of("", "member_limit"),
        ).with_marks()  # fmt: skip


class Tag(models.Model):
    """
    A word of the partner's own for customers, from one list for all. LINE WORKS never gets it.

    Args:
        name: as the first person typed it.
        key: the same for every spelling: VIP and vip are one tag, in any width.
    """

    name = models.CharField(_("tag"), max_length=40)
    key = models.TextField(unique=True, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of(name: str) -> str:
        """Return what is the same for every spelling of a tag; signs count, so A and A+ are two."""
        return "".join(simplify(name).split())


class Customer(VendorRow):
    """
    A tenant that the partner manages, as LINE WORKS's listing shows it.

    Texts have no length here: one that is longer than documented is shown, and does not stop a page of records.

    The columns from ``lead_product`` on sum up its subscriptions and pre-orders, so that the list sorts and filters
    all customers by one index; the subscriptions app writes them. Owner, tags, notes and events are the partner's own:
    no sync touches them, and a customer that LINE WORKS no longer lists keeps them.
    """

    FILLED_BY_PORTAL = (
        "lead_product", "lead_plan", "lead_status", "licenses", "contract_end", "subscription_count",
        "next_start", "next_product", "next_plan", "next_licenses", "owner",
    )  # fmt: skip

    domain_id = models.BigIntegerField(primary_key=True)
    tenant_id = models.BigIntegerField()
    company_name = models.TextField(_("company or organization name"))
    domain = models.TextField()
    domain_type = models.TextField()
    phone_number = models.TextField(blank=True)
    time_zone = models.TextField(blank=True)
    locale = models.TextField(blank=True)
    enable_active_domain = models.BooleanField()
    enable_active_mxrecord = models.BooleanField()
    administrator_name = models.TextField(blank=True)
    administrator_email = models.TextField(blank=True)
    administrator_login = models.TextField(blank=True)
    administrator_phone = models.TextField(blank=True)
    partnership_status = models.TextField(blank=True)
    customer_code = models.TextField(blank=True)
    shows_partner_profile = models.BooleanField(null=True, blank=True)
    memo = models.TextField(blank=True)
    search_text = models.TextField(editable=False)
    search_pieces = ArrayField(models.TextField(), editable=False)
    # Its name without the legal form, by which lists sort.
    sort_name = models.TextField(editable=False)

    lead_product = models.TextField(_("plan"), blank=True)
    lead_plan = models.TextField(_("contract type"), blank=True)
    lead_status = models.TextField(blank=True)
    licenses = models.BigIntegerField(_("number of licenses"), null=True, blank=True)
    contract_end = models.DateField(_("contract end"), null=True, blank=True)
    subscription_count = models.PositiveSmallIntegerField(default=0)
    next_start = models.DateField(null=True, blank=True)
    next_product = models.TextField(blank=True)
    next_plan = models.TextField(blank=True)
    next_licenses = models.BigIntegerField(null=True, blank=True)

    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="owned_customers", verbose_name=_("owner")
    )
    tags = models.ManyToManyField(Tag, related_name="customers", blank=True, verbose_name=_("tags"))

    # What `for_list` and `with_marks` add
    tag_names: list[str]
    read_at: datetime | None
    users: int | None
    most_users: int | None
    leaves: date | None
    standing: str | None
    has_unknown: bool

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("order", _("Can change customers in LINE WORKS")),
            ("note", _("Can write notes about customers")),
            ("assign", _("Can set the owner and tags of customers")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(company_name="") | ~Q(domain=""), name="a_customer_has_a_name"),
        ]
        indexes = [
            GinIndex(fields=["search_pieces"], name="customer_search"),
            models.Index(fields=["sort_name", "domain_id"], name="customer_by_name"),
            # The list counts by these, without looking at the rows.
            models.Index(fields=["domain_id"], condition=Q(removed_at=None), name="customer_listed"),
            models.Index(fields=["lead_status"], condition=Q(removed_at=None), name="customer_by_status"),
            models.Index(fields=["contract_end", "domain_id"], name="customer_by_end"),
            models.Index(fields=["domain_id"], condition=Q(removed_at__isnull=False), name="customer_removed"),
            models.Index(fields=["lead_product", "lead_plan"], name="customer_by_plan"),
            models.Index(fields=["next_start", "domain_id"], name="customer_by_start"),
        ]

    def __str__(self) -> str:
        return self.company_name or self.domain

    @property
    def is_unverified(self) -> bool:
        """Whether it has yet to prove its domain; a group name is nothing to be verified."""
        return self.domain_type != "GROUP" and not self.enable_active_domain

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return _address(self.pk)

    def prepare_search(self) -> None:
        """Fill the columns that are searched and the one that lists sort by, from the others."""
        self.sort_name = sort_name(self.company_name, self.domain)
        codes = (self.customer_code, str(self.domain_id), str(self.tenant_id))
        people = (self.administrator_name, self.administrator_email)
        phones = [*phone_lines(self.phone_number), *phone_lines(self.administrator_phone)]
        others = map(search_key, (self.domain, *codes, *people))
        self.search_text = searched_text(name_keys(self.company_name)[:2], (*others, *phones))
        self.search_pieces = pieces(self.search_text)


class NoteQuerySet(models.QuerySet["Note"]):
    """Notes as pages ask for them."""

    def shown(self) -> Self:
        """Those that nobody has hidden."""
        return self.filter(hidden_at=None)

    def pinned(self) -> Self:
        """Those that stand on every page of their customer, the latest first."""
        return self.shown().filter(is_pinned=True).order_by("-pk")


class Note(models.Model):
    """
    What a person wrote about a customer. LINE WORKS never gets it.

    The database keeps text, author and moment as they are, and the row for good: a note that its author hides leaves a
    trace. It names the author by ID, without a foreign key: it must outlive the account.
    """

    MOST_LETTERS = 2000

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notes")
    at = models.DateTimeField(default=now)
    by_id = models.BigIntegerField()
    by_name = models.TextField()
    text = models.TextField(_("note"), max_length=MOST_LETTERS)
    is_pinned = models.BooleanField(default=False)
    hidden_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[NoteQuerySet] = NoteQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_note_has_a_text"),
            models.CheckConstraint(condition=Q(hidden_at=None) | Q(is_pinned=False), name="no_hidden_note_is_pinned"),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="note_of_customer")]
        triggers = [
            pgtrigger.ReadOnly(name="written_once", fields=["customer", "at", "by_id", "by_name", "text"]),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"note of {self.by_name} at {self.at:%H:%M:%S}"


class CustomerEvent(AuditEvent):
    """One change of what is the partner's own: the owner, a tag, a pinned or hidden note."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="events")


Row = TypeVar("Row", bound=models.Model)


class StandingQuerySet(OfCustomerQuerySet[Row]):
    """What belongs to one customer each, as pages ask for it."""


class UsageStatus(VendorRow):
    """
    How a customer stands at LINE WORKS: whether it can use the service, its members, its user limit, its leaving.

    A limit of None is no limit; so is a scheduled one, whose day tells whether there is one.
    """

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="usage_status")
    status = models.TextField(_("status"), blank=True)
    member_count = models.PositiveBigIntegerField(_("number of users"), null=True, blank=True)
    member_limit = models.PositiveBigIntegerField(_("maximum number of users"), null=True, blank=True)
    withdrawal_date = models.DateField(_("platform cancellation date"), null=True, blank=True)
    next_limit_date = models.DateField(_("scheduled date of the maximum number of users"), null=True, blank=True)
    next_limit = models.PositiveBigIntegerField(_("scheduled maximum number of users"), null=True, blank=True)

    objects: ClassVar[StandingQuerySet["UsageStatus"]] = StandingQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("usage status")
        verbose_name_plural = _("usage statuses")
        constraints = [
            models.CheckConstraint(
                condition=Q(next_limit=None) | Q(next_limit_date__isnull=False), name="a_scheduled_limit_has_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["status"], name="usage_status_by_status"),
            models.Index(
                fields=["withdrawal_date"],
                condition=Q(withdrawal_date__isnull=False),
                name="usage_status_by_withdrawal",
            ),
            models.Index(
                fields=["next_limit_date"],
                condition=Q(next_limit_date__isnull=False),
                name="usage_status_by_limit_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.customer_id}"


@dataclass(frozen=True)
class DnsRecord:
    """What is to be entered in a domain's DNS: the type, the name, the value, and of a mail server the priority."""

    type: str
    host: str
    value: str
    priority: int | None = None


class UpgradeDomain(VendorRow):
    """A domain that a customer is to prove, with what to enter in its DNS; the texts are public and no secrets."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="upgrade_domain")
    domain = models.TextField(_("domain"), blank=True)
    is_active = models.BooleanField(_("verified"))
    cname_host = models.TextField(blank=True)
    cname_target = models.TextField(blank=True)
    txt_host = models.TextField(blank=True)
    txt_value = models.TextField(blank=True)
    mx_host = models.TextField(blank=True)
    mx_priority_10 = models.TextField(blank=True)
    mx_priority_20 = models.TextField(blank=True)

    objects: ClassVar[StandingQuerySet["UpgradeDomain"]] = StandingQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("upgrade domain")
        verbose_name_plural = _("upgrade domains")
        indexes = [models.Index(fields=["is_active"], name="upgrade_domain_by_proof")]

    def __str__(self) -> str:
        return f"{self.domain} of {self.customer_id}"

    @property
    def dns_records(self) -> list[DnsRecord]:
        """What is to be entered in its DNS, as far as LINE WORKS tells."""
        records = [
            DnsRecord("CNAME", self.cname_host, self.cname_target),
            DnsRecord("TXT", self.txt_host, self.txt_value),
            DnsRecord("MX", self.mx_host, self.mx_priority_10, 10),
            DnsRecord("MX", self.mx_host, self.mx_priority_20, 20),
        ]
        return [record for record in records if record.value]


@lru_cache(maxsize=10_000)
def _address(domain_id: int) -> str:
    """Return the address of a customer's page; in a list, working it out costs as much as two cells of the row."""
    return reverse("customers:detail", args=[domain_id])
