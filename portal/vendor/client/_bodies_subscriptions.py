"""Request bodies about subscriptions, pre-orders, reservations and renewals."""

from typing import Annotated

from ._bodies import KNOWN, NULLABLE, Body, Licenses, PaidPlan, PaidProduct, one_of
from ._reading import CalendarDay
from ._values import ProductId, RenewalType, ReservationType

UPGRADES = frozenset({ProductId.ADV, ProductId.ADV_T})
"""What a subscription can be upgraded to. Vendor page: partner-customer-subscriptions-upgrade"""


class PaidService(Body):
    """
    What a Free or Trial subscription becomes.

    Attributes:
        plan: a paid contract type.
        product_id: a paid product, when coming from Free; leave it out when coming from a trial.
        license_count: 1 to 1,000,000 and no fewer than there are members, for license-based plans; otherwise
            leave it out, or give None to send null.

    Vendor page: partner-customer-subscriptions-paid-service
    """

    plan: PaidPlan
    product_id: PaidProduct | None = None
    license_count: Annotated[Licenses | None, NULLABLE] = None


class Upgrade(Body):
    """
    The product to upgrade to: ADV, or ADV_T for a trial. Vendor page: partner-customer-subscriptions-upgrade
    """

    product_id: Annotated[ProductId, one_of(UPGRADES, "a product to upgrade to")]


class NewPreOrder(Body):
    """
    A paid subscription to schedule.

    Attributes:
        apply_date: the day it starts, from tomorrow to 31 days ahead (LINE WORKS checks; so do Partnerdesk's
            rules).
        product_id: a paid product.
        plan: a paid contract type; leave it out to let LINE WORKS choose.
        license_count: 1 to 1,000,000, for license-based plans; otherwise leave it out, or give None to send
            null.

    Vendor page: partner-customer-preorders-post
    """

    apply_date: CalendarDay
    product_id: PaidProduct
    plan: PaidPlan | None = None
    license_count: Annotated[Licenses | None, NULLABLE] = None


class PreOrderChange(Body):
    """The one change a pre-order allows: another day. Vendor page: partner-customer-preorders-patch"""

    apply_date: CalendarDay


class NewReservation(Body):
    """
    A task to schedule for a subscription.

    Attributes:
        type: what is to happen.
        apply_date: the day; how far ahead depends on the type (LINE WORKS checks; so do Partnerdesk's rules).
        license_count: 1 to 1,000,000: for START_PAID_SERVICE all licenses, for ADD_LICENSE those to add.
        plan: the paid contract type, for START_PAID_SERVICE.
        product_id: the paid product, for START_PAID_SERVICE from Free.

    Vendor page: partner-customer-subscriptions-reservation-create
    """

    type: Annotated[ReservationType, KNOWN]
    apply_date: CalendarDay
    license_count: Licenses | None = None
    plan: PaidPlan | None = None
    product_id: PaidProduct | None = None


class ReservationChange(Body):
    """
    The one change a reservation allows: another day. Vendor page: partner-customer-subscriptions-reservation-patch
    """

    apply_date: CalendarDay


class RenewalChange(Body):
    """
    What is to happen at contract end.

    Attributes:
        type: STAY, CHANGE or CANCEL; the other fields go with CHANGE.
        product_id: the paid product from then on.
        plan: the paid contract type from then on.
        license_count: the licenses from then on, 1 to 1,000,000, for license-based plans.

    Vendor page: partner-customer-subscriptions-renewal-patch
    """

    type: Annotated[RenewalType, KNOWN]
    product_id: PaidProduct | None = None
    plan: PaidPlan | None = None
    license_count: Licenses | None = None
