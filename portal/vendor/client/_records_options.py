"""Records about options; unknown fields and values are kept."""

from ._assumptions import InferredOptionProductRenewal
from ._reading import CalendarDay, Moment, Record
from ._values import OptionProductId, OptionRenewalType, OptionTaskType, Plan, ProductGroupId, SubOptionId


class OptionProduct(Record):
    """
    An option that a customer holds.

    `quantity` is 1 for SSTG2 and BCT, though some examples show null, and None for the others of the English
    catalogue. `plan_end_date` is the end of the contract, on a trial the end of the trial.

    Vendor page: partner-customer-option-products-list
    """

    subscription_id: int
    option_product_id: OptionProductId
    sub_option_id: SubOptionId
    applied_time: Moment
    plan: Plan
    plan_start_date: CalendarDay
    plan_end_date: CalendarDay
    quantity: int | None = None


class OptionProductRenewal(InferredOptionProductRenewal):
    """What happens to an option at contract end. Vendor page: partner-customer-option-products-renewal-get"""

    subscription_id: int | None = None
    option_product_id: OptionProductId | None = None
    sub_option_id: SubOptionId | None = None
    type: OptionRenewalType | None = None


class OptionProductOrder(Record):
    """
    The task scheduled for an option of a customer; there is one at most.

    `subscription_id` is None when the option waits for a subscription that is itself only scheduled.

    Vendor page: partner-customer-option-product-orders-list
    """

    option_product_id: OptionProductId
    sub_option_id: SubOptionId
    type: OptionTaskType
    apply_date: CalendarDay
    subscription_id: int | None = None
    quantity: int | None = None


class OptionProductUsage(Record):
    """
    What a customer used of an option on one day.

    What `usage_count` counts is on no page seen.

    Vendor page: partner-customer-option-product-usage-list
    """

    product_group_id: ProductGroupId
    option_product_id: OptionProductId
    sub_option_id: SubOptionId
    used_date: CalendarDay
    plan: Plan
    member_count: int | None = None
    license_count: int | None = None
    quantity: int | None = None
    usage_count: int | None = None
