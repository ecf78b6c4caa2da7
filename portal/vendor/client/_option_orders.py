"""Operations about scheduled option changes."""

from ._assumptions_bodies import NewOptionProductOrder, OptionProductOrderChange
from ._bodies_options import check_belongs, check_option
from ._endpoints import Group, endpoint
from ._reading import Listing
from ._records_options import OptionProductOrder
from ._shapes import or_none
from ._values import OptionProductId

_ALL = "/partners/customers/{domainId}/option-product-orders"
_ONE = _ALL + "/{optionProductId}"


class OptionOrderOperations(Group):
    """The operations on scheduled tasks of options; what they raise and need is told by `OptionsApi`."""

    @endpoint("listOptionProductOrders", "GET", _ALL)
    def list_option_product_orders(self, domain_id: int) -> Listing[OptionProductOrder]:
        """
        Get the tasks scheduled for a customer's options; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The tasks; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-option-product-orders-list
        """
        answer = self._ask("listOptionProductOrders", domainId=domain_id)
        return self._listing(OptionProductOrder, answer, "optionProductOrders")

    @endpoint("getOptionProductOrder", "GET", _ONE)
    def get_option_product_order(self, domain_id: int, option_product_id: OptionProductId) -> OptionProductOrder:
        """
        Get the task scheduled for an option.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.

        Raises:
            Refused: LINE WORKS said no; presumably NOT_FOUND when nothing is scheduled.
            NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-option-product-orders-get
        """
        answer = self._ask("getOptionProductOrder", domainId=domain_id, optionProductId=option_product_id)
        return self._one(OptionProductOrder, answer)

    def find_option_product_order(
        self, domain_id: int, option_product_id: OptionProductId
    ) -> OptionProductOrder | None:
        """
        Get the task scheduled for an option, or None for none.

        Args, Raises: as of `get_option_product_order`; NOT_FOUND is read as none unless it names the customer or
            the subscription. That reading is ours.
        """
        return or_none(lambda: self.get_option_product_order(domain_id, option_product_id))

    @endpoint("addOptionProductOrder", "POST", _ALL, body=NewOptionProductOrder)
    def add_option_product_order(self, domain_id: int, order: NewOptionProductOrder) -> OptionProductOrder:
        """
        Schedule a task for an option.

        Args:
            domain_id: the customer's domainId.
            order: option, task, day, and what goes with the task.

        Returns:
            The task as it is scheduled. Body, status and answer are inferred.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_option_product_orders` tells.

        Scope: partner (inferred). Vendor page: partner-customer-option-product-orders-post
        """
        return self._one(OptionProductOrder, self._ask("addOptionProductOrder", domainId=domain_id, body=order))

    @endpoint("updateOptionProductOrder", "PATCH", _ONE, body=OptionProductOrderChange)
    def update_option_product_order(
        self, domain_id: int, option_product_id: OptionProductId, change: OptionProductOrderChange
    ) -> OptionProductOrder:
        """
        Change the task scheduled for an option. What may change depends on the task.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.
            change: what changes; the rest stays.

        Returns:
            The task as it is scheduled. Body, status and answer are inferred.

        Raises:
            ValueError: LINE WORKS doesn't document the option, or the sub option isn't one of it.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_option_product_order` tells.

        Scope: partner (inferred). Vendor page: partner-customer-option-product-orders-patch
        """
        check_option(option_product_id)
        if change.sub_option_id:
            check_belongs(change.sub_option_id, option_product_id)
        answer = self._ask(
            "updateOptionProductOrder", domainId=domain_id, optionProductId=option_product_id, body=change
        )
        return self._one(OptionProductOrder, answer)

    @endpoint("deleteOptionProductOrder", "DELETE", _ONE, empty=(204,))
    def delete_option_product_order(self, domain_id: int, option_product_id: OptionProductId) -> None:
        """
        Delete the task scheduled for an option.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.

        Raises:
            ValueError: LINE WORKS doesn't document the option.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_option_product_order` tells.

        Scope: partner. Vendor page: partner-customer-option-product-orders-delete
        """
        check_option(option_product_id)
        self._ask("deleteOptionProductOrder", domainId=domain_id, optionProductId=option_product_id)
