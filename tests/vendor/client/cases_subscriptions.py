"""Each operation on subscriptions, once."""

from portal.vendor.client import (
    NewPreOrder,
    NewReservation,
    NewSubscription,
    PaidService,
    Plan,
    ProductId,
    RenewalChange,
    RenewalType,
    ReservationType,
)
from tests.support.vendor_json import (
    Json,
    pre_order,
    reservation,
    subscription,
)

from .case import CUSTOMER, DAY, Case

SUBSCRIPTION = f"{CUSTOMER}/subscriptions/501"
RENEWAL: Json = subscription()["renewal"]
PRE_ORDERS = f"{CUSTOMER}/subscriptions/pre-orders"
SUBSCRIPTIONS = [
    Case(
        "listSubscriptions",
        lambda api: api.subscriptions.list_subscriptions(7),
        f"GET {CUSTOMER}/subscriptions",
        None,
        200,
        {"subscriptions": [subscription()]},
    ),
    Case(
        "addSubscription",
        lambda api: api.subscriptions.add_subscription(
            7, NewSubscription(plan=Plan.TRIAL_LICENSE, product_id=ProductId.ROG_STD_T, license_count=None)
        ),
        f"POST {CUSTOMER}/subscriptions",
        {"plan": "TRIAL_LICENSE", "productId": "ROG_STD_T", "licenseCount": None},
        201,
        subscription(),
    ),
    Case(
        "getSubscription",
        lambda api: api.subscriptions.get_subscription(7, 501),
        f"GET {SUBSCRIPTION}",
        None,
        200,
        subscription(),
    ),
    Case(
        "cancelSubscription",
        lambda api: api.subscriptions.cancel_subscription(7, 501),
        f"DELETE {SUBSCRIPTION}",
        None,
        204,
    ),
    Case(
        "convertSubscriptionToPaid",
        lambda api: api.subscriptions.convert_subscription_to_paid(
            7, 501, PaidService(plan=Plan.ANNUAL_LICENSE, license_count=300)
        ),
        f"POST {SUBSCRIPTION}/paid-service",
        {"plan": "ANNUAL_LICENSE", "licenseCount": 300},
        200,
        subscription(),
    ),
    Case(
        "upgradeSubscription",
        lambda api: api.subscriptions.upgrade_subscription(7, 501, ProductId.ADV),
        f"POST {SUBSCRIPTION}/upgrade",
        {"productId": "ADV"},
        200,
        subscription(),
    ),
    Case(
        "addLicenses",
        lambda api: api.subscriptions.add_licenses(7, 501, 100),
        f"POST {SUBSCRIPTION}/add-license-count",
        {"addLicenseCount": 100},
        200,
        subscription(),
    ),
    Case(
        "addPreOrder",
        lambda api: api.subscriptions.add_pre_order(
            7,
            NewPreOrder(apply_date=DAY, product_id=ProductId.STD, plan=Plan.ANNUAL_LICENSE, license_count=10),
        ),
        f"POST {PRE_ORDERS}",
        {"applyDate": "2025-02-15", "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10},
        201,
        {"subscriptionPreOrders": [pre_order()]},
    ),
    Case(
        "listPreOrders",
        lambda api: api.subscriptions.list_pre_orders(7),
        f"GET {PRE_ORDERS}",
        None,
        200,
        {"subscriptionPreOrders": [pre_order()]},
    ),
    Case(
        "updatePreOrder",
        lambda api: api.subscriptions.update_pre_order(7, 901, DAY),
        f"PATCH {PRE_ORDERS}/901",
        {"applyDate": "2025-02-15"},
        200,
        {"subscriptionPreOrders": [pre_order()]},
    ),
    Case(
        "deletePreOrder",
        lambda api: api.subscriptions.delete_pre_order(7, 901),
        f"DELETE {PRE_ORDERS}/901",
        None,
        204,
    ),
    Case(
        "addReservation",
        lambda api: api.subscriptions.add_reservation(
            7, 501, NewReservation(type=ReservationType.ADD_LICENSE, apply_date=DAY, license_count=100)
        ),
        f"POST {SUBSCRIPTION}/reservation",
        {"type": "ADD_LICENSE", "applyDate": "2025-02-15", "licenseCount": 100},
        201,
        reservation(),
    ),
    Case(
        "getReservation",
        lambda api: api.subscriptions.get_reservation(7, 501),
        f"GET {SUBSCRIPTION}/reservation",
        None,
        200,
        reservation(),
    ),
    Case(
        "updateReservation",
        lambda api: api.subscriptions.update_reservation(7, 501, DAY),
        f"PATCH {SUBSCRIPTION}/reservation",
        {"applyDate": "2025-02-15"},
        200,
        reservation(),
    ),
    Case(
        "deleteReservation",
        lambda api: api.subscriptions.delete_reservation(7, 501),
        f"DELETE {SUBSCRIPTION}/reservation",
        None,
        204,
    ),
    Case(
        "updateRenewal",
        lambda api: api.subscriptions.update_renewal(
            7, 501, RenewalChange(type=RenewalType.CHANGE, plan=Plan.ANNUAL_LICENSE, license_count=50)
        ),
        f"PATCH {SUBSCRIPTION}/renewal",
        {"type": "CHANGE", "plan": "ANNUAL_LICENSE", "licenseCount": 50},
        200,
        RENEWAL,
    ),
    Case(
        "getRenewal",
        lambda api: api.subscriptions.get_renewal(7, 501),
        f"GET {SUBSCRIPTION}/renewal",
        None,
        200,
        RENEWAL,
    ),
]
