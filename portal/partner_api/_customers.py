"""Customers: list them, look one up."""

from collections.abc import Iterator
from functools import partial

from ._endpoints import Group, endpoint
from ._inferred import CustomerOrder
from ._pages import Page, all_pages
from ._records import Customer

MOST_PER_PAGE = 30
"""The largest `count` the vendor takes. Vendor page: partner-customer-list"""


class CustomersApi(Group):
    """The operations on customers."""

    @endpoint("listCustomers", "GET", "/partners/customers")
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
            order_by: by name, ascending unless told; the vendor doesn't promise to keep to it.

        Returns:
            The page. A record that can't be read stands in `malformed` and doesn't spoil the others.

        Raises:
            ValueError: `count` is out of range.
            Refused: the vendor said no.
            NotSent: the call never reached the vendor; repeating is safe.
            NoClearAnswer: no page that can be trusted came back; a read may be repeated.

        Vendor page: partner-customer-list
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
            NoClearAnswer: also when the vendor repeats a cursor, which would never end.
            PartnerApiError: as `list_customers`, at the page that failed.

        Vendor pages: partner-customer-list, pagination
        """
        fetch = partial(self.list_customers, domain=domain, count=count, order_by=order_by)
        return all_pages("listCustomers", lambda cursor: fetch(cursor=cursor))

    @endpoint("getCustomer", "GET", "/partners/customers/{domainId}")
    def get_customer(self, domain_id: int) -> Customer:
        """
        Look up one customer.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused: the vendor said no; `kind` NOT_FOUND when there is no such customer.
            NotSent: the call never reached the vendor; repeating is safe.
            NoClearAnswer: no record that can be trusted came back; a read may be repeated.

        Vendor page: partner-customer-get
        """
        return self._one(Customer, self._ask("getCustomer", domainId=domain_id))
