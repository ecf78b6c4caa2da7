"""Figures over time, for pages of apps that do not know this one."""

from collections.abc import Sequence
from datetime import date

from django import template

from customers.models import Customer
from portal.desk.charts import Used, usage_of_year

register = template.Library()


@register.simple_tag
def usage_over_time(customer: Customer, today: date) -> Sequence[Used]:
    """Return users and licenses of a customer over a year; nothing where LINE WORKS has counted nothing yet."""
    return usage_of_year(customer, today)
