"""One running sandbox: its settings, its state and what is set up about it at the moment."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from . import (
    conversion,
    customer_writes,
    customers,
    domains,
    invoices,
    licenses,
    option_orders,
    option_renewals,
    options,
    potentials,
    pre_orders,
    renewals,
    reservations,
    subscriptions,
    usage_status,
    usages,
)
from .call import Operation
from .clock import BusinessClock
from .config import Config
from .days import enter_day
from .door import Door
from .faults import EVERY_OPERATION, REFUSE_CONNECTION, Fault, Faults
from .limits import RateLimits
from .oauth import TokenDesk
from .planting import plant_demo
from .seed import seed_customers
from .state import State

OPERATIONS: Sequence[Operation] = (
    *customers.OPERATIONS,
    *customer_writes.OPERATIONS,
    *domains.OPERATIONS,
    *potentials.OPERATIONS,
    *usage_status.OPERATIONS,
    *pre_orders.OPERATIONS,  # before those with a subscriptionId, which could be `pre-orders` as well
    *subscriptions.OPERATIONS,
    *conversion.OPERATIONS,
    *licenses.OPERATIONS,
    *reservations.OPERATIONS,
    *renewals.OPERATIONS,
    *options.OPERATIONS,
    *option_renewals.OPERATIONS,
    *option_orders.OPERATIONS,
    *usages.OPERATIONS,
    *invoices.OPERATIONS,
)
OPERATION_IDS = frozenset(operation.id for operation in OPERATIONS)


class Sandbox:
    """What the API, the control interface and the page share."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state = State(config.state_file)
        self.clock = BusinessClock(
            self.state,
            config.business_date_file,
            lambda day: enter_day(self.state, day),
        )
        self.limits = RateLimits(config.limits)
        self.faults = Faults(config.seed)
        self.state.skips = self.faults.skips
        self.state.loses = self.faults.loses
        self.door = Door(config.port)
        self.tokens = TokenDesk(config, self.state)
        self.calls: Counter[str] = Counter()
        if self.state.is_fresh:
            self._fill(config.customers, config.seed)
        self.clock.resume()

    def reset(self, customers: int | None = None, seed: int | None = None) -> None:
        """
        Go back to the fresh seed: data, date, faults, limits, counts and the app's switches. Tokens stay good.

        `customers` and `seed` replace those of the environment for this fill.
        """
        self._fill(
            self.config.customers if customers is None else customers,
            self.config.seed if seed is None else seed,
        )
        self.clock.resume()
        self.clear_faults()
        self.tokens.rules_afresh()
        self.limits.set(self.config.limits)
        self.calls.clear()

    def clear_faults(self) -> None:
        """Withdraw every fault."""
        self.faults.clear()
        self.door.open_again()

    def faults_in_force(self) -> list[Fault]:
        """Give the faults that can still strike, the shut door last."""
        faults = self.faults.in_force()
        if (seconds := self.door.seconds_shut) is not None:
            faults.append(Fault(EVERY_OPERATION, REFUSE_CONNECTION, 1, 1.0, round(seconds, 3)))
        return faults

    def today(self) -> date:
        """Give the business date, after what the real time has brought: a day that turned, transfers that came on."""
        today = self.clock.today()
        potentials.advance_transfers(self.state, today)
        return today

    def close(self) -> None:
        """Close the state."""
        self.state.close()

    def _fill(self, customers: int, seed: int) -> None:
        with self.state.transaction(), self.state.fresh_tables():
            first_day = self.clock.start_afresh(self.config.business_date)
            seed_customers(self.state, customers, seed, first_day)
            plant_demo(self.state, first_day, self.config.planted_months)
