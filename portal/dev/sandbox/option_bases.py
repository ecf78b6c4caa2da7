"""What a scheduled option task rests on: a subscription in use, perhaps with a task of its own, or a pre-order."""

from dataclasses import dataclass
from datetime import date

from .catalogue import PRODUCTS
from .contracts import Subscription
from .option_checks import BASE, subscription_under
from .options_catalogue import Option
from .scheduled import START_PAID_SERVICE, Reservation, find_reservation
from .state import State


@dataclass(frozen=True, slots=True)
class Base:
    """
    What an option task rests on: `subscription` in use, or else the pre-order that starts `product_id` on `start`.

    Attributes:
        product_id: the product now, or that of the pre-order.
        task: the scheduled task of the subscription.
    """

    subscription: Subscription | None
    product_id: str
    start: date
    task: Reservation | None = None

    @property
    def id(self) -> int | None:
        """The subscriptionId; None while it is a pre-order."""
        return self.subscription.id if self.subscription else None

    @property
    def conversion(self) -> Reservation | None:
        """The scheduled conversion to paid, of a Free or Trial subscription."""
        return self.task if self.task and self.task.type == START_PAID_SERVICE else None

    @property
    def converted_product_id(self) -> str:
        """The product after the scheduled conversion, which names one only from Free."""
        named = self.conversion.product_id if self.conversion else None
        return named or PRODUCTS[self.product_id].paid_id or self.product_id


def find_base(state: State, domain_id: int, option: Option) -> Base:
    """
    Find what a task of an option rests on: the subscription of its product group, or the first pre-order of one.

    Raises:
        Refusal: 404.
    """
    subscription = subscription_under(state, domain_id, option)
    if subscription is not None:
        return Base(subscription, subscription.product.id, subscription.start, find_reservation(state, subscription.id))
    row = state.db.execute(
        "SELECT product_id, apply_date FROM pre_orders WHERE domain_id = ? ORDER BY apply_date, pre_order_id LIMIT 1",
        (domain_id,),
    ).fetchone()
    if row is None:
        raise BASE.broken("SUBSCRIPTION_NOT_EXIST", f"there is no {option.group} subscription", status=404)
    return Base(None, row[0], date.fromisoformat(row[1]))
