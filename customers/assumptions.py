"""
Assumptions about customers that no page of LINE WORKS states.

When the first real answer disagrees, this is the file to correct.
"""

from typing import Any

from django.conf import settings

from portal.vendor.client import Customer, UsageStatus, UsageStatusChange


def is_own_domain(customer: Customer) -> bool:
    """
    Return whether a customer is the partner's own domain, which cannot be deleted and does not leave.

    No record of LINE WORKS says so, so PARTNER_DOMAIN_ID does. Assumed without it: a service account belongs to the
    domain that stands in its name, and the partner's service account to the domain of the partner.
    LINE WORKS pages: partner-customer-delete, partner-customer-usage-status-patch, auth-jwt
    """
    if settings.PARTNER_DOMAIN_ID:
        return customer.domain_id == settings.PARTNER_DOMAIN_ID
    _account, at, domain = settings.PARTNER_SERVICE_ACCOUNT.rpartition("@")
    return bool(at) and customer.domain == domain.lower()


def with_both_members(usage: UsageStatus, asked_for: dict[str, Any]) -> UsageStatusChange:
    """
    Return the body of patchUsageStatus for one of its members, with the other one as it was read.

    Every documented example sends both members, and what leaving one out does is not stated. Assumed: what a reading
    shows as null, or does not name, is not set, and null keeps it so. A scheduled platform cancellation that
    LINE WORKS does not show would be removed by that: the page of the usage status promises the date for
    SUSPENDED_WITHDRAWAL alone, and its example shows one with ACTIVE.

    LINE WORKS pages: partner-customer-usage-status-patch, partner-customer-usage-status-get
    """
    as_read = {"max_member_count": usage.max_member_count, "withdrawal_date": usage.withdrawal_date}
    return UsageStatusChange.model_validate(as_read | asked_for)
