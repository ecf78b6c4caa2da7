"""
Fills a fresh state with options, what is scheduled for them, and what becomes of them at renewal.

The named customers get none, so that tests and demonstrations begin with a clean page.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from .catalogue import ADVANCED, STANDARD, Group
from .contracts import CHANGE, Subscription, all_subscriptions
from .inferred import TRIAL_DAYS
from .options_catalogue import APPLY, CANCEL, MODIFY, OPTIONS
from .options_life import HeldOption, new_option, save_options
from .state import State

# Options by what they are sold with, and how many of a hundred holders have which: (option, sub option, weight).
_PAID = {
    STANDARD: (
        ("ACV2", "ACV201", 40),
        ("DRV", "DRV01", 18),
        ("DRV", "DRV_PS", 8),
        ("SSTG2", "SSTG201", 14),
        ("SSTG2", "SSTG202", 6),
        ("BCT", "BCT01", 8),
        ("CST_S", "CST_S01", 6),
    ),
    ADVANCED: (
        ("ACV2", "ACV201", 30),
        ("ACV3", "ACV301", 22),
        ("DRV", "DRV_PA", 20),
        ("SSTG2", "SSTG202", 12),
        ("SSTG2", "SSTG203", 4),
        ("BCT", "BCT02", 6),
        ("CST_M", "CST_M01", 6),
    ),
}
_TRIAL = {STANDARD: ("ACV200", "DRV00", "DRV_PS_T"), ADVANCED: ("ACV200", "ACV300", "DRV_PA_T")}
_SUB_OPTIONS = {sub.id: sub for option in OPTIONS.values() for sub in option.sub_options}
_OPTION_OF = {sub.id: option for option in OPTIONS.values() for sub in option.sub_options}

_Order = tuple[int, str, int | None, str, str, int | None, str]


def seed_options(state: State, first_domain_id: int, seed: int, today: date) -> None:
    """
    Add options and option tasks to the customers from a domainId on; part of the caller's transaction.

    It draws nothing from the chances of the customers themselves, so that who they are does not hang on it.
    """
    seeder = _Seeder(random.Random(f"options {seed}"), today)  # noqa: S311  made-up customers, no secret
    busy = {row[0] for row in state.db.execute("SELECT domain_id FROM reservations")}
    held = list(seeder.options(all_subscriptions(state, first_domain_id)))
    save_options(state, held)
    pre_orders = state.db.execute(
        "SELECT domain_id, min(apply_date) FROM pre_orders WHERE domain_id >= ? GROUP BY domain_id ORDER BY domain_id",
        (first_domain_id,),
    ).fetchall()
    state.db.executemany(
        "INSERT INTO option_orders"
        " (domain_id, option_product_id, subscription_id, sub_option_id, type, quantity, apply_date)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            *seeder.tasks([one for one in held if one.domain_id not in busy]),
            *seeder.tasks_on_pre_orders(pre_orders),
        ],
    )


class _Seeder:
    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._today = today

    def options(self, subscriptions: Iterator[Subscription]) -> Iterator[HeldOption]:
        for base in subscriptions:
            if base.product.group is not Group.WORKS or base.in_grace:
                continue
            if base.is_paid:
                yield from self._options_of_paid(base)
            elif base.is_trial and self._chance.random() < 0.15:
                yield self._trial_option(base, base.product.paid_id or "")

    def _options_of_paid(self, base: Subscription) -> Iterator[HeldOption]:
        chance = self._chance
        luck = chance.random()
        if luck < 0.02:
            yield self._trial_option(base, base.product.id)
        elif luck < 0.22:
            choices = _PAID[base.product.id]
            picked = chance.choices(choices, [weight for *_, weight in choices], k=chance.choice((1, 1, 2)))
            for option_id, sub_option_id in sorted({one[0]: one[1] for one in picked}.items()):
                yield self._paid_option(base, option_id, sub_option_id)

    def _paid_option(self, base: Subscription, option_id: str, sub_option_id: str) -> HeldOption:
        chance, option = self._chance, OPTIONS[option_id]
        quantity = None if option.most is None else chance.randint(1, 3)
        begun = base.start + timedelta(days=chance.randint(0, (self._today - base.start).days))
        held = new_option(base, option, _SUB_OPTIONS[sub_option_id], quantity, begun)
        if option.shrinks and chance.random() < 0.2:
            lowest = option.ladders[0][0]
            held.renewal = {**(held.renewal or {}), "type": CHANGE, "subOptionId": lowest}
        return held

    def _trial_option(self, base: Subscription, paid_product_id: str) -> HeldOption:
        sub_option_id = self._chance.choice(_TRIAL[paid_product_id])
        days = min((self._today - base.start).days, self._chance.randint(0, TRIAL_DAYS - 1))
        begun = self._today - timedelta(days=days)
        return new_option(base, _OPTION_OF[sub_option_id], _SUB_OPTIONS[sub_option_id], None, begun)

    def tasks(self, options: list[HeldOption]) -> Iterator[_Order]:
        """Let a few of the paid options end with their contract or grow soon."""
        for held in options:
            if held.is_trial or self._chance.random() >= 0.08:
                continue
            ladder = held.option.ladders[0] if MODIFY in held.option.tasks else ()
            if held.sub_option_id in ladder[:-1] and held.end > self._today:
                higher = ladder[ladder.index(held.sub_option_id) + 1]
                yield self._order(held, higher, MODIFY, self._in_days(1, min(60, (held.end - self._today).days)))
            else:
                yield self._order(held, held.sub_option_id, CANCEL, held.end + timedelta(days=1))

    def tasks_on_pre_orders(self, pre_orders: list[tuple[int, str]]) -> Iterator[_Order]:
        """Let an archive begin with a few of the pre-ordered subscriptions."""
        for domain_id, apply_date in pre_orders:
            if self._chance.random() < 0.3:
                yield domain_id, "ACV2", None, "ACV201", APPLY, None, apply_date

    def _order(self, held: HeldOption, sub_option_id: str, task_type: str, day: date) -> _Order:
        subscription_id = held.record["subscriptionId"]
        return held.domain_id, held.option.id, subscription_id, sub_option_id, task_type, None, day.isoformat()

    def _in_days(self, fewest: int, most: int) -> date:
        return self._today + timedelta(days=self._chance.randint(fewest, most))
