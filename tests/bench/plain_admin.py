"""
Customers, subscriptions and options in Django's admin, as somebody without this portal would set it up in ten minutes.

It shows the same columns in the same order as the lists and offers about the same filters. What is not named
is as Django has it; a query a row, which such lists often have, is spared it.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from customers.models import Customer
from options.models import OptionProduct
from portal.sync.models import Reading
from subscriptions.models import Subscription

if TYPE_CHECKING:
    CustomerModelAdmin = admin.ModelAdmin[Customer]
    SubscriptionModelAdmin = admin.ModelAdmin[Subscription]
    OptionModelAdmin = admin.ModelAdmin[OptionProduct]
else:
    CustomerModelAdmin = SubscriptionModelAdmin = OptionModelAdmin = admin.ModelAdmin


class PlainSite(admin.AdminSite):
    """Lets in whoever may use Partnerdesk, which has no "staff"."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may see the admin."""
        return request.user.is_active


class CustomerAdmin(CustomerModelAdmin):
    """The list of customers."""

    list_display = (
        "company_name", "domain", "lead_product", "lead_plan", "licenses", "contract_end", "next_start", "read_at",
    )  # fmt: skip
    list_filter = ("lead_product", "lead_plan", "contract_end", "enable_active_domain")
    search_fields = ("company_name", "domain", "customer_code")
    ordering = ("sort_name",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Return the customers that the partner has, with the age of what is known."""
        oldest = Reading.objects.filter(domain_id=OuterRef("pk")).order_by(F("read_at").asc(nulls_first=True))
        customers = super().get_queryset(request).filter(removed_at=None)
        return customers.annotate(oldest=Subquery(oldest.values("read_at")[:1]))

    @admin.display(ordering="oldest")
    def read_at(self, customer: Customer) -> datetime | None:
        """When the oldest part of it was read."""
        moment: datetime | None = getattr(customer, "oldest")  # noqa: B009  a column of the query, not of the model
        return moment


class SubscriptionAdmin(SubscriptionModelAdmin):
    """The list of subscriptions; of renewals and of what is to come too, which the admin knows no list of."""

    list_display = (
        "product_id", "plan", "customer", "status", "license_count", "start_date", "end_date", "renewal_type",
        "scheduled_for",
    )  # fmt: skip
    list_filter = ("product_id", "plan", "status", "renewal_type", "end_date")
    list_select_related = ("customer",)
    search_fields = ("customer__company_name", "customer__domain", "customer__customer_code")
    ordering = ("end_date",)
    list_per_page = 50


class OptionAdmin(OptionModelAdmin):
    """The list of options."""

    list_display = ("option_product_id", "sub_option_id", "customer", "quantity", "plan", "start_date", "end_date")
    list_filter = ("option_product_id", "plan", "end_date")
    list_select_related = ("customer",)
    search_fields = ("customer__company_name", "customer__domain", "customer__customer_code")
    ordering = ("end_date",)
    list_per_page = 50


site = PlainSite(name="admin")
site.register(Customer, CustomerAdmin)
site.register(Subscription, SubscriptionAdmin)
site.register(OptionProduct, OptionAdmin)
