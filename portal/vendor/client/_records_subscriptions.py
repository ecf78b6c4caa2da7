"""Records about subscriptions; unknown fields and values are kept."""

from ._reading import CalendarDay, Record
from ._values import LicenseAssignType, Plan, ProductId, RenewalType, ReservationType, SubscriptionStatus


class Renewal(Record):
    """
    What happens to a paid subscription at contract end. Vendor page:
    partner-customer-subscriptions-renewal-get
    """

    subscription_id: int
    type: RenewalType
    product_id: ProductId | None = None
    plan: Plan | None = None
    license_count: int | None = None


class Subscription(Record):
    """
    A product contract of a customer.

    `plan_end_date` is the end of the contract, on a trial the end of the trial, None on Free. `renewal` is
    there for paid plans only.

    Vendor page: partner-customer-subscriptions-list
    """

    domain_id: int
    subscription_id: int
    product_id: ProductId
    plan: Plan
    plan_start_date: CalendarDay
    status: SubscriptionStatus
    plan_end_date: CalendarDay | None = None
    license_assign_type: LicenseAssignType | None = None
    license_count: int | None = None
    renewal: Renewal | None = None


class PreOrder(Record):
    """A paid subscription that starts later. Vendor page: partner-customer-preorders-list"""

    pre_order_id: int
    apply_date: CalendarDay
    product_id: ProductId | None = None
    plan: Plan | None = None
    license_count: int | None = None


class Reservation(Record):
    """
    The one task scheduled for a subscription.

    `license_count` counts all licenses for START_PAID_SERVICE, and those to add for ADD_LICENSE.

    Vendor page: partner-customer-subscriptions-reservation-get
    """

    subscription_id: int
    type: ReservationType
    apply_date: CalendarDay
    plan: Plan | None = None
    product_id: ProductId | None = None
    license_count: int | None = None
