"""States of a customer with options, as the rules are asked about them."""

from datetime import date
from typing import Any

from portal.core.rules import Verdict, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor import client
from tests.support import vendor_json
from tests.support.vendor_json import Json

TODAY = date(2026, 1, 15)
END = "2026-02-14"


def paid(product: str = "STD", **changes: Any) -> Json:
    """A paid subscription, annual and until the 14th of February."""
    return vendor_json.subscription(**{"productId": product, "planEndDate": END} | changes)


def trial(product: str = "STD_T", **changes: Any) -> Json:
    """A trial subscription."""
    given = {"plan": "TRIAL", "planEndDate": "2026-01-29", "licenseCount": None, "renewal": None}
    return vendor_json.subscription(productId=product, **given | changes)


def free() -> Json:
    """A free subscription."""
    return vendor_json.subscription(productId="FR", plan="FREE", planEndDate=None, licenseCount=None, renewal=None)


def held(size: str, **changes: Any) -> Json:
    """An option in use, annual and until the 14th of February."""
    given = {"optionProductId": option_of(size), "subOptionId": size, "planEndDate": END}
    return vendor_json.option(**given | changes)


def on_trial(size: str, end: str = "2026-01-29") -> Json:
    """An option in trial use."""
    return held(size, plan="TRIAL", planEndDate=end)


def task(size: str, task_type: str = "APPLY", day: str = "2026-02-01", **changes: Any) -> Json:
    """A task scheduled for an option."""
    given = {"optionProductId": option_of(size), "subOptionId": size, "type": task_type, "applyDate": day}
    return vendor_json.option_order(**given | changes)


def option_of(size: str) -> str:
    """Return the option that a size is of."""
    known = ("ACV2", "ACV3", "DRV", "SSTG2", "BCT", "CST_S", "CST_M", "CST_L")
    return next(code for code in known if size.startswith(code))


def state(
    *subscriptions: Json,
    options: tuple[Json, ...] = (),
    tasks: tuple[Json, ...] = (),
    renewals: tuple[Json, ...] = (),
    reservations: tuple[Json, ...] = (),
    pre_orders: tuple[Json, ...] = (),
) -> Snapshot:
    """Return what LINE WORKS shows of a customer, as far as orders about options look at it."""
    return Snapshot(
        {
            "subscriptions": [client.Subscription.from_vendor(each) for each in subscriptions],
            "reservations": [client.Reservation.from_vendor(each) for each in reservations],
            "pre_orders": [client.PreOrder.from_vendor(each) for each in pre_orders],
            "options": [client.OptionProduct.from_vendor(each) for each in options],
            "option_orders": [client.OptionProductOrder.from_vendor(each) for each in tasks],
            "option_renewals": [client.OptionProductRenewal.from_vendor(each) for each in renewals],
        }
    )


def problems(verdict: Verdict) -> list[tuple[str, str]]:
    """Return the rules that stand against it, each with the field that it is about."""
    return [(problem.rule.id, problem.at) for problem in verdict.problems]


def consequences(verdict: Verdict) -> dict[str, Weight]:
    """Return what follows, by rule."""
    assert verdict.allowed, problems(verdict)
    return {consequence.rule.id: consequence.weight for consequence in verdict.consequences}
