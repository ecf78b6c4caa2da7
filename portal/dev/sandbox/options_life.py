"""
Options as the state keeps them, and what becomes of them when something happens to their subscription.

Whoever calls these writes the ledger too: each gives the options that it changed, as the API answers with them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .charges import charge_penalty, member_count
from .contracts import Subscription, find_subscription
from .inferred import end_of_trial
from .options_catalogue import OPTIONS, Option, SubOption
from .pricing import is_annual, monthly_price, penalty
from .rules import rule
from .state import State, to_json

TRIAL = "TRIAL"
Record = dict[str, Any]

PENALTY = rule(
    "option.cancel.penalty",
    "Canceling an option inside an annual contract costs a penalty, billed with the next invoice.",
    "partner-customer-option-products-delete",
)
PAUSE = rule(
    "option.cancel.pause",
    "An option canceled inside an annual contract can be had again from the next month only.",
    "partner-customer-option-products-delete",
    "partner-customer-option-product-orders-post",
    "partner-customer-option-product-orders-patch",
)
FOLLOWS = rule(
    "option.plan.base",
    "A paid option runs under its subscription's plan, to the end of its contract.",
    "partner-customer-option-products-post",
    "partner-customer-option-products-paidservice",
)
TRIAL_ENDS = rule(
    "option.trial.end",
    "A Trial option of a paid subscription that is not converted is canceled when its trial ends, without grace.",
    "partner-customer-option-products-paidservice",
)
TRIAL_GRACE = rule(
    "option.trial.base",
    "A Trial option of a Trial subscription lives as long as that, its grace period included.",
    "partner-customer-option-products-paidservice",
)
ALONG = rule(
    "option.convert.along",
    "When a scheduled conversion takes effect, Trial options without a task of their own turn paid along with it.",
    "partner-customer-subscriptions-reservation-create",
)
STAY_TRIAL = rule(
    "option.convert.own",
    "Converting a subscription at once leaves its Trial options on trial; each needs its own conversion.",
    "partner-customer-subscriptions-paid-service",
    "partner-customer-option-products-post",
)


@dataclass(slots=True)
class HeldOption:
    """One option in use; `renewal` is None for a trial."""

    domain_id: int
    record: Record
    renewal: Record | None

    @property
    def option(self) -> Option:
        """The option that it is of."""
        return OPTIONS[self.record["optionProductId"]]

    @property
    def sub_option_id(self) -> str:
        """The edition held."""
        return str(self.record["subOptionId"])

    @property
    def sub_option(self) -> SubOption:
        """The edition held, as the catalogue has it."""
        found = self.option.sub_option(self.sub_option_id)
        if found is None:
            raise KeyError(self.sub_option_id)
        return found

    @property
    def is_trial(self) -> bool:
        """Whether it is on trial."""
        return bool(self.record["plan"] == TRIAL)

    @property
    def end(self) -> date:
        """The last day of its contract or trial."""
        return date.fromisoformat(self.record["planEndDate"])

    @property
    def quantity(self) -> int:
        """How many pieces are held, 1 where none are counted."""
        return int(self.record["quantity"] or 1)

    def change(self, *, sub_option_id: str | None = None, quantity: int | None = None) -> None:
        """Change what is held; a renewal that stays as it is stays as it is then."""
        if sub_option_id is not None:
            self.record["subOptionId"] = sub_option_id
        if quantity is not None:
            self.record["quantity"] = quantity
        if self.renewal is not None and self.renewal["type"] == "STAY":
            self.renewal = renewal_as_it_is(self.record)


def held_options(state: State, domain_id: int, subscription_id: int | None = None) -> list[HeldOption]:
    """Read a customer's options, of one subscription or of all, in the order of the ids."""
    rows = state.db.execute(
        "SELECT domain_id, record, renewal FROM options"
        " WHERE domain_id = ? AND (? IS NULL OR subscription_id = ?) ORDER BY option_product_id",
        (domain_id, subscription_id, subscription_id),
    )
    return [_read(row) for row in rows.fetchall()]


def all_options(state: State) -> Iterator[HeldOption]:
    """Read the options of all customers; for seeds."""
    rows = state.db.execute("SELECT domain_id, record, renewal FROM options ORDER BY domain_id, option_product_id")
    return map(_read, rows)


