"""
Customers of the sandbox in every situation that the rules of options tell apart.

Each is made at LINE WORKS's console out of a fresh sandbox, and answers the customer's domainId.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
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
    """Its end, and more licenses, are a subscription's own tasks."""
    _reserve(sandbox, PAID_ADVANCED, {"type": "CANCEL", "applyDate": str(day(20))})
    return PAID_ADVANCED


def with_option(size: str, base: Make, sandbox: Sandbox, **quantity: int) -> int:
    """An option in use."""
    domain_id = base(sandbox)
    body = {"optionProductId": _option_of(size), "subOptionId": size, **quantity}
    do_outside(sandbox, "addOptionProduct", domain_id, body)
    return domain_id


def storage_that_is_to_shrink(sandbox: Sandbox) -> int:
    domain_id = with_option("SSTG203", standard_monthly, sandbox)
    renewal = {"type": "CHANGE", "subOptionId": "SSTG201"}
    do_outside(sandbox, "updateOptionProductRenewal", domain_id, renewal, optionProductId="SSTG2")
    return domain_id


def with_trial_option_to_be_converted(sandbox: Sandbox) -> int:
    return _to_be_converted(sandbox, with_option("ACV200", trial, sandbox))


def with_task(task: Mapping[str, Any], base: Make, sandbox: Sandbox) -> int:
    """A task that is scheduled already."""
    domain_id = base(sandbox)
    do_outside(sandbox, "addOptionProductOrder", domain_id, dict(task))
    return domain_id


def _task(size: str, task_type: str, ahead: int, **quantity: int) -> Mapping[str, Any]:
    given = {"optionProductId": _option_of(size), "type": task_type, "applyDate": str(day(ahead)), **quantity}
    return given if task_type in ("CANCEL", "CHANGE_QUANTITY") else given | {"subOptionId": size}


def _option_of(size: str) -> str:
    return next(known for known in ("ACV2", "ACV3", "DRV", "SSTG2", "BCT", "CST_S") if size.startswith(known))


def _to_be_converted(sandbox: Sandbox, domain_id: int, **product: str) -> int:
    _reserve(sandbox, domain_id, CONVERSION | product | {"applyDate": str(day(7))})
    return domain_id


def _reserve(sandbox: Sandbox, domain_id: int, task: Mapping[str, Any]) -> None:
    number = partner_api(Priority.PEOPLE).subscriptions.list_subscriptions(domain_id)[-1].subscription_id
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
    "storage that is to shrink": storage_that_is_to_shrink,
    "storage to begin": partial(with_task, _task("SSTG202", "APPLY", 9), standard_monthly),
    "storage to begin with a pre-order": partial(with_task, _task("SSTG202", "APPLY", 9), pre_ordered),
    "archive to begin on a trial": partial(with_task, _task("ACV200", "APPLY", 9), trial),
    "archive to begin with a conversion": partial(with_task, _task("ACV201", "APPLY", 7), trial_to_be_converted),
    "archive to begin with free": partial(with_task, _task("ACV201", "APPLY", 7), free_to_be_converted),
    "drive to end": partial(with_task, _task("DRV01", "CANCEL", 9), partial(with_option, "DRV01", standard_monthly)),
    "archive to become paid": partial(
        with_task, _task("ACV201", "START_PAID_SERVICE", 9), partial(with_option, "ACV200", advanced_annual)
    ),
    "storage to grow": partial(
        with_task, _task("SSTG203", "MODIFY", 9), partial(with_option, "SSTG202", standard_monthly)
    ),
    "CX Talk to be more": partial(
        with_task,
        _task("CST_S01", "CHANGE_QUANTITY", 17, quantity=5),
        partial(with_option, "CST_S01", standard_monthly, quantity=3),
    ),
}
# Situations in which something is scheduled for an option → that option.
SCHEDULED = {
    "storage to begin": "SSTG2",
    "storage to begin with a pre-order": "SSTG2",
    "archive to begin on a trial": "ACV2",
    "archive to begin with a conversion": "ACV2",
    "archive to begin with free": "ACV2",
    "drive to end": "DRV",
    "archive to become paid": "ACV2",
    "storage to grow": "SSTG2",
    "CX Talk to be more": "CST_S",
}
# Situations in which the customer uses an option → that option.
USING = {
    "storage": "SSTG2",
    "annual storage": "SSTG2",
    "largest storage": "SSTG2",
    "storage that is to shrink": "SSTG2",
    "drive": "DRV",
    "drive trial": "DRV",
    "archive": "ACV2",
    "archive trial": "ACV2",
    "archive trial on a trial": "ACV2",
    "CX Talk": "CST_S",
    "contacts": "BCT",
    "drive to end": "DRV",
}
