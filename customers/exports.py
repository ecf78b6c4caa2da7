"""Columns of the list of customers as a file, and those that say whose something is in other files."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.core.exports import Column, Row, coded
from portal.core.labels import listed


def customer_columns(customer: Callable[[Row], Customer]) -> tuple[Column[Row], ...]:
    """
    Return the columns that name a customer.

    Args:
        customer: returns the customer of a row.
    """
    return (
        Column(_("Customer"), lambda row: customer(row).company_name, "name"),
        Column(_("Domain or group name"), lambda row: customer(row).domain, "domain"),
        Column(_("Domain ID"), lambda row: customer(row).pk, "name"),
        Column(_("Customer code"), lambda row: customer(row).customer_code, "code"),
    )


def own_columns(customer: Callable[[Row], Customer], tags: Callable[[Row], Sequence[str]]) -> tuple[Column[Row], ...]:
    """
    Return the columns of what is the partner's own about a customer.

    Args:
        customer: returns the customer of a row.
        tags: returns the names of its tags.
    """
    return (
        Column(_("Owner"), lambda row: str(customer(row).owner or ""), "owner"),
        Column(_("Tags"), lambda row: listed(tags(row)), "tags"),
    )


# Rows of `for_list`, which adds columns that the model does not declare
EXPORTED: tuple[Column[Any], ...] = (
    *customer_columns(lambda row: row),
    *coded(_("Plan"), "product", lambda row: row.lead_product, "plan"),
    *coded(_("Contract type"), "plan", lambda row: row.lead_plan, "plan"),
    *coded(_("Status"), "subscription_status", lambda row: row.lead_status, "plan"),
    Column(_("Number of users"), lambda row: row.users, "licenses"),
    Column(_("Maximum number of users"), lambda row: row.most_users, "licenses"),
    Column(_("Number of licenses"), lambda row: row.licenses, "licenses"),
    Column(_("Contract end"), lambda row: row.contract_end, "end"),
    Column(_("Pre-order"), lambda row: row.next_start, "next"),
    *coded(_("Plan of the pre-order"), "product", lambda row: row.next_product, "next"),
    Column(_("Licenses of the pre-order"), lambda row: row.next_licenses, "next"),
    *own_columns(lambda row: row, lambda row: row.tag_names),
    Column(_("Last updated"), lambda row: row.read_at, "read"),
)
