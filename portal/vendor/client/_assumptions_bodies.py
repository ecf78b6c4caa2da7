"""
Request bodies that no page of LINE WORKS shows, whole or in part.

Each says where it was taken from. When the first real answer disagrees, this is the file to correct, together
with `_assumptions.py`.
"""

from typing import Annotated, Self

from pydantic import StrictBool, model_validator

from ._bodies import KNOWN, NULLABLE, Body, Change, Licenses
from ._bodies_customers import CompanyName, CustomerCode, KnownLocale, Memo, PhoneNumber
from ._bodies_options import KnownOption, KnownSubOption, Quantity, check_belongs
from ._reading import CalendarDay
from ._values import OptionRenewalType, OptionTaskType, Plan, ProductId


class PartnershipReplacement(Body):
    """The partner's own notes on a customer, all of them. Fields as of `PartnershipChange`."""

    customer_code: CustomerCode
    enable_partner_profile_display: StrictBool
    memo: Memo


class CustomerReplacement(Body):
    """
    All that a customer is to be from now on. Fields as of `NewCustomer`.

    PUT replaces: what it leaves out is lost. So every field must be given here, an empty text for a note that
    is to be empty. The page of PUT wasn't seen; the fields are those of PATCH. Vendor pages: api-call,
    partner-customer-update-patch
    """

    company_name: CompanyName
    phone_number: PhoneNumber
    time_zone: str
    locale: KnownLocale
    partnership: PartnershipReplacement


class NewSubscription(Body):
    """
    A subscription to start at once.

    The page was cut after `plan`; the other two fields are as on the sibling operations.

    Attributes:
        plan: the contract type.
        product_id: the product.
        license_count: 1 to 1,000,000, for license-based plans; otherwise leave it out, or give None to send
            null.

    Vendor page: partner-customer-subscriptions-post
    """

    plan: Annotated[Plan, KNOWN]
    product_id: Annotated[ProductId, KNOWN]
    license_count: Annotated[Licenses | None, NULLABLE] = None


class MoreLicenses(Body):
    """
    Licenses on top of those there are, 1 to 1,000,000.

    The page of the operation wasn't seen; the field is that of the operation before it. Vendor page:
    partner-customer-subscription-add-license-count
    """

    add_license_count: Licenses


class OptionQuantity(Body):
    """
    The quantity for `addOptionProductQuantity`, from 1.

    No page was seen; the name is that of every sibling operation. Whether it is the amount to add or the new
    total is unknown.
    """

    quantity: Quantity


class OptionRenewalChange(Change):
    """
    What is to happen to an option at contract end.

    The page was cut after `sub_option_id`; the rest is named in its prose.

    Attributes:
        sub_option_id: the sub option from then on, with CHANGE.
        type: STAY or CHANGE.
        quantity: with CHANGE, for options sold by quantity; otherwise leave it out, or give None to send null.

    Vendor page: partner-customer-option-products-renewal-patch
    """

    sub_option_id: KnownSubOption | None = None
    type: Annotated[OptionRenewalType, KNOWN] | None = None
    quantity: Annotated[Quantity | None, NULLABLE] = None


class NewOptionProductOrder(Body):
    """
    A task to schedule for an option.

    The table wasn't seen; the fields are those of the task as it is read, and which of them are required is
    our reading: without the first three there would be no task.

    Attributes:
        option_product_id: the option.
        type: what is to happen.
        apply_date: the day; how far ahead depends on the task (LINE WORKS checks; so do Partnerdesk's rules).
        sub_option_id: one of the option's sub options, for tasks that choose one.
        quantity: for options sold by quantity; otherwise leave it out, or give None to send null.

    Vendor page: partner-customer-option-product-orders-post
    """

    option_product_id: KnownOption
    type: Annotated[OptionTaskType, KNOWN]
    apply_date: CalendarDay
    sub_option_id: KnownSubOption | None = None
    quantity: Annotated[Quantity | None, NULLABLE] = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.sub_option_id:
            check_belongs(self.sub_option_id, self.option_product_id)
        return self


class OptionProductOrderChange(Change):
    """
    A change of a scheduled option task; what isn't given stays.

    The table wasn't seen; the page's prose names the date and says that what else may change depends on the
    task.

    Attributes:
        apply_date: another day.
        sub_option_id: another sub option.
        quantity: another quantity; None sends null.

    Vendor page: partner-customer-option-product-orders-patch
    """

    apply_date: CalendarDay | None = None
    sub_option_id: KnownSubOption | None = None
    quantity: Annotated[Quantity | None, NULLABLE] = None
