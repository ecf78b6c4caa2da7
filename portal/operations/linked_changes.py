"""
Changes that can be included with a request, as further steps.

An app declares it for a command of a lower layer: options for the scheduled changes of their subscription.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from portal.operations.bundles import Step
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Record


@dataclass(frozen=True)
class LinkedChange:
    """
    What can be changed along with one kind of order.

    Args:
        kind: of the order's write.
        reads: the names of the resources that tell what there is.
        find: what of a state goes along, from the ids in the order's address.
        step: what is done to one of these, from the order's request.
        label: the words of the choice, for so many.
        answered: the ids of rules that speak of what would be left behind.
        goes_first: whether what goes along is changed before the order, so that on the way back it finds the order's
            subject there again.
    """

    kind: str
    reads: Collection[str]
    find: Callable[[Snapshot, Mapping[str, Any]], Sequence[Any]]
    step: Callable[[Any, Any], Step]
    label: Callable[[int], str]
    answered: Collection[str] = ()
    goes_first: bool = False

    def steps(self, order: Step, things: Sequence[Record]) -> list[Step]:
        """Return all steps: what goes along behind the order, or before it where it needs the order's subject."""
        others = [self.step(thing, order.request) for thing in things]
        return [*others, order] if self.goes_first else [order, *others]


class LinkedChanges:
    """All declared by the kind of the order."""

    def __init__(self) -> None:
        self._alongs: dict[str, LinkedChange] = {}

    def declare(self, along: LinkedChange) -> LinkedChange:
        """Enter one; each kind of order takes along one kind of thing."""
        if along.kind in self._alongs:
            raise ValueError(f"two things go along with {along.kind}")
        self._alongs[along.kind] = along
        return along

    def get(self, kind: str) -> LinkedChange | None:
        """Return what goes along with a kind of order."""
        return self._alongs.get(kind)


ALONGS = LinkedChanges()


class TogetherForm(forms.Form):
    """Whether what belongs to it goes along."""

    together = forms.BooleanField(required=False, initial=True)

    def __init__(self, data: Any, *, label: str) -> None:
        super().__init__(data)
        self.fields["together"].label = label

    @property
    def is_wanted(self) -> bool:
        """Whether it was asked for so."""
        return self.is_valid() and bool(self.cleaned_data["together"])
