"""Subscriptions and pre-orders of one customer."""

from datetime import date

from ._bodies_subscriptions import NewPreOrder, PreOrderChange
from ._endpoints import Group, endpoint
from ._reading import Listing
from ._records import PreOrder, Subscription

_ALL = "/partners/customers/{domainId}/subscriptions"
_ONE = _ALL + "/{subscriptionId}"
_PRE_ORDERS = _ALL + "/pre-orders"
_PRE_ORDER = _PRE_ORDERS + "/{preOrderId}"


class SubscriptionsApi(Group):
    """
    The operations on a customer's subscriptions.

    Reads raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. Of the
    writes, each says for itself what its errors mean.
    """

    @endpoint("listSubscriptions", "GET", _ALL)
    def list_subscriptions(self, domain_id: int) -> Listing[Subscription]:
        """
        Get the active subscriptions of a customer; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The subscriptions; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Vendor page: partner-customer-subscriptions-list
        """
        answer = self._ask("listSubscriptions", domainId=domain_id)
        return self._listing(Subscription, answer, "subscriptions")

    @endpoint("getSubscription", "GET", _ONE)
    def get_subscription(self, domain_id: int, subscription_id: int) -> Subscription:
        """
        Get one subscription of a customer.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Vendor page: partner-customer-subscriptions-get (what follows productId is inferred from the list)
        """
        answer = self._ask("getSubscription", domainId=domain_id, subscriptionId=subscription_id)
        return self._one(Subscription, answer)

    @endpoint("listPreOrders", "GET", _PRE_ORDERS)
    def list_pre_orders(self, domain_id: int) -> Listing[PreOrder]:
        """
        Get the pre-orders of a customer; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The pre-orders; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Vendor page: partner-customer-preorders-list
        """
        answer = self._ask("listPreOrders", domainId=domain_id)
        return self._listing(PreOrder, answer, "subscriptionPreOrders")

    @endpoint("addPreOrder", "POST", _PRE_ORDERS, body=NewPreOrder)
    def add_pre_order(self, domain_id: int, order: NewPreOrder) -> Listing[PreOrder]:
        """
        Schedule a paid subscription for a customer.

        Args:
            domain_id: the customer's domainId.
            order: apply date tomorrow to 31 days ahead; licence count for licence-based plans only.

        Returns:
            All pre-orders that the answer lists; the vendor wraps even a single new one in a list.

        Raises:
            Refused: the vendor said no; nothing happened. Don't repeat.
            NotSent: the call never reached the vendor; repeating is safe.
            NoClearAnswer: it may have happened; read back before anything else.

        Vendor page: partner-customer-preorders-post
        """
        answer = self._ask("addPreOrder", domainId=domain_id, body=order)
        return self._listing(PreOrder, answer, "subscriptionPreOrders")

    @endpoint("updatePreOrder", "PATCH", _PRE_ORDER, body=PreOrderChange)
    def update_pre_order(self, domain_id: int, pre_order_id: int, apply_date: date) -> Listing[PreOrder]:
        """
        Move a pre-order to another day; nothing else of it can be changed.

        Args:
            domain_id: the customer's domainId.
            pre_order_id: the pre-order's id.
            apply_date: the new day, tomorrow to 31 days ahead.

        Returns:
            All pre-orders that the answer lists.

        Raises:
            Refused: the vendor said no; nothing happened. Don't repeat.
            NotSent: the call never reached the vendor; repeating is safe.
            NoClearAnswer: it may have happened; read back before anything else.

        Vendor page: partner-customer-preorders-patch
        """
        change = PreOrderChange(apply_date=apply_date)
        answer = self._ask("updatePreOrder", domainId=domain_id, preOrderId=pre_order_id, body=change)
        return self._listing(PreOrder, answer, "subscriptionPreOrders")

    @endpoint("deletePreOrder", "DELETE", _PRE_ORDER, empty=(204,))
    def delete_pre_order(self, domain_id: int, pre_order_id: int) -> None:
        """
        Delete a pre-order.

        Args:
            domain_id: the customer's domainId.
            pre_order_id: the pre-order's id.

        Raises:
            Refused: the vendor said no; nothing happened. Don't repeat.
            NotSent: the call never reached the vendor; repeating is safe.
            NoClearAnswer: it may have happened; read back before anything else.

        Vendor page: partner-customer-preorders-delete
        """
        self._ask("deletePreOrder", domainId=domain_id, preOrderId=pre_order_id)
