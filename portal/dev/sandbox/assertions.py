"""
The check of assertions: the JWT bearer grant (RFC 7523) with the claims `iss`, `sub`, `iat` and `exp`, as the vendor's
page `auth-jwt` and its official samples have it.
"""

import time

import jwt

from .config import Config

LONGEST_ASSERTION = 3600  # seconds between `iat` and `exp`
CLOCK_SKEW = 30  # seconds that a client's clock may be ahead


class BadAssertion(Exception):
    """The assertion can't be accepted; the message says why."""


def check_assertion(assertion: str, config: Config) -> None:
    """
    Check who signed an assertion, for whom, and whether it is in time.

    Raises:
        BadAssertion: it isn't good for a token.
    """
    try:
        # Times and names are checked below: the library takes numbers in strings, the vendor does not.
        claims = jwt.decode(
            assertion,
            config.public_key,
            algorithms=["RS256"],
            options={
                "verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False,
                "verify_iss": False, "verify_sub": False, "verify_jti": False,
            },
        )  # fmt: skip
    except jwt.InvalidTokenError as error:
        raise BadAssertion(f"the assertion can't be accepted: {error}") from error
    if claims.get("iss") != config.client_id:
        raise BadAssertion("iss must be the client id")
    if claims.get("sub") != config.service_account:
        raise BadAssertion("sub must be the service account")
    _check_times(claims.get("iat"), claims.get("exp"))


def _check_times(issued: object, expires: object) -> None:
    if not (isinstance(issued, int | float) and isinstance(expires, int | float)):
        raise BadAssertion("iat and exp must be JSON numbers")
    now = time.time()
    if issued > now + CLOCK_SKEW:
        raise BadAssertion("iat lies in the future")
    if expires <= now:
        raise BadAssertion("exp has passed")
    if not issued < expires <= issued + LONGEST_ASSERTION:
        raise BadAssertion(f"exp must be after iat, by {LONGEST_ASSERTION} seconds at most")
