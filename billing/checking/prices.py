"""What LINE WORKS takes for a month, by the purchase prices of the price list."""

from datetime import date
from fractions import Fraction
from functools import cache

from billing.price_lists import price_book
from billing.rules.check_facts import Force, Prices
from billing.rules.prices import MONTHS_OF_A_YEAR, PriceBook, price_on
from options.catalogue import priced_item
from portal.operations.priced import Period


def purchase_prices(book: PriceBook) -> Prices:
    """Return what answers the price of a month; None where the price list says no purchase price."""

    @cache
    def price(force: Force, day: date) -> int | Fraction | None:
        item = priced_item(force.item_id, force.sub_item_id or None)
        found = price_on(book, day, item, force.plan, force.units)
        if found is None or found.purchase is None:
            return None
        amount = found.purchase * force.units
        return Fraction(amount, MONTHS_OF_A_YEAR) if found.period == Period.YEAR else amount

    return price


def prices_of_month(month: date) -> tuple[Prices, bool]:
    """Return the prices of a month, and whether a price list is in force on its first day."""
    book = price_book()
    return purchase_prices(book), book.version_on(month) is not None
