"""A client connected to a scripted server, and what it needs."""

from collections.abc import Iterator
from typing import Protocol

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.vendor.client import (
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
from tests.support.answers import ScriptedServer

CLIENT_SECRET = "planted-client-secret"
DEFAULT_TIMEOUTS = Timeouts()


@pytest.fixture
def vendor() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def private_key_pem(private_key: rsa.RSAPrivateKey) -> str:
    return private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def exchanges() -> list[Exchange]:
    """What the client reported about its calls."""
    return []


@pytest.fixture
def surprises() -> list[SchemaSurprise]:
    """What the client reported as new."""
    return []


class Connect(Protocol):
    """Makes a client of the scripted server."""

    def __call__(
        self,
        *,
        api_url: str = ...,
        auth_url: str = ...,
        scope: str = ...,
        pem: str = ...,
        tokens: TokenStore = ...,
        gate: Gate = ...,
        timeouts: Timeouts = ...,
    ) -> PartnerApi: ...


@pytest.fixture
def connect(
    vendor: ScriptedServer, private_key_pem: str, exchanges: list[Exchange], surprises: list[SchemaSurprise]
) -> Connect:
    def make(
        *,
        api_url: str = "",
        auth_url: str = "",
        scope: str = "partner",
        pem: str = "",
        tokens: TokenStore | None = None,
        gate: Gate | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> PartnerApi:
        account = ServiceAccount(
            client_id="client-1",
            client_secret=Secret(CLIENT_SECRET),
            service_account="ab1cd.serviceaccount@example.com",
            private_key_pem=Secret(pem or private_key_pem),
            scope=scope,
        )
        return PartnerApi(
            api_url=api_url or vendor.api_url,
            auth_url=auth_url or vendor.auth_url,
            account=account,
            tokens=tokens or MemoryTokens(),
            gate=gate or OpenGate(),
            timeouts=timeouts,
            on_surprise=surprises.append,
            on_exchange=exchanges.append,
        )

    return make


@pytest.fixture
def api(connect: Connect) -> PartnerApi:
    return connect()
