"""
Sign-in by a service account: every token comes from an assertion that Partnerdesk signs.

A fresh assertion always works, so the refresh token is neither stored nor used; that also rules out every race of
rotation. Vendor page: auth-jwt
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ._assumptions import WRITE_SCOPE
from ._token_endpoint import NoTokenError, TokenEndpoint, scopes
from ._tokens import Secret, Token

ASSERTION_SECONDS = 600
"""Life of an assertion. The vendor allows 3,600; a tenth of an hour survives clock skew and is enough."""

_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class ServiceAccount:
    """
    What the developer console hands out for one app. Vendor page: auth-jwt

    Attributes:
        client_id: Client ID.
        client_secret: Client Secret.
        service_account: the account's id, such as `ab1cd.serviceaccount@example.com`.
        private_key_pem: the private key, PKCS#8 PEM.
        scope: `partner` (read and write) or `partner.read`; several are separated by spaces.
    """

    client_id: str
    client_secret: Secret
    service_account: str
    private_key_pem: Secret
    scope: str = WRITE_SCOPE


class AssertionSource:
    """Gets tokens for a service account."""

    def __init__(self, account: ServiceAccount, endpoint: TokenEndpoint) -> None:
        self._account = account
        self._endpoint = endpoint

    @property
    def secrets(self) -> list[str]:
        """The lasting secrets, to be struck out of evidence."""
        return [self._account.client_secret.get_secret_value(), self._account.private_key_pem.get_secret_value()]

    def renew(self, _kept: Token | None) -> Token:
        """
        Get a new token, whatever the one before was.

        Raises:
            NoTokenError: the token endpoint gave none, or the key is of no use.
        """
        asked = " ".join(scopes(self._account.scope))
        reply = self._endpoint.ask(
            {
                "grant_type": _JWT_BEARER,
                "assertion": self._assertion(),
                "client_id": self._account.client_id,
                "client_secret": self._account.client_secret.get_secret_value(),
                "scope": asked,
            }
        )
        return Token(access_token=reply.access_token, expires_at=reply.expires_at, scope=reply.scope or asked)

    def _assertion(self) -> str:
        """Sign the four claims that LINE WORKS knows; `aud` isn't one of them."""
        now = int(time.time())
        claims = {
            "iss": self._account.client_id,
            "sub": self._account.service_account,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        try:
            key = _loaded(self._account.private_key_pem.get_secret_value())
            return jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError):
            pass
        # Raised out here: the library's own words may quote the key.
        raise NoTokenError("the private key can't be used; it must be an RSA key, PKCS#8 PEM")


@lru_cache(maxsize=2)
def _loaded(pem: str) -> RSAPrivateKey:
    """Load a private key once: its numbers are checked, which takes longer than a hundred signatures."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key
