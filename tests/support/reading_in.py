"""
Reads customers into the cache. What a fresh sandbox answers about one is asked for once and kept for the tests that
follow, as nearly every test begins with it; a sandbox of which anything was asked or changed is read anew.
"""

from portal.clock import now
from portal.pace import Lane
from portal.sync.keeping import keep
from portal.sync.reading import Vendor, read_customer
from portal.sync.resources import RESOURCES, Answer, Resource, Target
from tests.support.sandbox import Sandbox


class _ListeningVendor(Vendor):
    """Remembers what it was answered."""

    def __init__(self) -> None:
        super().__init__(Lane.PEOPLE)
        self.heard: list[tuple[Resource, Answer]] = []

    def read(self, resource: Resource, target: Target) -> Answer:
        answer = super().read(resource, target)
        self.heard.append((resource, answer))
        return answer


class Reader:
    """Reads customers of one sandbox."""

    def __init__(self) -> None:
        self._heard: dict[int, list[tuple[Resource, Answer]]] = {}

    def read_in(self, sandbox: Sandbox, domain_id: int) -> None:
        """Bring a customer with all that tells of it into the cache."""
        is_fresh = sandbox.is_fresh()
        if is_fresh and domain_id in self._heard:
            for resource, answer in self._heard[domain_id]:
                keep(resource, {domain_id: answer}, read_at=now())
            return
        vendor = _ListeningVendor()
        outcome = read_customer(vendor, domain_id, RESOURCES.of_customer())
        assert (outcome.failed, outcome.not_reached) == (0, "")
        if is_fresh:
            self._heard[domain_id] = vendor.heard
