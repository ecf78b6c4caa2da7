"""Operations about pre-orders."""

from datetime import date

from ._bodies_subscriptions import NewPreOrder, PreOrderChange
from ._endpoints import Group, endpoint
from ._reading import Listing
from ._records_subscriptions import PreOrder

_ALL = "/partners/customers/{domainId}/subscriptions/pre-orders"
_ONE = _ALL + "/{preOrderId}"
_KEY = "subscriptionPreOrders"


class PreOrderOperations(Group):
    """The operations on pre-orders; what they raise and need is told by `SubscriptionsApi`."""

    @endpoint("listPreOrders", "GET", _ALL)
    def list_pre_orders(self, domain_id: int) -> Listing[PreOrder]:
        """
        Get the pre-orders of a customer; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The pre-orders; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-preorders-list
        """
        return self._listing(PreOrder, self._ask("listPreOrders", domainId=domain_id), _KEY)

    @endpoint("addPreOrder", "POST", _ALL, body=NewPreOrder)
    def add_pre_order(self, domain_id: int, order: NewPreOrder) -> Listing[PreOrder]:
        """
        Schedule a paid subscription for a customer.

        Args:
            domain_id: the customer's domainId.
            order: apply date tomorrow to 31 days ahead; license count for license-based plans only.

        Returns:
            All pre-orders that the answer lists; LINE WORKS wraps even a single new one in a list.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_pre_orders` tells.

        Scope: partner. Vendor page: partner-customer-preorders-post
        """
        return self._listing(PreOrder, self._ask("addPreOrder", domainId=domain_id, body=order), _KEY)

    @endpoint("updatePreOrder", "PATCH", _ONE, body=PreOrderChange)
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
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_pre_orders` tells.

        Scope: partner. Vendor page: partner-customer-preorders-patch
        """
        change = PreOrderChange(apply_date=apply_date)
        answer = self._ask("updatePreOrder", domainId=domain_id, preOrderId=pre_order_id, body=change)
        return self._listing(PreOrder, answer, _KEY)

    @endpoint("deletePreOrder", "DELETE", _ONE, empty=(204,))
    def delete_pre_order(self, domain_id: int, pre_order_id: int) -> None:
        """
        Delete a pre-order. Options scheduled with it stay scheduled.

        Args:
            domain_id: the customer's domainId.
            pre_order_id: the pre-order's id.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_pre_orders` tells.

        Scope: partner. Vendor page: partner-customer-preorders-delete
        """
        self._ask("deletePreOrder", domainId=domain_id, preOrderId=pre_order_id)
