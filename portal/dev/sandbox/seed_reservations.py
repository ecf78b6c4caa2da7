"""
Fills a fresh state with scheduled conversions, additions of licenses and cancellations.

The named customers get none, so that tests and demonstrations begin with a clean page. What share has which is a guess.
"""

import random
from datetime import date, timedelta

from .catalogue import Group, takes_licenses
from .contracts import Subscription, all_subscriptions
from .scheduled import ADD_LICENSE, CANCEL, START_PAID_SERVICE, Reservation, save_reservations
from .state import State

_MOST_DAYS_AHEAD = 30  # sooner than any window ends but those that the end of a contract or of grace cuts short


def seed_reservations(state: State, first_domain_id: int, seed: int, today: date) -> None:
    """
    Schedule something for some subscriptions of the customers from a domainId on; part of the caller's transaction.

    It draws nothing from the chances of the customers themselves, so that who they are does not hang on it.
    """
    chance = random.Random(f"reservations {seed}")  # noqa: S311  made-up customers, no secret
    tasks = (_task_of(subscription, chance, today) for subscription in all_subscriptions(state, first_domain_id))
    save_reservations(state, [task for task in tasks if task is not None])


def _task_of(subscription: Subscription, chance: random.Random, today: date) -> Reservation | None:
    luck = chance.random()
    if not subscription.is_paid:
        return _conversion(subscription, chance, today) if luck < 0.15 else None
    if luck < 0.015:
        last = (subscription.end or today) + timedelta(days=1)
        return Reservation(subscription.id, subscription.domain_id, CANCEL, last)
    if luck < 0.045 and takes_licenses(subscription.plan):
        day = _day_until(subscription.end or today, chance, today)
        count = chance.choice((1, 2, 5, 10))
        return Reservation(subscription.id, subscription.domain_id, ADD_LICENSE, day, license_count=count)
    return None


def _conversion(subscription: Subscription, chance: random.Random, today: date) -> Reservation | None:
    # Those of the other groups are few and mostly free for good.
    if subscription.product.group is not Group.WORKS:
        return None
    last = subscription.last_day_of_grace or today + timedelta(days=_MOST_DAYS_AHEAD)
    return Reservation(
        subscription.id,
        subscription.domain_id,
        START_PAID_SERVICE,
        _day_until(last, chance, today),
        plan="MONTHLY",
        # Standard, as that needs no domain.
        product_id="STD" if subscription.is_free else None,
    )


def _day_until(last: date, chance: random.Random, today: date) -> date:
    return today + timedelta(days=chance.randint(1, min(_MOST_DAYS_AHEAD, (last - today).days)))
