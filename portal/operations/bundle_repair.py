"""Complete or revert a multi-step request that stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from portal.accounts.models import User
from portal.operations.bundles import propose_bundle
from portal.operations.chains import NotAllowed, step_from
from portal.operations.commands import COMMANDS, Step
from portal.operations.models import Bundle, BundleStep
from portal.operations.snapshots import Snapshot
from portal.operations.states import IN_FLIGHT, BundleState, State

# A bundle that went on from this one and came to nothing, or is somebody's draft, leaves it as it was.
NOT_GONE_ON = (BundleState.PROPOSED, BundleState.STALE, BundleState.REJECTED, BundleState.CANCELED)


class CannotRepair(Exception):
    """A bundle is not, or no longer, in a state in which something can be done about it."""


@dataclass(frozen=True)
class Way:
    """
    A way out of a bundle that stopped.

    Args:
        steps: what would be sent, in order; none if there is no such way.
        without: the steps that LINE WORKS offers no way back from.
    """

    steps: Sequence[Step] = ()
    without: Sequence[BundleStep] = ()


def is_open(bundle: Bundle) -> bool:
    """Return whether a bundle stopped, all is known of what it did, and nobody has gone on from it yet."""
    return (
        bundle.state == BundleState.STOPPED
        and not bundle.steps.filter(operation__state__in=IN_FLIGHT).exists()
        and not bundle.continued_by.exclude(state__in=NOT_GONE_ON).exists()
    )


def rest_of(bundle: Bundle) -> Way:
    """Return the steps that are not done."""
    return Way([step_from(step) for step in bundle.steps.exclude(operation__state=State.SUCCEEDED)])


def way_back(bundle: Bundle) -> Way:
    """
    Return what takes back the steps that are done, the latest first; those of the bundles that this one finishes too.

    A way back is itself not taken back: its rest can be done.
    """
    if bundle.purpose == Bundle.Purpose.PUT_BACK:
        return Way()
    done = _done(bundle)
    undone = [(step, _undo(step)) for step in reversed(done)]
    without = [step for step, undo in undone if undo is None]
    return Way([] if without else [undo for _step, undo in undone if undo], without)


def finish(bundle: Bundle, *, by: User) -> Bundle:
    """
    Propose the rest of a bundle that stopped: newly judged, by what the cache holds now.

    Raises:
        CannotRepair: it did not stop, not all is known of what it did, or somebody has gone on from it already.
        PermissionDenied, NeverRead, NotAllowed: as when a bundle is proposed.
    """
    return _propose(bundle, rest_of, Bundle.Purpose.FINISH, by=by)


def put_back(bundle: Bundle, *, by: User) -> Bundle:
    """
    Propose to take back what a bundle that stopped has done.

    The latest first; where the rules stand against that, because what belongs together has to follow its own, in the
    order in which it was done.

    Raises:
        CannotRepair: as for ``finish``; or nothing is done, or LINE WORKS offers no way back.
        PermissionDenied, NeverRead, NotAllowed: as when a bundle is proposed.
    """
    try:
        return _propose(bundle, way_back, Bundle.Purpose.PUT_BACK, by=by)
    except NotAllowed:
        return _propose(bundle, _way_back_in_order, Bundle.Purpose.PUT_BACK, by=by)


def _way_back_in_order(bundle: Bundle) -> Way:
    return Way(list(reversed(way_back(bundle).steps)))


@transaction.atomic
def _propose(bundle: Bundle, way: Callable[[Bundle], Way], purpose: Bundle.Purpose, *, by: User) -> Bundle:
    """Each person gets a draft of their own; whoever submits first goes on, see ``services.confirm``."""
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    steps = way(bundle).steps
    if not is_open(bundle) or not steps:
        raise CannotRepair(bundle.ref)
    return propose_bundle(
        steps,
        domain_id=bundle.domain_id,
        customer_name=bundle.customer_name,
        by=by,
        purpose=purpose,
        continues=bundle,
        also_asked=bundle.asker_ids,
    )


def _done(bundle: Bundle) -> list[BundleStep]:
    before = _done(bundle.continues) if bundle.continues else []
    return [*before, *bundle.steps.filter(operation__state=State.SUCCEEDED).select_related("operation")]


def _undo(step: BundleStep) -> Step | None:
    """Return what takes one step back; nothing where its outcome was not read, or LINE WORKS offers nothing."""
    operation = step.operation
    if operation is None or operation.before is None or operation.after is None:
        return None
    done = step_from(step)
    undo = done.write.undo(Snapshot.from_json(operation.before), Snapshot.from_json(operation.after), done.request)
    return Step(COMMANDS[undo[0]], undo[1]) if undo else None
