"""Operations about usage, invoices and invoice details."""

from collections.abc import Iterator
from functools import partial

from ._endpoints import Group, endpoint
from ._pages import Page, all_pages
from ._reading import Listing
from ._records_billing import CustomerUsage, Invoice, InvoiceDetail
from ._shapes import month_query, year_query
from ._values import ProductGroupId

MOST_DETAILS_PER_PAGE = 20
"""The largest `count` the vendor takes. Vendor page: partner-customer-invoice-detail-list"""


class BillingApi(Group):
    """
    The operations on usages and invoices. They only read.

    They raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. They need the
    scope `partner.read` or `partner`.
    """

    @endpoint("listCustomerUsages", "GET", "/partners/customers/{domainId}/usages")
    def list_customer_usages(
        self, domain_id: int, *, year: int, month: int, product_group_id: ProductGroupId | None = None
    ) -> Listing[CustomerUsage]:
        """
        Get what a customer used in one month, day by day; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.
            year: the year.
            month: the month, 1 to 12.
            product_group_id: only products of this family.

        Returns:
            The usages; those that can't be read stand in `malformed`.

        Raises:
            ValueError: `month` is out of range, or LINE WORKS doesn't document the family.
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-usage-list
        """
        query = month_query(year, month, product_group_id)
        return self._listing(CustomerUsage, self._ask("listCustomerUsages", domainId=domain_id, query=query), "usages")

    @endpoint("listInvoices", "GET", "/partners/invoices")
    def list_invoices(self, *, year: int) -> Listing[Invoice]:
        """
        Get the partner's invoices of one year, one a month; the answer isn't paged.

        Args:
            year: the year.

        Returns:
            The invoices; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-invoice-list
        """
        return self._listing(Invoice, self._ask("listInvoices", query=year_query(year)), "invoices")

    @endpoint("listInvoiceDetails", "GET", "/partners/invoice-details")
    def list_invoice_details(
        self, *, year: int, month: int, count: int = MOST_DETAILS_PER_PAGE, cursor: str | None = None
    ) -> Page[InvoiceDetail]:
        """
        Get one page of the customers' shares of one month's invoice.

        Args:
            year: the year.
            month: the month, 1 to 12.
            count: shares per page, 1 to 20.
            cursor: `next_cursor` of the page before; None for the first page.

        Returns:
            The page. `malformed` names the shares that can't be read, and those that are kept without a line
            that can't be read.

        Raises:
            ValueError: `month` or `count` is out of range.
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-invoice-detail-list
        """
        if not 1 <= count <= MOST_DETAILS_PER_PAGE:
            raise ValueError(f"count is 1 to {MOST_DETAILS_PER_PAGE}, not {count}")
        query = month_query(year, month) | {"count": count, "cursor": cursor}
        return self._page(InvoiceDetail, self._ask("listInvoiceDetails", query=query), "invoiceDetails")

    def pages_of_invoice_details(
        self, *, year: int, month: int, count: int = MOST_DETAILS_PER_PAGE
    ) -> Iterator[Page[InvoiceDetail]]:
        """
        Get all customers' shares of one month's invoice, page after page.

        A loop over it that runs to its end has seen the last page; otherwise it raises. De-duplicate by
        `domain_id`.

        Args: as of `list_invoice_details`.

        Raises:
            NoClearAnswer: also when LINE WORKS repeats a cursor, which would never end.
            PartnerApiError: as `list_invoice_details`, at the page that failed.

        Scope: partner.read. Vendor pages: partner-customer-invoice-detail-list, pagination
        """
        fetch = partial(self.list_invoice_details, year=year, month=month, count=count)
        return all_pages("listInvoiceDetails", lambda cursor: fetch(cursor=cursor))
