"""What was done to a customer, and calls that must do nothing."""

from collections.abc import Callable
from typing import Protocol

from tests.support.sandbox import Sandbox

from .conftest import Api


class AssertBreaks(Protocol):
    """Makes a call that breaks a rule: it is refused by that rule, and neither the book nor the ledger has changed."""

    def __call__(
        self,
        api: Api,
        sandbox: Sandbox,
        rule_id: str,
        status: int,
        code: str,
        method: str,
        address: str,
        body: object = None,
    ) -> None: ...


def operations(sandbox: Sandbox, domain_id: int) -> list[str]:
    """Give what the ledger says was done to a customer, oldest first."""
    return [effect["operation"] for effect in sandbox.ledger(domain_id)]


def breaking(everything: Callable[[Api, Sandbox, str], list[object]]) -> AssertBreaks:
    """
    Make the check that a call breaks a rule.

    Args:
        everything: reads all that a call to an address might have changed.
    """

    def assert_breaks(
        api: Api, sandbox: Sandbox, rule_id: str, status: int, code: str, method: str, address: str, body: object = None
    ) -> None:
        before = everything(api, sandbox, address)
        answer = api(method, address, body)
        found = (answer.headers.get("X-Sandbox-Rule"), answer.status_code, answer.json()["code"])
        assert found == (rule_id, status, code), answer.text
        assert set(answer.json()) == {"code", "description"}
        assert everything(api, sandbox, address) == before

    return assert_breaks
