"""Records about customers; unknown fields and values are kept."""

from enum import StrEnum

from ._assumptions import InferredPartnership, InferredPotentialCustomer
from ._reading import CalendarDay, Record
from ._values import CustomerStatus, DomainType, Locale, PartnerStatus, ProductId


class CustomerDeletion(StrEnum):
    """
    What became of a customer that was to be deleted: it is gone, or it waits for its withdrawal.

    Vendor page: partner-customer-delete
    """

    GONE = "gone"
    PENDING = "pending"


class VerifiedDomain(Record):
    """
    A domain or group name that can be used, and which of the two it is.

    Vendor page: partner-customer-verify-domain
    """

    domain: str
    type: DomainType


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

    `product_id` covers the core service alone, may be None and is to be removed by LINE WORKS: read
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


class MxRecords(Record):
    """The mail servers to enter in the DNS, by priority. Vendor page: partner-customer-upgrade-domain-get"""

    priority10: str | None = None
    priority20: str | None = None


class UpgradeDomain(Record):
    """
    The domain that is to replace a group name or to be activated, and what to enter in its DNS.

    `is_active_domain` tells whether LINE WORKS has seen the proof of ownership. `txt_token` is meant to be
    published in the DNS and no secret.

    Vendor page: partner-customer-upgrade-domain-get
    """

    domain: str | None = None
    is_active_domain: bool = False
    cname_host: str | None = None
    cname_target: str | None = None
    txt_host: str | None = None
    txt_token: str | None = None
    mx_record_host: str | None = None
    mx_record_value: MxRecords | None = None


class PotentialCustomer(InferredPotentialCustomer):
    """
    An Online Direct customer that could be taken over.

    `product_id` covers the core service alone and is to be removed by LINE WORKS: read `product_ids`.

    Vendor page: partner-potential-customers-get
    """

    tenant_id: int | None = None
    domain_id: int | None = None
    domain: str | None = None
    product_id: ProductId | None = None
    product_ids: tuple[ProductId, ...] | None = None


class UsageStatusRenewal(Record):
    """
    A scheduled change of the user limit; `max_member_count` None lifts it. Vendor page:
    partner-customer-usage-status-get
    """

    apply_date: CalendarDay
    max_member_count: int | None = None


class UsageStatus(Record):
    """
    How a customer stands at LINE WORKS.

    `max_member_count` None means no limit. `withdrawal_date` is the day a customer that is
    SUSPENDED_WITHDRAWAL gets deleted; whether a date that is only scheduled shows isn't documented.

    Vendor page: partner-customer-usage-status-get
    """

    domain_id: int | None = None
    status: CustomerStatus | None = None
    member_count: int | None = None
    max_member_count: int | None = None
    withdrawal_date: CalendarDay | None = None
    renewal: UsageStatusRenewal | None = None
