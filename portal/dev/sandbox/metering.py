"""
What is metered: every day at 0:00, what each customer has in use, kept as stretches of days on which nothing changed.

Vendor pages `partner-customer-usage-list`, `partner-customer-option-product-usage-list`,
`partner-customer-invoice-detail-list`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from .contracts import Subscription, subscriptions_of
from .options_life import HeldOption, held_options
from .pricing import is_prepaid, monthly_price, started_months
from .rules import rule
from .state import State

PRODUCT, OPTION_PRODUCT = "PRODUCT", "OPTION_PRODUCT"

AT_MIDNIGHT = rule(
    "usage.midnight",
    "Use is metered every day at midnight, as it is once what falls due on that day has happened.",
    "partner-customer-usage-list",
)
STRETCHES = rule(
    "usage.stretch",
    "When subscription, plan, licenses or users change within a month, each stretch of days is kept and billed apart.",
    "partner-customer-invoice-detail-list",
)
FIRST_DAY = rule(
    "usage.firstday",
    "What is added counts from the day of use.",
    "partner-customer-option-products-list",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One product or option in use; as long as all of it stays the same, so does the stretch."""

    domain_id: int
    subscription_id: int
    item_type: str
    item_id: str
    sub_item_id: str | None
    plan: str
    license_count: int | None
    member_count: int
    max_member_count: int | None
    quantity: int | None
    status: str
    term_start: str
    term_end: str | None

    @property
    def key(self) -> tuple[int, str]:
        """What it is the use of, whatever changes about it: a product may be upgraded, an option keeps its id."""
        return self.subscription_id, self.item_id if self.item_type == OPTION_PRODUCT else ""

    def monthly(self) -> int:
        """What a whole month of it costs, in yen before tax."""
        return monthly_price(
            self.sub_item_id or self.item_id,
            self.plan,
            option_id=self.item_id if self.item_type == OPTION_PRODUCT else None,
            license_count=self.license_count,
            member_count=self.member_count,
            quantity=self.quantity,
        )


class Stretch(NamedTuple):
    """A run of days on which an item stayed the same; `end_date` None while it still does."""

    item: Item
    paid_at_once: int
    start_date: str
    end_date: str | None


_ITEM_COLUMNS = tuple(field.name for field in fields(Item))
_VALUES = attrgetter(*_ITEM_COLUMNS)  # astuple() would copy each value
COLUMNS = ", ".join((*_ITEM_COLUMNS, "paid_at_once", "start_date", "end_date"))
_INSERT = f"INSERT INTO stretches ({COLUMNS}) VALUES ({', '.join('?' * (len(_ITEM_COLUMNS) + 3))})"  # noqa: S608  ours


def read_stretches(state: State, where: str, parameters: Iterable[object]) -> Iterator[Stretch]:
    """Read stretches by a condition of our own; its values go into `parameters`."""
    for *item, paid_at_once, start_date, end_date in state.db.execute(
        f"SELECT {COLUMNS} FROM stretches WHERE {where}",  # noqa: S608  conditions are ours
        tuple(parameters),
    ):
        yield Stretch(Item(*item), paid_at_once, start_date, end_date)


def add_stretches(state: State, stretches: Iterable[Stretch]) -> None:
    """Write new stretches."""
    state.db.executemany(
        _INSERT, ((*_VALUES(one.item), one.paid_at_once, one.start_date, one.end_date) for one in stretches)
    )


def meter(state: State, today: date) -> None:
    """On a new day: end the stretches of what has changed since the day before, and begin new ones."""
    changed = state.db.execute("SELECT domain_id FROM unmetered ORDER BY domain_id").fetchall()
    for (domain_id,) in changed:
        _meter_customer(state, domain_id, today)
    state.db.execute("DELETE FROM unmetered")


def _meter_customer(state: State, domain_id: int, today: date) -> None:
    yesterday = today - timedelta(days=1)
    before = {
        one.item.key: one.item for one in read_stretches(state, "domain_id = ? AND end_date IS NULL", (domain_id,))
    }
    now = {item.key: item for item in items_in_use(state, domain_id)}
    for key, item in before.items():
        if now.get(key) != item:
            state.db.execute(
                "UPDATE stretches SET end_date = ? WHERE domain_id = ? AND end_date IS NULL"
                " AND subscription_id = ? AND item_type = ? AND item_id = ?",
                (yesterday.isoformat(), domain_id, item.subscription_id, item.item_type, item.item_id),
            )
    add_stretches(
        state,
        [_begin(item, before.get(key), today) for key, item in now.items() if before.get(key) != item],
    )


def _begin(item: Item, before: Item | None, today: date) -> Stretch:
    start = today
    if before is None and date.fromisoformat(item.term_start) == today - timedelta(days=1):
        start -= timedelta(days=1)  # it was added in the course of yesterday, and counts from then
    return Stretch(item, paid_at_once(item, before, start), start.isoformat(), None)


def paid_at_once(item: Item, before: Item | None, start: date) -> int:
    """
    Give what is billed at once as a stretch begins, in yen before tax: nothing, but under a prepaid plan.

    There a new term is billed whole, and what rises within it, as licenses do, for the months that are left.
    """
    if not is_prepaid(item.plan):
        return 0
    is_new_term = before is None or before.term_start != item.term_start or before.plan != item.plan
    added = item.monthly() - (0 if is_new_term or before is None else before.monthly())
    return max(0, added) * started_months(start, date.fromisoformat(item.term_end)) if item.term_end else 0


def items_in_use(state: State, domain_id: int) -> list[Item]:
    """Give what a customer has in use right now."""
    platform = state.db.execute(
        "SELECT member_count, max_member_count, status FROM platforms WHERE domain_id = ?", (domain_id,)
    ).fetchone()
    if platform is None:
        return []
    products = {
        subscription.id: item_of_subscription(subscription, *platform)
        for subscription in subscriptions_of(state, domain_id)
    }
    options = [
        item_of_option(held, products[held.record["subscriptionId"]])
        for held in held_options(state, domain_id)
        if held.record["subscriptionId"] in products
    ]
    return [*products.values(), *options]


def item_of_subscription(
    subscription: Subscription, member_count: int, max_member_count: int | None, status: str
) -> Item:
    """Give what is metered of a subscription."""
    return Item(
        domain_id=subscription.domain_id,
        subscription_id=subscription.id,
        item_type=PRODUCT,
        item_id=subscription.product.id,
        sub_item_id=None,
        plan=subscription.plan,
        license_count=subscription.license_count,
        member_count=member_count,
        max_member_count=max_member_count,
        quantity=None,
        status=status,
        term_start=subscription.record["planStartDate"],
        term_end=subscription.record["planEndDate"],
    )


def item_of_option(held: HeldOption, product: Item) -> Item:
    """Give what is metered of an option, beside the product that it hangs on."""
    return replace(
        product,
        item_type=OPTION_PRODUCT,
        item_id=held.option.id,
        sub_item_id=held.sub_option_id,
        plan=held.record["plan"],
        quantity=held.record["quantity"],
        term_start=held.record["planStartDate"],
        term_end=held.record["planEndDate"],
    )
