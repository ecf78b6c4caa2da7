"""Subscriptions and pre-orders of one customer."""

from datetime import date
from operator import index

from ._reading import Listing, Reader
from ._records import NewPreOrder, PreOrder, PreOrderChange, Subscription
from ._shapes import one, rows
from ._transport import Answer, Transport


class SubscriptionsApi:
    """
    The operations on a customer's subscriptions.

    Reads raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. Of the
    writes, each says for itself what its errors mean.
    """

    def __init__(self, transport: Transport, reader: Reader) -> None:
        self._transport = transport
        self._reader = reader

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
        answer = self._transport.get("listSubscriptions", _path(domain_id))
        return self._reader.listing(Subscription, rows(answer, "subscriptions"))

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
        answer = self._transport.get("getSubscription", f"{_path(domain_id)}/{index(subscription_id)}")
        return one(self._reader, answer, Subscription)

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
        answer = self._transport.get("listPreOrders", _pre_orders_path(domain_id))
        return self._pre_orders(answer)

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
        answer = self._transport.post("addPreOrder", _pre_orders_path(domain_id), order.to_vendor())
        return self._pre_orders(answer)

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
        path = f"{_pre_orders_path(domain_id)}/{index(pre_order_id)}"
        answer = self._transport.patch("updatePreOrder", path, PreOrderChange(apply_date=apply_date).to_vendor())
        return self._pre_orders(answer)

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
        self._transport.delete("deletePreOrder", f"{_pre_orders_path(domain_id)}/{index(pre_order_id)}")

    def _pre_orders(self, answer: Answer) -> Listing[PreOrder]:
        return self._reader.listing(PreOrder, rows(answer, "subscriptionPreOrders"))


def _path(domain_id: int) -> str:
    # index() lets nothing but whole numbers into a path.
    return f"/partners/customers/{index(domain_id)}/subscriptions"


def _pre_orders_path(domain_id: int) -> str:
    return f"{_path(domain_id)}/pre-orders"
