"""Operations about options of a customer."""

from ._assumptions_bodies import OptionQuantity
from ._bodies_options import NewOptionProduct, OptionPaidService, OptionUpgrade, check_belongs, check_option
from ._endpoints import endpoint
from ._option_orders import OptionOrderOperations
from ._option_renewals import OptionRenewalOperations
from ._reading import Listing
from ._records_options import OptionProduct, OptionProductUsage
from ._shapes import month_query
from ._values import OptionProductId, ProductGroupId, SubOptionId

CONVERTIBLE_OPTIONS = frozenset({OptionProductId.ACV2, OptionProductId.DRV})
"""Options with a trial that can become paid. Vendor page: partner-customer-option-products-paidservice"""

_ALL = "/partners/customers/{domainId}/option-products"
_ONE = _ALL + "/{optionProductId}"


class OptionsApi(OptionRenewalOperations, OptionOrderOperations):
    """
    The operations on a customer's options, their renewals, scheduled tasks and usage.

    An option has no id of its own: customer and option name it. Reads take any option, so that one that this
    package doesn't know can be looked at; writes take the documented ones alone.

    Reads raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. Writes raise the
    same, and nothing happened after the first two; each says where to look after `NoClearAnswer`. Reads need the
    scope `partner.read` or `partner`, writes need `partner`.
    """

    @endpoint("listOptionProducts", "GET", _ALL)
    def list_option_products(self, domain_id: int) -> Listing[OptionProduct]:
        """
        Get the options a customer holds; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The options; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-option-products-list
        """
        return self._listing(OptionProduct, self._ask("listOptionProducts", domainId=domain_id), "optionProducts")

    @endpoint("addOptionProduct", "POST", _ALL, body=NewOptionProduct)
    def add_option_product(self, domain_id: int, option: NewOptionProduct) -> OptionProduct:
        """
        Add an option at once. Tasks scheduled for the option are deleted.

        Args:
            domain_id: the customer's domainId.
            option: option, sub option, and the quantity for options sold by quantity.

        Returns:
            The option as the customer holds it now.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_option_products` tells.

        Scope: partner. Vendor page: partner-customer-option-products-post
        """
        return self._one(OptionProduct, self._ask("addOptionProduct", domainId=domain_id, body=option))

    @endpoint("cancelOptionProduct", "DELETE", _ONE, empty=(204,))
    def cancel_option_product(self, domain_id: int, option_product_id: OptionProductId) -> None:
        """
        End an option at once. On an annual contract it costs a penalty.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.

        Raises:
            ValueError: LINE WORKS doesn't document the option.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_option_products` tells.

        Scope: partner. Vendor page: partner-customer-option-products-delete
        """
        check_option(option_product_id)
        self._ask("cancelOptionProduct", domainId=domain_id, optionProductId=option_product_id)

    @endpoint("upgradeOptionProduct", "POST", _ONE + "/upgrade", body=OptionUpgrade)
    def upgrade_option_product(
        self, domain_id: int, option_product_id: OptionProductId, sub_option_id: SubOptionId
    ) -> OptionProduct:
        """
        Move an option up to a higher sub option at once.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.
            sub_option_id: the higher sub option.

        Returns:
            The option as the customer holds it now. The body of the answer is inferred.

        Raises:
            ValueError: LINE WORKS doesn't document the option, or the sub option isn't one of it.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_option_products` tells.

        Scope: partner. Vendor page: partner-customer-option-products-upgrade
        """
        check_option(option_product_id)
        body = OptionUpgrade(sub_option_id=sub_option_id)
        check_belongs(body.sub_option_id, option_product_id)
        answer = self._ask("upgradeOptionProduct", domainId=domain_id, optionProductId=option_product_id, body=body)
        return self._one(OptionProduct, answer)

    @endpoint("convertOptionProductToPaid", "POST", _ONE + "/paid-service", body=OptionPaidService)
    def convert_option_product_to_paid(
        self, domain_id: int, option_product_id: OptionProductId, service: OptionPaidService
    ) -> OptionProduct:
        """
        Turn a trial option into a paid one at once.

        Args:
            domain_id: the customer's domainId.
            option_product_id: ACV2 or DRV.
            service: the paid sub option.

        Returns:
            The option as the customer holds it now. Status and body of the answer are inferred.

        Raises:
            ValueError: another option, or the sub option isn't one of it.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_option_products` tells.

        Scope: partner. Vendor page: partner-customer-option-products-paidservice
        """
        check_option(option_product_id, CONVERTIBLE_OPTIONS)
        check_belongs(service.sub_option_id, option_product_id)
        answer = self._ask(
            "convertOptionProductToPaid", domainId=domain_id, optionProductId=option_product_id, body=service
        )
        return self._one(OptionProduct, answer)

    @endpoint("addOptionProductQuantity", "PATCH", _ONE + "/add-quantity", body=OptionQuantity)
    def add_option_product_quantity(
        self, domain_id: int, option_product_id: OptionProductId, quantity: int
    ) -> OptionProduct:
        """
        Raise the quantity of an option that is sold by quantity, at once.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.
            quantity: from 1. Whether it is the amount to add or the new total is unknown.

        Returns:
            The option as the customer holds it now. The page wasn't seen: body and answer are inferred.

        Raises:
            ValueError: LINE WORKS doesn't document the option, or `quantity` is out of range.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `quantity` in `list_option_products` tells.

        Scope: partner. Vendor page: partner
        """
        check_option(option_product_id)
        body = OptionQuantity(quantity=quantity)
        answer = self._ask("addOptionProductQuantity", domainId=domain_id, optionProductId=option_product_id, body=body)
        return self._one(OptionProduct, answer)

    @endpoint("listOptionProductUsages", "GET", "/partners/customers/{domainId}/option-product-usages")
    def list_option_product_usages(
        self, domain_id: int, *, year: int, month: int, product_group_id: ProductGroupId | None = None
    ) -> Listing[OptionProductUsage]:
        """
        Get what a customer used of its options in one month, day by day; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.
            year: the year.
            month: the month, 1 to 12.
            product_group_id: only options of this family of products.

        Returns:
            The usages; those that can't be read stand in `malformed`.

        Raises:
            ValueError: `month` is out of range, or LINE WORKS doesn't document the family.
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-option-product-usage-list
        """
        query = month_query(year, month, product_group_id)
        answer = self._ask("listOptionProductUsages", domainId=domain_id, query=query)
        return self._listing(OptionProductUsage, answer, "optionProductUsages")
