"""Records about usage and invoices; unknown fields and values are kept."""

from decimal import Decimal

from ._assumptions import InferredSettlementItem
from ._reading import CalendarDay, Listing, Moment, Record
from ._values import CustomerStatus, PaymentStatus, Plan, ProductGroupId, ProductId, SettlementItemType


class CustomerUsage(Record):
    """
    What a customer used of a product on one day, metered at midnight.

    `license_count` speaks of annual contracts, `max_member_count` of monthly ones.

    Vendor page: partner-customer-usage-list
    """

    product_group_id: ProductGroupId
    used_date: CalendarDay
    product_id: ProductId
    plan: Plan
    status: CustomerStatus
    license_count: int | None = None
    member_count: int | None = None
    max_member_count: int | None = None


class Invoice(Record):
    """
    One month's invoice of the partner.

    Amounts are whole numbers without a currency, read with decimals should some come; `used_amount` is before tax
    and `tax_rate` is in percent, both concluded from the example. What exactly adds up to `total_amount` isn't
    documented: show it, don't compute it. The example's year is 20201, so years are kept as they come.

    Vendor page: partner-customer-invoice-list
    """

    invoice_no: int | None = None
    invoice_year: int | None = None
    invoice_month: int | None = None
    partner_name: str | None = None
    used_amount: Decimal | None = None
    option_plus_amount: Decimal | None = None
    tax_rate: Decimal | None = None
    used_tax_amount: Decimal | None = None
    option_plus_tax_amount: Decimal | None = None
    penalty_amount: Decimal | None = None
    total_amount: Decimal | None = None
    payment_status: PaymentStatus | None = None
    paid_time: Moment | None = None
    issued_time: Moment | None = None


class SettlementItem(InferredSettlementItem):
    """
    One line of a customer's share of an invoice.

    The table was cut before the line's amounts, whose names nobody knows yet: they are in `raw`, and each is
    reported as a surprise.

    Vendor page: partner-customer-invoice-detail-list
    """

    subscription_id: int | None = None
    item_type: SettlementItemType | None = None
    start_date: CalendarDay | None = None
    end_date: CalendarDay | None = None
    item_id: str | None = None
    sub_item_id: str | None = None
    plan: Plan | None = None
    license_count: int | None = None
    member_count: int | None = None
    quantity: int | None = None


class InvoiceDetail(Record):
    """
    A customer's share of one month's invoice.

    A line that can't be read stands in `settlement_items.malformed`, and in `malformed` of the page as well:
    the readable lines are kept, and nobody adds them up without being told that one is missing.

    Vendor page: partner-customer-invoice-detail-list
    """

    domain_id: int | None = None
    domain: str | None = None
    customer_name: str | None = None
    customer_code: str | None = None
    settlement_items: Listing[SettlementItem] | None = None
