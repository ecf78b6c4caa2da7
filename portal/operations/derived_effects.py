"""Further effects that LINE WORKS applies with a command: declared with it, read with it, attributed to it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from portal.operations.snapshots import Snapshot
from portal.sync.resources import Change

# (before, as it should be afterwards, the change) → whether that is what may follow.
Fits = Callable[[Snapshot, Snapshot, Change], bool]


@dataclass(frozen=True)
class DerivedEffect:
    """
    One thing that may change along with a command, besides what its preview shows.

    Args:
        resource: the name of the resource in which it shows; an app of a layer above may declare it.
        fits: whether a change is what may follow. It says so by values as far as these are known, so that what somebody
            else changes in the same record is not taken for it.
        fields: LINE WORKS' names of the fields that may change; none where a whole record may appear, change or go.
        is_late: whether it may still come after the effect of the command itself was seen.
    """

    resource: str
    fits: Fits
    fields: Collection[str] = ()
    is_late: bool = False

    def explains(self, before: Snapshot, projected: Snapshot, change: Change) -> bool:
        """Return whether a change of its resource is what may follow from a command."""
        if self.fields and not change.is_only_in(self.fields):
            return False
        return self.fits(before, projected, change)


def goes(_before: Snapshot, _projected: Snapshot, change: Change) -> bool:
    """Whatever there is may go."""
    return change.after is None


def names_of(derived: Collection[DerivedEffect]) -> list[str]:
    """Return the names of the resources in which these show, each once."""
    return list(dict.fromkeys(each.resource for each in derived))


def any_explains(derived: Collection[DerivedEffect], before: Snapshot, projected: Snapshot, change: Change) -> bool:
    """Return whether a change is what may follow by one of these."""
    return any(each.explains(before, projected, change) for each in derived)
