"""
The vendor's records as this package hands them out, and the bodies it sends.

Received: tolerant (unknown values and fields are kept). Sent: strict (documented fields and known values
    only, and a
field that isn't given isn't sent).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt
from pydantic.alias_generators import to_camel

from ._inferred import InferredPartnership
from ._reading import CalendarDay, Record
from ._values import (
    PAID_PLANS,
    PAID_PRODUCTS,
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


class Body(BaseModel):
    """A request body: documented fields only, and what isn't given isn't sent."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def to_vendor(self) -> dict[str, Any]:
        """
        Return the JSON object to send. A field never given is absent; one given as None is sent as null.
        """
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _orderable_product(product: ProductId) -> ProductId:
    if product not in PAID_PRODUCTS:
        raise ValueError("not a product that can be ordered for a later day")
    return product


def _orderable_plan(plan: Plan | None) -> Plan | None:
    if plan is None:
        raise ValueError("the vendor documents no null here; leave the field out")
    if plan not in PAID_PLANS:
        raise ValueError("not a contract type that can be ordered for a later day")
    return plan


class NewPreOrder(Body):
    """
    A paid subscription to schedule.

    Attributes:
        apply_date: the day it starts, from tomorrow to 31 days ahead (the vendor checks; so do the portal's
            rules).
        product_id: a paid product.
        plan: a paid contract type; leave it out to let the vendor choose.
        license_count: for licence-based plans; otherwise leave it out, or give None to send null.

    Vendor page: partner-customer-preorders-post
    """

    apply_date: CalendarDay
    product_id: Annotated[ProductId, AfterValidator(_orderable_product)]
    plan: Annotated[Plan | None, AfterValidator(_orderable_plan)] = None
    license_count: Annotated[StrictInt, Field(ge=1)] | None = None


class PreOrderChange(Body):
    """The one change a pre-order allows: another day. Vendor page: partner-customer-preorders-patch"""

    apply_date: CalendarDay
