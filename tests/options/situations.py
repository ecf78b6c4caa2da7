"""
Customers of the sandbox in every situation that the rules of options tell apart.

Each is made at the vendor's console out of a fresh sandbox, and answers the customer's domainId.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from portal.access.vendor import partner_api
from portal.pace import Lane
from tests.support.orders import day
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

Make = Callable[[Sandbox], int]
PRE_ORDER = {"productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
CONVERSION = {"type": "START_PAID_SERVICE", "plan": "ANNUAL_LICENSE", "licenseCount": 30}


def standard_monthly(_sandbox: Sandbox) -> int:
    return PAID_MONTHLY


def advanced_annual(_sandbox: Sandbox) -> int:
    return PAID_ADVANCED


def nothing(_sandbox: Sandbox) -> int:
    return WITHOUT_CONTRACT


def trial(_sandbox: Sandbox) -> int:
    return TRIAL_OF_A_GROUP


def free(sandbox: Sandbox) -> int:
    do_outside(sandbox, "addSubscription", WITHOUT_CONTRACT, {"productId": "FR", "plan": "FREE"})
    return WITHOUT_CONTRACT


def free_to_be_converted(sandbox: Sandbox) -> int:
    return _to_be_converted(sandbox, free(sandbox), productId="STD")


def trial_to_be_converted(sandbox: Sandbox) -> int:
    return _to_be_converted(sandbox, trial(sandbox))


def in_grace(sandbox: Sandbox) -> int:
    sandbox.move_clock(20)
    return trial(sandbox)


def pre_ordered(sandbox: Sandbox) -> int:
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER | {"applyDate": str(day(9))})
    return WITHOUT_CONTRACT


def paid_that_ends(sandbox: Sandbox) -> int:
    """Its end, and more licences, are a subscription's own tasks."""
    _reserve(sandbox, PAID_ADVANCED, {"type": "CANCEL", "applyDate": str(day(20))})
    return PAID_ADVANCED


def with_option(size: str, base: Make, sandbox: Sandbox, **quantity: int) -> int:
    """An option in use."""
    domain_id = base(sandbox)
    code = next(known for known in ("ACV2", "ACV3", "DRV", "SSTG2", "BCT", "CST_S") if size.startswith(known))
    body = {"optionProductId": code, "subOptionId": size, **quantity}
    do_outside(sandbox, "addOptionProduct", domain_id, body)
    return domain_id


def with_trial_option_to_be_converted(sandbox: Sandbox) -> int:
    return _to_be_converted(sandbox, with_option("ACV200", trial, sandbox))


def _to_be_converted(sandbox: Sandbox, domain_id: int, **product: str) -> int:
    _reserve(sandbox, domain_id, CONVERSION | product | {"applyDate": str(day(7))})
    return domain_id


def _reserve(sandbox: Sandbox, domain_id: int, task: Mapping[str, Any]) -> None:
    number = partner_api(Lane.PEOPLE).subscriptions.list_subscriptions(domain_id)[-1].subscription_id
    do_outside(sandbox, "addReservation", domain_id, dict(task), subscriptionId=number)


SITUATIONS: dict[str, Make] = {
    "standard": standard_monthly,
    "advanced": advanced_annual,
    "nothing": nothing,
    "trial": trial,
    "free": free,
    "free, to be converted": free_to_be_converted,
    "trial, to be converted": trial_to_be_converted,
    "grace": in_grace,
    "pre-ordered": pre_ordered,
    "ending": paid_that_ends,
    "storage": partial(with_option, "SSTG202", standard_monthly),
    "annual storage": partial(with_option, "SSTG202", advanced_annual),
    "largest storage": partial(with_option, "SSTG207", standard_monthly),
    "drive": partial(with_option, "DRV01", standard_monthly),
    "drive trial": partial(with_option, "DRV00", standard_monthly),
    "archive": partial(with_option, "ACV201", advanced_annual),
    "archive trial": partial(with_option, "ACV200", advanced_annual),
    "mail archive trial": partial(with_option, "ACV300", advanced_annual),
    "archive trial on a trial": partial(with_option, "ACV200", trial),
    "archive trial, to be converted": with_trial_option_to_be_converted,
    "CX Talk": partial(with_option, "CST_S01", standard_monthly, quantity=3),
    "CX Talk at its most": partial(with_option, "CST_S01", advanced_annual, quantity=50),
    "contacts": partial(with_option, "BCT02", advanced_annual),
}
