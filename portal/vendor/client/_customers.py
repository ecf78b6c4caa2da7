"""Operations about customers."""

from collections.abc import Iterator
from functools import partial

from ._assumptions import CustomerOrder
from ._assumptions_bodies import CustomerReplacement
from ._bodies_customers import CustomerChange, NewCustomer
from ._domains import DomainOperations
from ._endpoints import endpoint
from ._pages import Page, all_pages
from ._records_customers import Customer, CustomerDeletion
from ._usage_status import UsageStatusOperations

MOST_PER_PAGE = 30
"""The largest `count` the vendor takes. Vendor page: partner-customer-list"""

_ALL = "/partners/customers"
_ONE = _ALL + "/{domainId}"


class CustomersApi(DomainOperations, UsageStatusOperations):
    """
    The operations on customers, their domains and their usage status.

    Reads raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. Writes raise the
    same, and nothing happened after the first two; each says where to look after `NoClearAnswer`. Reads need the
    scope `partner.read` or `partner`, writes need `partner`.
    """

    @endpoint("listCustomers", "GET", _ALL)
    def list_customers(
        self,
        *,
        domain: str | None = None,
        count: int = MOST_PER_PAGE,
        cursor: str | None = None,
        order_by: CustomerOrder | None = None,
    ) -> Page[Customer]:
        """
        Get one page of the customers the partner manages.

        Args:
            domain: only customers with this domain name; whether a part of a name matches isn't documented.
            count: customers per page, 1 to 30.
            cursor: `next_cursor` of the page before; None for the first page.
            order_by: by name, ascending unless told; LINE WORKS doesn't promise to keep to it.

        Returns:
            The page. A record that can't be read stands in `malformed` and doesn't spoil the others.

        Raises:
            ValueError: `count` is out of range.
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-list
        """
        if not 1 <= count <= MOST_PER_PAGE:
            raise ValueError(f"count is 1 to {MOST_PER_PAGE}, not {count}")
        query = {"domain": domain, "count": count, "cursor": cursor, "orderBy": order_by}
        return self._page(Customer, self._ask("listCustomers", query=query), "customers")

    def pages_of_customers(
        self,
        *,
        domain: str | None = None,
        count: int = MOST_PER_PAGE,
        order_by: CustomerOrder | None = None,
    ) -> Iterator[Page[Customer]]:
        """
        Get all customers, page after page.

        A loop over it that runs to its end has seen the last page; otherwise it raises. A customer may
        stand on two pages, so de-duplicate by `domain_id`.

        Args: as of `list_customers`.

        Raises:
            NoClearAnswer: also when LINE WORKS repeats a cursor, which would never end.
            PartnerApiError: as `list_customers`, at the page that failed.

        Scope: partner.read. Vendor pages: partner-customer-list, pagination
        """
        fetch = partial(self.list_customers, domain=domain, count=count, order_by=order_by)
        return all_pages("listCustomers", lambda cursor: fetch(cursor=cursor))

    @endpoint("getCustomer", "GET", _ONE)
    def get_customer(self, domain_id: int) -> Customer:
        """
        Look up one customer.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused: LINE WORKS said no; `kind` NOT_FOUND when there is no such customer.
            NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-get
        """
        return self._one(Customer, self._ask("getCustomer", domainId=domain_id))

    @endpoint("createCustomer", "POST", _ALL, body=NewCustomer)
    def create_customer(self, customer: NewCustomer) -> Customer:
        """
        Create a customer, with its first administrator when one is given.

        Args:
            customer: what it is to be. Its password is struck out of the evidence, in clear and in Base64.

        Returns:
            The customer. Status and body of the answer are inferred.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_customers` with its domain tells.

        Scope: partner. Vendor page: partner-customer-create
        """
        return self._one(Customer, self._ask("createCustomer", body=customer))

    @endpoint("updateCustomer", "PUT", _ONE, body=CustomerReplacement)
    def update_customer(self, domain_id: int, customer: CustomerReplacement) -> Customer:
        """
        Replace all that can be changed of a customer. To change some of it, use `patch_customer`.

        Args:
            domain_id: the customer's domainId.
            customer: everything it is to be; LINE WORKS would drop what is left out.

        Returns:
            The customer as it is now. Body and answer are inferred, because the page wasn't seen.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_customer` tells.

        Scope: partner. Vendor pages: partner, api-call
        """
        return self._one(Customer, self._ask("updateCustomer", domainId=domain_id, body=customer))

    @endpoint("patchCustomer", "PATCH", _ONE, body=CustomerChange)
    def patch_customer(self, domain_id: int, change: CustomerChange) -> Customer:
        """
        Change some of what a customer is.

        Args:
            domain_id: the customer's domainId.
            change: what changes; the rest stays.

        Returns:
            The customer as it is now.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_customer` tells.

        Scope: partner. Vendor page: partner-customer-update-patch
        """
        return self._one(Customer, self._ask("patchCustomer", domainId=domain_id, body=change))

    @endpoint("deleteCustomer", "DELETE", _ONE, empty=(202, 204))
    def delete_customer(self, domain_id: int) -> CustomerDeletion:
        """
        Delete a customer with all its products and options. It can't be undone.

        Args:
            domain_id: the customer's domainId.

        Returns:
            GONE, or PENDING when the customer waits for its withdrawal; `get_usage_status` then tells the day.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_customer` and `get_usage_status` tell.

        Scope: partner. Vendor page: partner-customer-delete
        """
        answer = self._ask("deleteCustomer", domainId=domain_id)
        return CustomerDeletion.GONE if answer.status == 204 else CustomerDeletion.PENDING

    @endpoint("activateCustomer", "POST", _ONE + "/activate")
    def activate_customer(self, domain_id: int) -> Customer:
        """
        Have LINE WORKS check the proof of ownership of the customer's domain, and activate the domain.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The customer as it is now.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `enable_active_domain` of `get_customer` tells.

        Scope: partner. Vendor page: partner-customer-activate
        """
        return self._one(Customer, self._ask("activateCustomer", domainId=domain_id))
