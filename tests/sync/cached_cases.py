"""One case for each kind of row in the cache: how it comes to be at LINE WORKS, changes there, and goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from billing.models import CustomerUsage, Invoice, InvoiceDetail
from customers.models import Customer, UpgradeDomain, UsageStatus
from options.models import OptionOrder, OptionProduct, OptionRenewal, OptionUsage
from portal.sync.models import VendorRow
from portal.sync.resources import PARTNER, RESOURCES, Resource
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from subscriptions.models import PreOrder, Reservation, Subscription
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

Act = Callable[[Sandbox], object]

STORAGE = {"optionProductId": "SSTG2"}


@dataclass(frozen=True)
class Case:
    """
    One kind of row.

    Args:
        name: of the resource.
        model: the cache table.
        columns: which field of LINE WORKS's record a column holds, with dots into what lies inside.
        domain_id: whose.
        period: the month or year.
        arrange: what has to happen in a fresh sandbox for it to be there, if anything.
        change: what changes it there, if anybody can.
        remove: what makes it go, if anything but the customer's end does.
        needs: what the problem names, where the record is of no use without the field that the sandbox's fault of a
            missing field takes.
        has_codes: whether the record has a field of listed values.
    """

    name: str
    model: type[VendorRow]
    columns: Mapping[str, str]
    domain_id: int
    period: str = ""
    arrange: Act | None = None
    change: Act | None = None
    remove: Act | None = None
    needs: str = ""
    has_codes: bool = True

    @property
    def resource(self) -> Resource:
        """What is read."""
        return RESOURCES[self.name]

    def __str__(self) -> str:
        return self.name


def _subscription(domain_id: int) -> int:
    [subscription] = partner_api(Priority.PEOPLE).subscriptions.list_subscriptions(domain_id)
    return subscription.subscription_id


def _pre_order(domain_id: int) -> int:
    [pre_order] = partner_api(Priority.PEOPLE).subscriptions.list_pre_orders(domain_id)
    return pre_order.pre_order_id


def _of_subscription(operation: str, body: object = None) -> Act:
    def act(sandbox: Sandbox) -> None:
        number = _subscription(PAID_ADVANCED)
        do_outside(sandbox, operation, PAID_ADVANCED, body, subscriptionId=number)

    return act


def _of_pre_order(operation: str, body: object = None) -> Act:
    def act(sandbox: Sandbox) -> None:
        do_outside(sandbox, operation, WITHOUT_CONTRACT, body, preOrderId=_pre_order(WITHOUT_CONTRACT))

    return act


def _of(domain_id: int, operation: str, body: object = None, **path: object) -> Act:
    return lambda sandbox: do_outside(sandbox, operation, domain_id, body, **path)


def _of_world(domain_id: int, **changes: object) -> Act:
    return lambda sandbox: sandbox.control("POST", f"/customers/{domain_id}", changes)


def _add_storage(sandbox: Sandbox) -> None:
    do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, STORAGE | {"subOptionId": "SSTG202"})


def _use_storage_for_a_day(sandbox: Sandbox) -> None:
    _add_storage(sandbox)
    sandbox.move_clock(1)


def _a_day_passes(sandbox: Sandbox) -> None:
    sandbox.move_clock(1)


def _the_month_ends(sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-01")


CASES = [
    Case(
        "customer",
        Customer,
        {
            "domain_id": "domainId",
            "tenant_id": "tenantId",
            "company_name": "companyName",
            "domain": "domain",
            "domain_type": "domainType",
            "phone_number": "phoneNumber",
            "time_zone": "timeZone",
            "locale": "locale",
            "enable_active_domain": "enableActiveDomain",
            "enable_active_mxrecord": "enableActiveMxrecord",
            "administrator_email": "administrator.privateEmail",
            "administrator_login": "administrator.id",
            "administrator_phone": "administrator.cellphone",
            "partnership_status": "partnership.status",
            "customer_code": "partnership.customerCode",
            "shows_partner_profile": "partnership.enablePartnerProfileDisplay",
            "memo": "partnership.memo",
        },
        PAID_ADVANCED,
        change=_of(PAID_ADVANCED, "patchCustomer", {"partnership": {"memo": "要確認"}}),
        needs="companyName",
    ),
    Case(
        "usage_status",
        UsageStatus,
        {
            "status": "status",
            "member_count": "memberCount",
            "member_limit": "maxMemberCount",
            "withdrawal_date": "withdrawalDate",
            "next_limit_date": "renewal.applyDate",
            "next_limit": "renewal.maxMemberCount",
        },
        PAID_MONTHLY,
        arrange=_of(PAID_MONTHLY, "createUsageStatusRenewal", {"applyDate": "2026-02-01", "maxMemberCount": 100}),
        change=_of(PAID_MONTHLY, "patchUsageStatus", {"withdrawalDate": "2026-03-05"}),
    ),
    Case(
        "upgrade_domain",
        UpgradeDomain,
        {
            "domain": "domain",
            "is_active": "isActiveDomain",
            "cname_host": "cnameHost",
            "cname_target": "cnameTarget",
            "txt_host": "txtHost",
            "txt_value": "txtToken",
            "mx_host": "mxRecordHost",
            "mx_priority_10": "mxRecordValue.priority10",
            "mx_priority_20": "mxRecordValue.priority20",
        },
        TRIAL_OF_A_GROUP,
        arrange=_of(TRIAL_OF_A_GROUP, "createUpgradeDomain", {"domain": "hanamizuki.example.jp"}),
        change=_of_world(TRIAL_OF_A_GROUP, hasDns=True),
        remove=_of(TRIAL_OF_A_GROUP, "deleteUpgradeDomain"),
        has_codes=False,
    ),
    Case(
        "subscriptions",
        Subscription,
        {
            "subscription_id": "subscriptionId",
            "product_id": "productId",
            "plan": "plan",
            "status": "status",
            "start_date": "planStartDate",
            "end_date": "planEndDate",
            "license_count": "licenseCount",
            "license_assignment": "licenseAssignType",
            "renewal_type": "renewal.type",
            "renewal_product_id": "renewal.productId",
            "renewal_plan": "renewal.plan",
            "renewal_license_count": "renewal.licenseCount",
        },
        PAID_ADVANCED,
        change=_of_subscription("addLicenses", {"addLicenseCount": 5}),
        remove=_of_subscription("cancelSubscription"),
        needs="planStartDate",
    ),
    Case(
        "pre_orders",
        PreOrder,
        {
            "pre_order_id": "preOrderId",
            "product_id": "productId",
            "plan": "plan",
            "apply_date": "applyDate",
            "license_count": "licenseCount",
        },
        WITHOUT_CONTRACT,
        arrange=_of(
            WITHOUT_CONTRACT,
            "addPreOrder",
            {"productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 25, "applyDate": "2026-02-01"},
        ),
        change=_of_pre_order("updatePreOrder", {"applyDate": "2026-02-03"}),
        remove=_of_pre_order("deletePreOrder"),
        needs="applyDate",
    ),
    Case(
        "reservations",
        Reservation,
        {
            "subscription_id": "subscriptionId",
            "type": "type",
            "apply_date": "applyDate",
            "product_id": "productId",
            "plan": "plan",
            "license_count": "licenseCount",
        },
        PAID_ADVANCED,
        arrange=_of_subscription(
            "addReservation", {"type": "ADD_LICENSE", "applyDate": "2026-01-20", "licenseCount": 7}
        ),
        change=_of_subscription("updateReservation", {"applyDate": "2026-01-21"}),
        remove=_of_subscription("deleteReservation"),
        needs="applyDate",
    ),
    Case(
        "options",
        OptionProduct,
        {
            "option_product_id": "optionProductId",
            "sub_option_id": "subOptionId",
            "subscription_id": "subscriptionId",
            "plan": "plan",
            "quantity": "quantity",
            "applied_at": "appliedTime",
            "start_date": "planStartDate",
            "end_date": "planEndDate",
        },
        PAID_ADVANCED,
        arrange=_add_storage,
        change=_of(PAID_ADVANCED, "upgradeOptionProduct", {"subOptionId": "SSTG203"}, **STORAGE),
        remove=_of(PAID_ADVANCED, "cancelOptionProduct", **STORAGE),
        needs="planStartDate",
    ),
    Case(
        "option_renewals",
        OptionRenewal,
        {
            "option_product_id": "optionProductId",
            "sub_option_id": "subOptionId",
            "subscription_id": "subscriptionId",
            "type": "type",
            "quantity": "quantity",
        },
        PAID_ADVANCED,
        arrange=_add_storage,
        change=_of(
            PAID_ADVANCED, "updateOptionProductRenewal", {"type": "CHANGE", "subOptionId": "SSTG201"}, **STORAGE
        ),
        remove=_of(PAID_ADVANCED, "cancelOptionProduct", **STORAGE),
    ),
    Case(
        "option_orders",
        OptionOrder,
        {
            "option_product_id": "optionProductId",
            "sub_option_id": "subOptionId",
            "subscription_id": "subscriptionId",
            "type": "type",
            "quantity": "quantity",
            "apply_date": "applyDate",
        },
        PAID_ADVANCED,
        arrange=_of(
            PAID_ADVANCED,
            "addOptionProductOrder",
            {"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "APPLY", "applyDate": "2026-01-20"},
        ),
        change=_of(PAID_ADVANCED, "updateOptionProductOrder", {"applyDate": "2026-01-21"}, optionProductId="ACV2"),
        remove=_of(PAID_ADVANCED, "deleteOptionProductOrder", optionProductId="ACV2"),
        needs="applyDate",
    ),
    Case(
        "option_usages",
        OptionUsage,
        {
            "used_date": "usedDate",
            "product_group_id": "productGroupId",
            "option_product_id": "optionProductId",
            "sub_option_id": "subOptionId",
            "plan": "plan",
            "member_count": "memberCount",
            "license_count": "licenseCount",
            "quantity": "quantity",
            "usage_count": "usageCount",
        },
        PAID_ADVANCED,
        period="2026-01",
        arrange=_use_storage_for_a_day,
        change=_a_day_passes,
        needs="usedDate",
    ),
    Case(
        "usages",
        CustomerUsage,
        {
            "used_date": "usedDate",
            "product_group_id": "productGroupId",
            "product_id": "productId",
            "plan": "plan",
            "status": "status",
            "license_count": "licenseCount",
            "member_count": "memberCount",
            "member_limit": "maxMemberCount",
        },
        PAID_MONTHLY,
        period="2026-01",
        change=_a_day_passes,
        needs="usedDate",
    ),
    Case(
        "invoices",
        Invoice,
        {
            "invoice_no": "invoiceNo",
            "invoice_year": "invoiceYear",
            "invoice_month": "invoiceMonth",
            "partner_name": "partnerName",
            "used_amount": "usedAmount",
            "option_plus_amount": "optionPlusAmount",
            "tax_rate": "taxRate",
            "used_tax_amount": "usedTaxAmount",
            "option_plus_tax_amount": "optionPlusTaxAmount",
            "penalty_amount": "penaltyAmount",
            "total_amount": "totalAmount",
            "payment_status": "paymentStatus",
            "paid_at": "paidTime",
            "issued_at": "issuedTime",
        },
        PARTNER,
        period="2025",
        change=_the_month_ends,
        needs="invoice_no",
    ),
    Case(
        "invoice_details",
        InvoiceDetail,
        {
            "domain_id": "domainId",
            "domain": "domain",
            "customer_name": "customerName",
            "customer_code": "customerCode",
        },
        PARTNER,
        period="2025-12",
    ),
]
