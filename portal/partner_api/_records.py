"""The vendor's records as this package hands them out: unknown values and fields are kept."""

from ._inferred import InferredPartnership
from ._reading import CalendarDay, Record
from ._values import (
    DomainType,
    LicenseAssignType,
    Locale,
    PartnerStatus,
    Plan,
    ProductId,
    RenewalType,
    SubscriptionStatus,
)


class CustomerAdministrator(Record):
    """The first administrator of a customer. Vendor page: partner-customer-get"""

    id: str
    last_name: str
    private_email: str
    first_name: str | None = None
    cellphone: str | None = None
    country_code: str | None = None


class CustomerPartnership(InferredPartnership):
    """How a customer stands to the partner. Vendor page: partner-customer-get"""

    status: PartnerStatus | None = None


class Customer(Record):
    """
    A tenant the partner manages; `domain_id` is the key.

    `product_id` covers the core service alone, may be None and is to be removed by the vendor: read
    subscriptions.

    Vendor pages: partner-customer-list, partner-customer-get
    """

    tenant_id: int
    domain_id: int
    domain: str
    company_name: str
    phone_number: str
    time_zone: str
    locale: Locale
    enable_active_mxrecord: bool
    enable_active_domain: bool
    domain_type: DomainType
    product_id: ProductId | None = None
    administrator: CustomerAdministrator | None = None
    partnership: CustomerPartnership | None = None


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