def find_option(state: State, domain_id: int, option_product_id: str) -> HeldOption | None:
    """Read one option of a customer, or None if it isn't in use."""
    row = state.db.execute(
        "SELECT domain_id, record, renewal FROM options WHERE domain_id = ? AND option_product_id = ?",
        (domain_id, option_product_id),
    ).fetchone()
    return _read(row) if row else None


def save_option(state: State, held: HeldOption) -> None:
    """Write an option, whether it is new or changed."""
    save_options(state, [held])


def save_options(state: State, options: Iterable[HeldOption]) -> None:
    """Write options, whether they are new or changed."""
    state.db.executemany(
        "INSERT OR REPLACE INTO options (domain_id, option_product_id, subscription_id, record, renewal)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            (
                held.domain_id,
                held.option.id,
                held.record["subscriptionId"],
                to_json(held.record),
                None if held.renewal is None else to_json(held.renewal),
            )
            for held in options
        ),
    )


def new_option(
    base: Subscription, option: Option, sub_option: SubOption, quantity: int | None, day: date
) -> HeldOption:
    """Make an option that is used from a day on, and is yet to be saved; whether it may be is the caller's to check."""
    record = {
        "subscriptionId": base.id,
        "optionProductId": option.id,
        "subOptionId": sub_option.id,
        # The business date has no time of day, so an option begins with its day.
        "appliedTime": f"{day.isoformat()}T00:00:00.000+09:00",
        "quantity": option.fixed_quantity if option.most is None else quantity,
        "plan": TRIAL,
        "planStartDate": day.isoformat(),
        "planEndDate": _end_of_trial(base, day).isoformat(),
    }
    held = HeldOption(base.domain_id, record, None)
    if not sub_option.is_trial:
        _put_under_contract(held, base, day)
    return held


def convert_option(state: State, held: HeldOption, base: Subscription, day: date) -> Record:
    """Turn a Trial option into its paid counterpart, under the plan that its subscription has now."""
    held.record["subOptionId"] = held.sub_option.paid_id or held.sub_option_id
    _put_under_contract(held, base, day)
    save_option(state, held)
    return held.record


def cancel_option(state: State, held: HeldOption, day: date) -> int:
    """End the use of an option on a day, and give the penalty in yen, 0 for none."""
    state.db.execute(
        "DELETE FROM options WHERE domain_id = ? AND option_product_id = ?", (held.domain_id, held.option.id)
    )
    is_inside_annual_contract = is_annual(held.record["plan"]) and day <= held.end
    if not is_inside_annual_contract:
        return 0
    state.db.execute(
        "INSERT OR REPLACE INTO option_pauses (domain_id, option_product_id, until) VALUES (?, ?, ?)",
        (held.domain_id, held.option.id, first_of_next_month(day).isoformat()),
    )
    base = find_subscription(state, held.record["subscriptionId"])
    monthly = monthly_price(
        held.sub_option_id,
        held.record["plan"],
        option_id=held.option.id,
        license_count=base.license_count if base else None,
        member_count=member_count(state, held.domain_id),
        quantity=held.quantity,
    )
    amount = penalty(monthly, day, held.end)
    charge_penalty(state, held.domain_id, day, held.record["subscriptionId"], held.option.id, amount)
    return amount


def cancel_options_of(state: State, domain_id: int, subscription_id: int, day: date) -> list[Record]:
    """
    End all options of a subscription that ends on `day`, whatever their use, and the tasks scheduled for them.

    Call it while the subscription is still there: the penalties of options are reckoned by its licenses.
    """
    canceled = held_options(state, domain_id, subscription_id)
    for held in canceled:
        cancel_option(state, held, day)
        delete_option_task(state, domain_id, held.option.id)
    state.db.execute(
        "DELETE FROM option_orders WHERE domain_id = ? AND subscription_id = ?", (domain_id, subscription_id)
    )
    return [held.record for held in canceled]


