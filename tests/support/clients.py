"""Clients of the sandbox, built as Partnerdesk builds its own of LINE WORKS."""

from collections.abc import Callable

from portal.vendor.client import (
    Account,
    Exchange,
    Gate,
    MemoryTokens,
    OpenGate,
    PartnerApi,
    SchemaSurprise,
    Secret,
    ServiceAccount,
    Timeouts,
    TokenStore,
)
from tests.support.sandbox import Sandbox


def service_account(sandbox: Sandbox) -> ServiceAccount:
    """Return the service account that a sandbox knows."""
    return ServiceAccount(
        client_id=sandbox.client_id,
        client_secret=Secret(sandbox.client_secret),
        service_account=sandbox.service_account,
        private_key_pem=Secret(sandbox.private_key_pem),
    )


def client_of(
    sandbox: Sandbox,
    *,
    account: Account | None = None,
    tokens: TokenStore | None = None,
    gate: Gate | None = None,
    timeouts: Timeouts | None = None,
    on_surprise: Callable[[SchemaSurprise], None] | None = None,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> PartnerApi:
    """
    Return a client of a sandbox.

    Args:
        sandbox: whom it asks.
        account: whose grant it uses; the service account unless told otherwise.
        tokens: where they are kept; by itself unless told otherwise.
        gate: what every call passes; open unless told otherwise.
        timeouts: how long a call may wait; as long as Partnerdesk's unless told otherwise.
        on_surprise: is told of what the contract does not know.
        on_exchange: is told what each call sent and got.
    """
    return PartnerApi(
        api_url=sandbox.api_url,
        auth_url=sandbox.auth_url,
        account=account or service_account(sandbox),
        tokens=tokens or MemoryTokens(),
        gate=gate or OpenGate(),
        timeouts=timeouts or Timeouts(),
        on_surprise=on_surprise,
        on_exchange=on_exchange,
    )
