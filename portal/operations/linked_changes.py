"""
Changes that can be included with a request, as further steps.

LINE WORKS changes one thing at a time: the scheduled changes of options stay when that of their subscription is moved.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from portal.operations.snapshots import Snapshot


@dataclass(frozen=True)
class LinkedChange:
    """
    What can be changed along with a command.

    Args:
        kind: of the command that changes it; an app of a layer above may declare that.
        reads: the names of the resources that tell what there is.
        find: what of a state goes along, from the ids in the command's URL.
        payload: the fields of the request that changes one of these, from it and the command's request.
        label: the words of the choice, for so many.
        answered: the ids of rules that speak of what would be left behind.
        goes_first: whether these are changed before the command, so that on the way back they find the command's target
            there again.
    """

    kind: str
    reads: Collection[str]
    find: Callable[[Snapshot, Mapping[str, Any]], Sequence[Any]]
    payload: Callable[[Any, Any], Mapping[str, Any]]
    label: Callable[[int], str]
    answered: Collection[str] = ()
    goes_first: bool = False


class LinkedChangeForm(forms.Form):
    """Whether what belongs to it goes along."""

    together = forms.BooleanField(required=False, initial=True)

    def __init__(self, data: Any, *, label: str) -> None:
        super().__init__(data)
        self.fields["together"].label = label

    @property
    def is_wanted(self) -> bool:
        """Whether it was asked for so."""
        return self.is_valid() and bool(self.cleaned_data["together"])
