"""A sandbox process for the tests of this folder, fresh for each, and a client that speaks plainly to it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.sandbox import Sandbox

TODAY = "2026-01-15"


class Api:
    """A client without manners: it sends what it is told and hands back whatever comes."""

    def __init__(self, sandbox: Sandbox, token: str) -> None:
        self._root = f"{sandbox.api_url}/partners"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __call__(
        self, method: str, path: str, body: object = None, *, timeout: float = 10, **kwargs: Any
    ) -> requests.Response:
        """Call an address below /v1.0/partners; `body` None sends none."""
        if body is not None:
            kwargs["json"] = body
        return self._session.request(method, f"{self._root}{path}", timeout=timeout, **kwargs)

    def pre_orders(self, domain_id: int) -> list[dict[str, Any]]:
        """List a customer's pre-orders."""
        answer = self("GET", f"/customers/{domain_id}/subscriptions/pre-orders")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["subscriptionPreOrders"])

    def subscriptions(self, domain_id: int) -> list[dict[str, Any]]:
        """List a customer's subscriptions."""
        answer = self("GET", f"/customers/{domain_id}/subscriptions")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["subscriptions"])

    @property
    def headers(self) -> dict[str, str]:
        """The headers by which it is let in."""
        return {"Authorization": str(self._session.headers["Authorization"])}

    def close(self) -> None:
        """Give up the connections."""
        self._session.close()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with Sandbox.start(customers=60, business_date=TODAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox, sandbox.get_token())
    sandbox.reset_calls()
    yield client
    client.close()
