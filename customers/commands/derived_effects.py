"""Further effects of commands about contracts, in resources of other apps."""

from customers.sync.customers import CUSTOMER
from portal.operations.derived_effects import DerivedEffect
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Change
from portal.vendor.client import OptionProduct, Subscription

STAY = "STAY"


def _is_a_product_then(_before: Snapshot, projected: Snapshot, change: Change) -> bool:
    """Of several subscriptions, no page says which one a customer's record names."""
    product = (change.after or {}).get("productId")
    return product is None or product in {held.product_id for held in projected.of(Subscription)}


def _is_as_its_option(before: Snapshot, projected: Snapshot, change: Change) -> bool:
    """It goes with its option, and comes with one as that is then; one that stayed goes on staying."""
    held = next((option for option in projected.of(OptionProduct) if option.option_product_id == change.key), None)
    if held is None or change.after is None:
        was_held = any(option.option_product_id == change.key for option in before.of(OptionProduct))
        return held is None and change.after is None and was_held
    after = change.after
    is_new_or_stayed = change.before is None or change.before.get("type") == STAY
    return is_new_or_stayed and (after.get("type"), after.get("subOptionId")) == (STAY, held.sub_option_id)


# A customer's record names one of its products.
MAIN_PRODUCT = DerivedEffect(CUSTOMER.name, _is_a_product_then, fields=("productId",))
# What becomes of an option at contract end is set as soon as there is one, and gone with it.
OPTION_RENEWALS = DerivedEffect("option_renewals", _is_as_its_option)
