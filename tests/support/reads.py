"""Reads single resources from the sandbox into the cache, as a sweep does, for tests of what becomes of them there."""

from portal.sync.fetch import Outcome, Vendor, all_targets, read_some
from portal.sync.models import Reading
from portal.sync.resources import CUSTOMER, PARTNER, RESOURCES, Resource, Target
from portal.vendor.ratelimit import Priority
from tests.support.sandbox import Sandbox


def read(resource: Resource, domain_id: int = PARTNER, *, period: str = "") -> Outcome:
    """
    Read a resource of one customer, or of the partner.

    Args:
        resource: what to read; what it needs to be known first has been read already.
        domain_id: the customer.
        period: the one month or year; empty for all that are worth reading today.
    """
    targets = [Target(domain_id, period)] if period else all_targets(resource, domain_id)
    vendor = Vendor(Priority.PEOPLE)
    return read_some(vendor, resource, targets, is_there=vendor.answers)


def read_with_what_it_needs(resource: Resource, domain_id: int = PARTNER, *, period: str = "") -> Outcome:
    """Read a resource, and before it the customer and whatever tells its parts."""
    if domain_id != PARTNER and resource.name != CUSTOMER:
        read(RESOURCES[CUSTOMER], domain_id)
    if resource.after:
        read(RESOURCES[resource.after], domain_id)
    return read(resource, domain_id, period=period)


def problem_of(resource: Resource, domain_id: int = PARTNER, *, period: str = "") -> str:
    """Return what is noted to be wrong with the latest reading."""
    return Reading.objects.get(resource=resource.name, domain_id=domain_id, period=period).problem


def do_outside(sandbox: Sandbox, operation: str, domain_id: int, body: object = None, **path: object) -> object:
    """Change something at LINE WORKS as somebody at its console would; return the body of the answer."""
    named = {"domainId": domain_id, **path}
    wanted = {"operation": operation, "path": named} | ({} if body is None else {"body": body})
    return sandbox.control("POST", "/outside", wanted)["body"]
