"""Cache tables of subscriptions, their scheduled changes, and pre-orders."""

from datetime import date
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Case, F, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, standing_of, tags_of
from portal.core.catalogue import PLAN_GROUPS
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet
from subscriptions.days import decision_day, renewal_day

CURRENT = Q(removed_at=None)

Row = TypeVar("Row", bound=models.Model)


class ContractQuerySet(OfCustomerQuerySet[Row]):
    """Contracts as pages ask for them."""

    def of_outer_subscription(self) -> Self:
        """Current rows about the subscription of the query around them."""
        return self.current().filter(customer_id=OuterRef("customer_id"), subscription_id=OuterRef("subscription_id"))


class SubscriptionQuerySet(ContractQuerySet["Subscription"]):
    """Subscriptions as lists ask for them."""

    def for_list(self) -> Self:
        """
        Those of customers that LINE WORKS lists, with the users of their licenses.

        LINE WORKS counts users of itself; those of Roger, AiNote, PaperOn and AiStudio are not in the usage status.
        Few customers are removed, so that looking for these is cheaper than looking at the customer of each row.
        """
        users, most_users = (
            Case(When(product_id__in=PLAN_GROUPS["WORKS"], then=standing_of("customer__", column)))
            for column in ("member_count", "member_limit")
        )
        return (
            self.current()
            .exclude(customer__in=Customer.objects.removed())
            .select_related("customer__owner")
            .only(
                "subscription_id", "product_id", "plan", "status", "start_date", "end_date", "license_count",
                "renewal_type", "renewal_product_id", "renewal_plan", "renewal_license_count",
                "customer__company_name", "customer__domain", "customer__customer_code", "customer__owner__name",
                "customer__owner__email",
            )
            .annotate(
                users=users,
                most_users=most_users,
                leaving=standing_of("customer__", "withdrawal_date"),
                tag_names=tags_of("customer_id"),
            )
        )  # fmt: skip


class Subscription(VendorRow):
    """A product contract of a customer, with what happens at its end; only paid ones have such a renewal."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    subscription_id = models.BigIntegerField()
    product_id = models.TextField(_("plan"))
    plan = models.TextField(_("contract type"))
    status = models.TextField(_("status"))
    start_date = models.DateField(_("start date"))
    end_date = models.DateField(_("contract end"), null=True, blank=True)
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)
    license_assignment = models.TextField(_("license assignment"), blank=True)
    renewal_type = models.TextField(_("renewal settings"), blank=True)
    renewal_product_id = models.TextField(_("plan at renewal"), blank=True)
    renewal_plan = models.TextField(_("contract type at renewal"), blank=True)
    renewal_license_count = models.PositiveBigIntegerField(_("number of licenses at renewal"), null=True, blank=True)

    # The day of its scheduled change, so that the list sorts by it with one index.
    scheduled_for = models.DateField(_("scheduled date"), null=True, blank=True)

    FILLED_BY_PORTAL = ("scheduled_for",)

    # What `for_list` adds
    users: int | None
    most_users: int | None
    leaving: date | None
    tag_names: list[str]

    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["customer_id", "start_date", "subscription_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "subscription_id"], name="one_row_a_subscription"),
        ]
        indexes = [
            models.Index(fields=["subscription_id"], name="subscription_by_number"),
            # The list counts by this one, without looking at the rows.
            models.Index(fields=["customer", "subscription_id"], condition=CURRENT, name="subscription_by_customer"),
            models.Index(fields=["end_date", "id"], condition=CURRENT, name="subscription_by_end"),
            models.Index(
                F("end_date").desc(nulls_last=True), F("id").desc(), condition=CURRENT, name="subscription_by_last_end"
            ),
            models.Index(fields=["license_count", "id"], condition=CURRENT, name="subscription_by_licenses"),
            models.Index(
                F("license_count").desc(nulls_last=True),
                F("id").desc(),
                condition=CURRENT,
                name="subscription_by_most_licenses",
            ),
            models.Index(fields=["product_id", "plan", "id"], condition=CURRENT, name="subscription_by_plan"),
            models.Index(fields=["status", "id"], condition=CURRENT, name="subscription_by_status"),
            models.Index(fields=["renewal_type", "end_date", "id"], condition=CURRENT, name="subscription_by_renewal"),
            models.Index(fields=["scheduled_for", "id"], condition=CURRENT, name="subscription_by_task"),
            # Renewals and upcoming events, in the order of their days. They hold all rows: from an index of some alone
            # PostgreSQL learns nothing of how the days are spread.
            models.Index(decision_day(), F("id"), name="subscription_by_decision"),
            models.Index(renewal_day(), F("id"), name="subscription_by_renewal_day"),
            # What was renewed or ended lately
            models.Index(fields=["start_date"], name="subscription_by_start"),
            models.Index(fields=["end_date"], condition=~CURRENT, name="subscription_ended"),
            models.Index(
                F("scheduled_for").desc(nulls_last=True),
                F("id").desc(),
                condition=CURRENT,
                name="subscription_by_last_task",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} {self.subscription_id}"


class Reservation(VendorRow):
    """
    The one task scheduled for a subscription.

    ``license_count`` counts all licenses for a conversion, and those to add for more licenses.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reservations")
    subscription_id = models.BigIntegerField()
    type = models.TextField(_("type"))
    apply_date = models.DateField(_("scheduled date"))
    product_id = models.TextField(_("plan"), blank=True)
    plan = models.TextField(_("contract type"), blank=True)
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["Reservation"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("scheduled change")
        verbose_name_plural = _("scheduled changes")
        ordering = ["customer_id", "apply_date", "subscription_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "subscription_id"], name="one_row_a_reservation"),
        ]
        indexes = [
            models.Index(fields=["apply_date", "id"], condition=CURRENT, name="reservation_by_day"),
            models.Index(fields=["type", "apply_date"], condition=CURRENT, name="reservation_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.subscription_id} on {self.apply_date}"


class PreOrder(VendorRow):
    """A paid subscription that starts later."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="pre_orders")
    pre_order_id = models.BigIntegerField()
    product_id = models.TextField(_("plan"), blank=True)
    plan = models.TextField(_("contract type"), blank=True)
    apply_date = models.DateField(_("scheduled date"))
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["PreOrder"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("pre-order")
        verbose_name_plural = _("pre-orders")
        ordering = ["customer_id", "apply_date", "pre_order_id"]
        constraints = [models.UniqueConstraint(fields=["customer", "pre_order_id"], name="one_row_a_pre_order")]
        indexes = [models.Index(fields=["apply_date", "id"], condition=CURRENT, name="pre_order_by_day")]
        permissions = [("order", _("Can submit requests"))]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} from {self.apply_date}"
