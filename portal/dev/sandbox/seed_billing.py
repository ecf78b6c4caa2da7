"""
Fills a fresh state with its past: what was metered, what was charged beside it, and the invoices of the last year.

As in the rest of the book everything is made up; but each invoice is the sum of the lines that its details show.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from .billing import add_invoice, line_of, paid
from .charges import ADJUSTMENT, OPTION_PLUS, PENALTY
from .contracts import Subscription, all_subscriptions
from .metering import Item, Stretch, add_stretches, item_of_option, item_of_subscription, paid_at_once
from .months import Month
from .options_life import HeldOption, all_options
from .pricing import is_prepaid
from .state import State, to_json

MONTHS_METERED, MONTHS_BILLED = 13, 12
CHANGING_SHARE = 0.04  # of the customers, those whose members or licenses rose in the months before
CUSTOMERS_PER_CHARGE = 400
_CHARGES = ((ADJUSTMENT, -8_000, 3_000), (OPTION_PLUS, 1_000, 40_000), (PENALTY, 2_000, 90_000))

# From a day on, this share of the licenses and members of today.
_Growth = list[tuple[date, float]]
_Platform = tuple[int, int | None, str]


def seed_billing(state: State, seed: int, today: date) -> None:
    """Add what was metered, charged and billed before today; part of the caller's transaction."""
    _Seeder(state, random.Random(f"billing {seed}"), today).fill()  # noqa: S311  made-up customers, no secret


class _Seeder:
    def __init__(self, state: State, chance: random.Random, today: date) -> None:
        self._state = state
        self._chance = chance
        self._today = today
        self._this_month = Month.of(today)
        self._months = [self._this_month.before(number) for number in range(MONTHS_BILLED, 0, -1)]
        self._spans = [(month, month.first.isoformat(), month.last.isoformat()) for month in self._months]
        oldest = self._this_month.before(MONTHS_METERED)
        self._first_day = date(oldest.year, oldest.month, min(today.day, oldest.days))
        self._used: Counter[Month] = Counter()
        self._paying: list[Subscription] = []

    def fill(self) -> None:
        add_stretches(self._state, self._counted(self._stretches()))
        self._add_charges()
        for month in self._months:
            self._add_invoice(month)

    def _counted(self, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
        """Pass stretches on, and add up what they cost in each month."""
        for stretch in stretches:
            if not stretch.item.plan.startswith(("FREE", "TRIAL")):
                self._count(stretch)
            yield stretch

    def _count(self, stretch: Stretch) -> None:
        start, end = stretch.start_date, stretch.end_date or "9999"
        whole = 0 if is_prepaid(stretch.item.plan) else stretch.item.monthly()
        for month, first, last in self._spans:
            if start < first and last <= end:
                self._used[month] += whole  # what line_of() would give, many times over
            elif start <= last and end >= first and (line := line_of(stretch, month)):
                self._used[month] += line.amount

    def _stretches(self) -> Iterator[Stretch]:
        platforms: dict[int, _Platform] = {
            domain_id: platform
            for domain_id, *platform in self._state.db.execute(
                "SELECT domain_id, member_count, max_member_count, status FROM platforms"
            )
        }
        options: dict[int, list[HeldOption]] = {}
        for held in all_options(self._state):
            options.setdefault(held.record["subscriptionId"], []).append(held)
        for subscription in all_subscriptions(self._state):
            product = item_of_subscription(subscription, *platforms[subscription.domain_id])
            growth = self._growth(subscription)
            if subscription.is_paid:
                self._paying.append(subscription)
            yield from self._stretches_of(product, growth)
            for held in options.get(subscription.id, ()):
                yield from self._stretches_of(item_of_option(held, product), growth)

    def _growth(self, subscription: Subscription) -> _Growth:
        """Draw on which days members and licenses rose to what they are; on none for most customers."""
        days = (self._today - subscription.start).days
        if days < 2 or not subscription.is_paid or self._chance.random() >= CHANGING_SHARE:
            return [(date.min, 1.0)]
        steps = sorted(self._chance.sample(range(1, days), k=min(self._chance.randint(1, 2), days - 1)))
        shares = [0.6, 0.8, 1.0][-len(steps) - 1 :]
        return list(
            zip([date.min, *(subscription.start + timedelta(days=step) for step in steps)], shares, strict=True)
        )

    def _stretches_of(self, item: Item, growth: _Growth) -> Iterator[Stretch]:
        """Cut the use of an item, from its first day until today, where it grew."""
        first = max(date.fromisoformat(item.term_start), self._first_day)
        ends: list[date | None] = [*(day - timedelta(days=1) for day, _ in growth[1:]), None]
        before = None
        for (day, share), end in zip(growth, ends, strict=True):
            if end is not None and end < first:
                continue
            now, start = _scaled(item, share), max(day, first)
            yield Stretch(now, paid_at_once(now, before, start), start.isoformat(), end.isoformat() if end else None)
            before = now

    def _add_charges(self) -> None:
        rows = []
        how_many = max(1, len(self._paying) // CUSTOMERS_PER_CHARGE)
        for month in self._months:
            last = month.last.isoformat()
            running = [one for one in self._paying if one.record["planStartDate"] <= last]
            for item_type, least, most in _CHARGES:
                for one in self._chance.sample(running, k=min(how_many, len(running))):
                    amount = self._chance.randint(least // 100, most // 100) * 100 or 100
                    is_penalty = item_type == PENALTY
                    rows.append(
                        (
                            one.domain_id,
                            str(month),
                            item_type,
                            one.id if is_penalty else None,
                            one.product.id if is_penalty else None,
                            amount,
                        )
                    )
        self._state.db.executemany(
            "INSERT INTO charges (domain_id, month, item_type, subscription_id, item_id, amount)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _add_invoice(self, month: Month) -> None:
        record = add_invoice(self._state, month, self._used[month])
        if record["paymentStatus"] == "UNPAID" and month != self._months[-1]:
            settled = paid(record, month.before(-1).last)
            del settled["invoiceNo"]
            self._state.db.execute(
                "UPDATE invoices SET record = ? WHERE invoice_no = ?", (to_json(settled), record["invoiceNo"])
            )


def _scaled(item: Item, share: float) -> Item:
    if share == 1.0:
        return item
    return replace(
        item,
        license_count=None if item.license_count is None else max(1, round(item.license_count * share)),
        member_count=max(1, round(item.member_count * share)),
    )
