"""Operations about usage status: suspension, maximum number of users, platform cancellation."""

from datetime import date

from ._bodies_customers import NewUsageStatusRenewal, UsageStatusChange, UsageStatusRenewalChange
from ._endpoints import Group, endpoint
from ._records_customers import UsageStatus

_STATUS = "/partners/customers/{domainId}/usage-status"
_RENEWAL = _STATUS + "/renewal"


class UsageStatusOperations(Group):
    """The operations on a customer's usage status; what they raise and need is told by `CustomersApi`."""

    @endpoint("getUsageStatus", "GET", _STATUS)
    def get_usage_status(self, domain_id: int) -> UsageStatus:
        """
        Get a customer's status, users, user limit, its scheduled change, and the day it gets deleted.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-usage-status-get
        """
        return self._one(UsageStatus, self._ask("getUsageStatus", domainId=domain_id))

    @endpoint("patchUsageStatus", "PATCH", _STATUS, body=UsageStatusChange)
    def patch_usage_status(self, domain_id: int, change: UsageStatusChange) -> UsageStatus:
        """
        Set or lift a customer's user limit, schedule its leaving the platform, or take that back.

        A scheduled change of the user limit is deleted by it.

        Args:
            domain_id: the customer's domainId.
            change: the new limit, the day, or both. What leaving one out does isn't documented, so give both:
                the one that is to stay as it was read.

        Returns:
            The usage status as it is now.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_usage_status` tells.

        Scope: partner. Vendor page: partner-customer-usage-status-patch
        """
        return self._one(UsageStatus, self._ask("patchUsageStatus", domainId=domain_id, body=change))

    @endpoint("createUsageStatusRenewal", "POST", _RENEWAL, body=NewUsageStatusRenewal)
    def create_usage_status_renewal(self, domain_id: int, renewal: NewUsageStatusRenewal) -> UsageStatus:
        """
        Schedule a change of a customer's user limit.

        Args:
            domain_id: the customer's domainId.
            renewal: the day, tomorrow to one year ahead, and the limit.

        Returns:
            The usage status, the scheduled change included.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `renewal` of `get_usage_status` tells.

        Scope: partner. Vendor page: partner-customer-usage-status-renewal-post
        """
        return self._one(UsageStatus, self._ask("createUsageStatusRenewal", domainId=domain_id, body=renewal))

    @endpoint("patchUsageStatusRenewal", "PATCH", _RENEWAL, body=UsageStatusRenewalChange)
    def patch_usage_status_renewal(self, domain_id: int, apply_date: date) -> UsageStatus:
        """
        Move a scheduled change of the user limit to another day; nothing else of it can be changed.

        Args:
            domain_id: the customer's domainId.
            apply_date: the new day, tomorrow to one year ahead.

        Returns:
            The usage status, the scheduled change included.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `renewal` of `get_usage_status` tells.

        Scope: partner. Vendor page: partner-customer-usage-status-renewal-patch
        """
        change = UsageStatusRenewalChange(apply_date=apply_date)
        return self._one(UsageStatus, self._ask("patchUsageStatusRenewal", domainId=domain_id, body=change))

    @endpoint("deleteUsageStatusRenewal", "DELETE", _RENEWAL, empty=(204,))
    def delete_usage_status_renewal(self, domain_id: int) -> None:
        """
        Delete the scheduled change of a customer's user limit.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `renewal` of `get_usage_status` tells.

        Scope: partner. Vendor page: partner-customer-usage-status-renewal-delete
        """
        self._ask("deleteUsageStatusRenewal", domainId=domain_id)
