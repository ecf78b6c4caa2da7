"""
UI metadata of each command: form, URL, label, target and preconditions.

Each app declares it beside the command. The form pages, the actions of a customer's pages and the tests that go through
every form follow from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from pydantic import BaseModel

from portal.core.rules import Problem
from portal.operations.command_forms import OrderForm, Subject
from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot

# In the address of a form: the operation whose wish it is filled in with.
REPEATED = "repeats"


def _the_customer(_state: Snapshot) -> Sequence[Subject]:
    return (Subject(),)


def _nothing(_state: Snapshot, _subject: Subject, _today: date) -> Sequence[Problem]:
    return ()


@dataclass(frozen=True)
class Order:
    """
    One kind of change as people ask for it.

    Args:
        write: what is declared for the engine.
        form: what it is asked with; one without fields is asked for by pressing a button.
        name: of its address, with the app's namespace.
        path: of its address below the customer's, with the ids of what it is about.
        label: on a button, one or two words.
        row_label: the same where it stands in the row of the very thing that it is about; ``label``, unless told.
        about: what it does, a sentence for the menu and the form.
        group: where it is offered: the resource whose rows it is about, or ``customer``, or a part of its pages.
        subjects: what of a state it can be about: the customer itself, or each of its subscriptions.
        against: what stands against it whatever is filled in; with any of it the order is shown, with the reason, and
            cannot be asked for.
        is_destructive: it takes away what cannot be had again.
        is_newcomers: it is about no customer yet, but about a domain name; its path stands by itself.
    """

    write: Command[Any]
    form: type[OrderForm]
    name: str
    path: str
    label: str | Promise
    about: str | Promise
    group: str = "customer"
    subjects: Callable[[Snapshot], Sequence[Subject]] = _the_customer
    against: Callable[[Snapshot, Subject, date], Sequence[Problem]] = _nothing
    is_destructive: bool = False
    is_newcomers: bool = False
    row_label: str | Promise = ""

    @property
    def has_fields(self) -> bool:
        """Whether there is anything to fill in."""
        return bool(self.form.base_fields)

    def find(self, state: Snapshot, ids: Mapping[str, Any]) -> Subject | None:
        """Return what the ids of an address name, if the customer has it."""
        return next((subject for subject in self.subjects(state) if subject.ids == dict(ids)), None)

    def address(self, domain_id: int, ids: Mapping[str, Any] | None = None) -> str:
        """Return the address of its form."""
        whose = {} if self.is_newcomers else {"domain_id": domain_id}
        return reverse(self.name, kwargs=whose | dict(ids or {}))

    def ask_again(self, domain_id: int, request: BaseModel, *, repeated: int) -> str:
        """Return the address of its form, filled in with the same wish; it names the operation that it repeats."""
        asked = dict(self.form.refill(request))
        ids = {name: asked.pop(name) for name in self.ids if name in asked}
        wish = {name: value for name, value in asked.items() if name in self.form.base_fields}
        query = urlencode(wish | {REPEATED: repeated}, doseq=True)
        return f"{self.address(domain_id, ids)}?{query}"

    @property
    def ids(self) -> list[str]:
        """Return the names of the ids in its path."""
        parts = (part for part in self.path.split("/") if part.startswith("<"))
        return [part.strip("<>").partition(":")[2] for part in parts]


@dataclass(frozen=True)
class Offer:
    """
    One order on a customer's page.

    Args:
        order: which.
        address: of its form.
        reasons: why it cannot be asked for now; none if it can.
    """

    order: Order
    address: str
    subject: Subject = field(default_factory=Subject)
    reasons: Sequence[str] = ()

    @property
    def label(self) -> str | Promise:
        """What its button says."""
        return self.subject.label or self.order.label

    @property
    def about(self) -> str | Promise:
        """What it does, a sentence."""
        return self.subject.about or self.order.about


class Orders:
    """All declared orders by kind."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}

    def declare(self, order: Order) -> Order:
        """Enter an order; each kind of write has one."""
        if order.write.kind in self._orders:
            raise ValueError(f"two orders ask for {order.write.kind}")
        self._orders[order.write.kind] = order
        return order

    def get(self, kind: str) -> Order | None:
        """Return the order of a kind of write, if people can ask for it on a page."""
        return self._orders.get(kind)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())


ORDERS = Orders()
