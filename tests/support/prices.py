"""A price list for tests."""

from datetime import date

from billing import price_lists
from billing.models import PriceList
from billing.rules.prices import Price, usual_price
from portal.accounts.models import User

FIRST_DAY = date(2020, 1, 1)


def price(
    item: str, contract_type: str, sale: int | None, purchase: int | None = None, *, from_quantity: int = 1
) -> Price:
    """Return a price with its usual unit and period."""
    usual = usual_price(item, contract_type)
    return Price(item, contract_type, usual.per, usual.period, purchase, sale, usual.tax_rate, from_quantity)


def keep_prices(by: User, *prices: Price, valid_from: date = FIRST_DAY) -> PriceList:
    """Make a version of the price list."""
    version = price_lists.make_version(valid_from, by=by)
    price_lists.save_prices(version, {price_lists.key_of(each): each for each in prices}, by=by)
    return version
