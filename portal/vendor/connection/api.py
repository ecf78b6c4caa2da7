"""Factory of the API client: credentials, token store, rate-limit priority."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.vendor.client import (
    Account,
    Exchange,
    PartnerApi,
    SchemaSurprise,
    Secret,
    ServiceAccount,
    SignIn,
    Timeouts,
    UserAccount,
)
from portal.vendor.connection.grants import KeptTokens
from portal.vendor.ratelimit import Priority, RateLimiter, Throttle

log = structlog.get_logger(__name__)

# Somebody looks at an empty page while a sign-in is finished.
_WHILE_A_PERSON_WAITS = Timeouts(connect=5.0, read=10.0, total=20.0)

# Redis answers within milliseconds, or something is wrong with it; a page that shows the call budget waits this long.
_REDIS_SECONDS = 2.0


class NotConnected(RuntimeError):
    """
    The settings name no account at LINE WORKS.

    Attributes:
        missing: the settings that have to be set before there is one.
    """

    trouble = "not connected"

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = missing


@lru_cache(maxsize=1)
def budget() -> RateLimiter:
    """Return the call budget that all processes share."""
    return RateLimiter(
        Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            # A connection that was closed meanwhile is opened again. A server that does not answer is not asked twice.
            retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
        ),
        limit=settings.PARTNER_RATE_LIMIT,
        window=settings.PARTNER_RATE_WINDOW,
        concurrency=settings.PARTNER_CONCURRENCY,
    )


def partner_api(
    lane: Priority,
    *,
    on_exchange: Callable[[Exchange], None] | None = None,
    on_surprise: Callable[[SchemaSurprise], None] | None = None,
) -> PartnerApi:
    """
    Return a client that takes its turns from a lane of the budget.

    Args:
        lane: priority of its calls: people for requests, pages for reads that a person waits for, sweep for the rest.
        on_exchange: is told what each call sent and got, without secrets.
        on_surprise: is told of each value or field that the contract does not know; without it the log is.

    Raises:
        NotConnected: the settings name no account.
    """
    return PartnerApi(
        api_url=settings.PARTNER_API_URL,
        auth_url=settings.PARTNER_AUTH_URL,
        account=_account(),
        tokens=_tokens(),
        gate=Throttle(budget(), lane),
        on_surprise=on_surprise or _report,
        on_exchange=on_exchange,
    )


def account() -> Account:
    """
    Return the account that the settings name.

    Raises:
        NotConnected: they name none.
    """
    return _account()


def tokens() -> KeptTokens:
    """
    Return where that account's token is kept.

    Raises:
        NotConnected: the settings name no account.
    """
    return _tokens()


def sign_in() -> SignIn:
    """
    Return what a person signs in with.

    Raises:
        NotConnected: the settings name no account, or a service account, for which nobody signs in.
    """
    named = _account()
    if isinstance(named, ServiceAccount):
        raise NotConnected("The settings name a service account, which needs no sign-in.")
    return SignIn(auth_url=settings.PARTNER_AUTH_URL, account=named, timeouts=_WHILE_A_PERSON_WAITS)


@lru_cache(maxsize=1)
def _account() -> Account:
    """Return the service account, or without one the app for which a person signs in."""
    names = ["PARTNER_CLIENT_ID", "PARTNER_CLIENT_SECRET"]
    if settings.PARTNER_SERVICE_ACCOUNT:
        names.append("PARTNER_PRIVATE_KEY")
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        message = _("Set %(names)s to connect to LINE WORKS. See docs/connecting.md.") % {"names": ", ".join(missing)}
        raise NotConnected(message, missing)
    client_id, client_secret = settings.PARTNER_CLIENT_ID, Secret(settings.PARTNER_CLIENT_SECRET)
    if not settings.PARTNER_SERVICE_ACCOUNT:
        return UserAccount(client_id, client_secret, settings.PARTNER_SCOPE)
    return ServiceAccount(
        client_id=client_id,
        client_secret=client_secret,
        service_account=settings.PARTNER_SERVICE_ACCOUNT,
        private_key_pem=Secret(settings.PARTNER_PRIVATE_KEY),
        scope=settings.PARTNER_SCOPE,
    )


@lru_cache(maxsize=1)
def _tokens() -> KeptTokens:
    """
    Name the account so that no token goes where it does not belong.

    A service account is also named by its scope, so that another scope gets another token at once. A person's token
    keeps the scope that the person agreed to, until they agree to another.
    """
    named = _account()
    parts = ["user", named.client_id, settings.PARTNER_AUTH_URL]
    if isinstance(named, ServiceAccount):
        parts = ["service", named.service_account, named.client_id, named.scope, settings.PARTNER_AUTH_URL]
    return KeptTokens(" ".join(parts))


def _report(surprise: SchemaSurprise) -> None:
    log.warning("LINE WORKS sent something new", kind=surprise.kind, record=surprise.record, field=surprise.field)
