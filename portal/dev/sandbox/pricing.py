"""
Prices in yen before tax, and what comes of them.

All of it is ours: no vendor page states a price, how a month is divided, how amounts are rounded or how a penalty is
reckoned. What is a flat fee, what goes by licenses and what by users follows the vendor's words on payment terms.
"""

from datetime import date

from .options_catalogue import OPTIONS

# A month of one license, one user or one piece: (annual contract, monthly contract).
_PRICES: dict[str, tuple[int, int]] = {
    "STD": (450, 540),
    "ADV": (800, 960),
    "ROG_STD": (1_000, 1_200),
    "ROG_ADV": (1_500, 1_800),
    "NTA_SL": (1_200, 1_440),
    "NTA_TM": (16_000, 19_200),
    "NTA_BZ": (50_000, 60_000),
    "NTA_EP": (100_000, 120_000),
    "JP_PPO_LT": (30_000, 36_000),
    "JP_PPO_STD": (60_000, 72_000),
    "JP_PPO_ADV": (100_000, 120_000),
    "JP_AIS_STD": (20_000, 24_000),
    "ACV201": (300, 360),
    "ACV301": (400, 480),
    "DRV01": (300, 360),
    "DRV_PS": (500, 600),
    "DRV_PA": (600, 720),
    "SSTG201": (20_000, 24_000),
    "SSTG202": (90_000, 108_000),
    "SSTG203": (160_000, 192_000),
    "SSTG204": (350_000, 420_000),
    "SSTG205": (600_000, 720_000),
    "SSTG206": (1_000_000, 1_200_000),
    "SSTG207": (4_000_000, 4_800_000),
    "BCT01": (5_000, 6_000),
    "BCT02": (9_000, 10_800),
    "BCT03": (24_000, 28_800),
    "BCT04": (70_000, 84_000),
    "CST_S01": (12_000, 14_400),
    "CST_M01": (60_000, 72_000),
    "CST_L01": (150_000, 180_000),
}
OPTION_PLUS_PRICE = 3_000  # a month of the app without real-time billing
_FREE = (0, 0)  # trials and free products
# These have a number of users, the other products one price for the whole customer.
_PER_USER_PRODUCTS = ("STD", "ADV", "ROG_")


def monthly_price(
    item_id: str,
    plan: str,
    *,
    option_id: str | None = None,
    license_count: int | None,
    member_count: int,
    quantity: int | None = None,
) -> int:
    """
    Give what one whole month costs.

    Args:
        item_id: the productId or the subOptionId.
        plan: the contract type.
        option_id: the option that `item_id` is a sub option of; None for a product.
    """
    annual, monthly = _PRICES.get(item_id, _FREE)
    price = annual if is_annual(plan) else monthly
    is_per_user = OPTIONS[option_id].is_per_user if option_id else item_id.startswith(_PER_USER_PRODUCTS)
    if is_per_user:
        return price * (member_count if license_count is None else license_count)
    return price * (quantity or 1)


def is_annual(plan: str) -> bool:
    """Tell an annual contract, whether paid by the month or at once."""
    return plan.startswith("ANNUAL")


def is_prepaid(plan: str) -> bool:
    """Return whether an annual contract is billed as a lump sum."""
    return plan.startswith("ANNUAL_PREPAY")


def started_months(first: date, last: date) -> int:
    """Count the months from one day to another, both included; one that has begun counts whole."""
    if last < first:
        return 0
    months = 12 * (last.year - first.year) + last.month - first.month
    return months + 1 if last.day >= first.day else max(1, months)


def penalty(monthly: int, day: date, last: date) -> int:
    """Give the penalty for leaving an annual contract on `day` that would run to `last`: the months not served."""
    return monthly * started_months(day, last)
