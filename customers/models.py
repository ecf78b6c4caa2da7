"""Cache tables of customers, their usage status and their upgrade domains."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.core.search import fold, pieces, wanted
from portal.sync.freshness import without_calendar
from portal.sync.models import Reading, VendorRow
from portal.sync.querysets import OfCustomerQuerySet, VendorRowQuerySet


class CustomerQuerySet(VendorRowQuerySet["Customer"]):
    """Customers as lists ask for them."""

    def matching(self, query: str) -> Self:
        """Those whose name, domain, code or number holds the query, however it is spelt."""
        folded = fold(query)
        if not folded:
            return self
        return self.filter(search_pieces__contains=wanted(folded), search_text__contains=folded)

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
            "enable_active_domain", "removed_at",
        ).annotate(read_at=Subquery(oldest))  # fmt: skip


class Customer(VendorRow):
    """
    A tenant that the partner manages, as LINE WORKS's listing shows it.

    Texts have no length here: one that is longer than documented is shown, and does not stop a page of records.

    The columns from ``lead_product`` on sum up its subscriptions and pre-orders, so that the list sorts and filters
    all customers by one index; the subscriptions app writes them.
    """

    FILLED_BY_PORTAL = (
        "lead_product", "lead_plan", "lead_status", "licenses", "contract_end", "subscription_count",
        "next_start", "next_product", "next_plan", "next_licenses",
    )  # fmt: skip

    domain_id = models.BigIntegerField(primary_key=True)
    tenant_id = models.BigIntegerField()
    company_name = models.TextField(_("name"))
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
    search_pieces = ArrayField(models.CharField(max_length=2), editable=False)

    lead_product = models.TextField(_("product"), blank=True)
    lead_plan = models.TextField(_("plan"), blank=True)
    lead_status = models.TextField(blank=True)
    licenses = models.BigIntegerField(_("licenses"), null=True, blank=True)
    contract_end = models.DateField(_("contract end"), null=True, blank=True)
    subscription_count = models.PositiveSmallIntegerField(default=0)
    next_start = models.DateField(null=True, blank=True)
    next_product = models.TextField(blank=True)
    next_plan = models.TextField(blank=True)
    next_licenses = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [("order", _("Can change customers at the vendor"))]
        constraints = [
            models.CheckConstraint(condition=~Q(company_name="") | ~Q(domain=""), name="a_customer_has_a_name"),
        ]
        indexes = [
            GinIndex(fields=["search_pieces"], name="customer_search"),
            models.Index(fields=["company_name", "domain_id"], name="customer_by_name"),
            models.Index(fields=["contract_end", "domain_id"], name="customer_by_end"),
            models.Index(fields=["lead_product", "lead_plan"], name="customer_by_plan"),
            models.Index(fields=["next_start", "domain_id"], name="customer_by_start"),
        ]

    def __str__(self) -> str:
        return self.company_name or self.domain

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return _address(self.pk)

    def prepare_search(self) -> None:
        """Fill the columns that are searched, from the others."""
        parts = (self.company_name, self.domain, self.customer_code, str(self.domain_id))
        self.search_text = "\n".join(fold(part) for part in parts if part)
        self.search_pieces = sorted({piece for part in self.search_text.split("\n") for piece in pieces(part)})


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
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    member_limit = models.PositiveBigIntegerField(_("user limit"), null=True, blank=True)
    withdrawal_date = models.DateField(_("withdrawal"), null=True, blank=True)
    next_limit_date = models.DateField(_("scheduled limit, from"), null=True, blank=True)
    next_limit = models.PositiveBigIntegerField(_("scheduled limit"), null=True, blank=True)

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
    is_active = models.BooleanField(_("proved"))
    cname_host = models.TextField(blank=True)
    cname_target = models.TextField(blank=True)
    txt_host = models.TextField(blank=True)
    txt_value = models.TextField(blank=True)
    mx_host = models.TextField(blank=True)
    mx_priority_10 = models.TextField(blank=True)
    mx_priority_20 = models.TextField(blank=True)

    objects: ClassVar[StandingQuerySet["UpgradeDomain"]] = StandingQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("domain to prove")
        verbose_name_plural = _("domains to prove")
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