def convert_trial_options(state: State, domain_id: int, subscription_id: int, day: date) -> list[Record]:
    """
    Turn the Trial options that have no task of their own paid, as a scheduled conversion of their subscription does.

    Call it once the subscription is under its paid plan.
    """
    base = find_subscription(state, subscription_id)
    if base is None:
        raise KeyError(subscription_id)
    return [
        convert_option(state, held, base, day)
        for held in held_options(state, domain_id, subscription_id)
        if held.is_trial
        and base.product.id in _paid_products(held)
        and not has_option_task(state, domain_id, held.option.id)
    ]


def drop_options_that_do_not_fit(state: State, domain_id: int, subscription_id: int, day: date) -> list[Record]:
    """
    Cancel the options that the subscription's present product isn't sold with, such as Drive for Standard on Advanced.

    Call it once the subscription is of its new product. As nobody chose to cancel them, there is no penalty (ours).
    """
    base = find_subscription(state, subscription_id)
    if base is None:
        raise KeyError(subscription_id)
    dropped = [
        held
        for held in held_options(state, domain_id, subscription_id)
        if base.product.id not in held.sub_option.products
    ]
    for held in dropped:
        state.db.execute(
            "DELETE FROM options WHERE domain_id = ? AND option_product_id = ?", (domain_id, held.option.id)
        )
    return [held.record for held in dropped]


def delete_option_task(state: State, domain_id: int, option_product_id: str) -> None:
    """Delete the scheduled task of one option, if it has one."""
    state.db.execute(
        "DELETE FROM option_orders WHERE domain_id = ? AND option_product_id = ?", (domain_id, option_product_id)
    )


def has_option_task(state: State, domain_id: int, option_product_id: str) -> bool:
    """Tell whether something is scheduled for an option."""
    return (
        state.db.execute(
            "SELECT 1 FROM option_orders WHERE domain_id = ? AND option_product_id = ?", (domain_id, option_product_id)
        ).fetchone()
        is not None
    )


def forget_options(state: State, domain_id: int) -> None:
    """Delete whatever is left of a customer's options: options, tasks and pauses, without any penalty."""
    for table in ("options", "option_orders", "option_pauses"):
        state.db.execute(f"DELETE FROM {table} WHERE domain_id = ?", (domain_id,))  # noqa: S608  names of our own


def end_trial_options(state: State, day: date) -> None:
    """On a new day: cancel the Trial options of paid subscriptions whose trial is over."""
    for held in over_before(state, day):
        base = find_subscription(state, held.record["subscriptionId"])
        if held.is_trial and base is not None and base.is_paid and not state.skips("addOptionProduct", held.domain_id):
            cancel_option(state, held, day)
            state.record_effect("clock:endTrialOption", held.domain_id, held.record)


def over_before(state: State, day: date) -> Iterator[HeldOption]:
    """Read the options, of any customer, whose contract or trial ended before a day."""
    rows = state.db.execute(
        "SELECT domain_id, record, renewal FROM options WHERE end_date < ? ORDER BY domain_id, option_product_id",
        (day.isoformat(),),
    )
    return map(_read, rows.fetchall())


def first_of_next_month(day: date) -> date:
    """Give the first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def renewal_as_it_is(record: Record) -> Record:
    """Make the renewal setting of a paid option that stays as its record has it."""
    return {
        "subscriptionId": record["subscriptionId"],
        "optionProductId": record["optionProductId"],
        "subOptionId": record["subOptionId"],
        "type": "STAY",
        "quantity": record["quantity"],
    }


def _put_under_contract(held: HeldOption, base: Subscription, day: date) -> None:
    held.record |= {
        "plan": base.plan,
        "planStartDate": day.isoformat(),
        "planEndDate": base.record["planEndDate"],
    }
    held.renewal = renewal_as_it_is(held.record)


def _end_of_trial(base: Subscription, day: date) -> date:
    """A trial ends with the subscription's trial, or after its own length inside the contract."""
    if base.end is None:
        return end_of_trial(day)
    return base.end if base.is_trial else min(base.end, end_of_trial(day))


def _paid_products(held: HeldOption) -> frozenset[str]:
    paid = held.option.sub_option(held.sub_option.paid_id or "")
    return paid.products if paid else frozenset()


def _read(row: tuple[int, str, str | None]) -> HeldOption:
    domain_id, record, renewal = row
    return HeldOption(domain_id, json.loads(record), json.loads(renewal) if renewal else None)
