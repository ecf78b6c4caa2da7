"""The portal's connection to the vendor: whose grant is used, and through which lane of the call budget."""

from collections.abc import Callable
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis

from portal.pace import Budget, Lane, PacedGate
from portal.partner_api import Exchange, MemoryTokens, PartnerApi, Secret, ServiceAccount, Surprise

log = structlog.get_logger(__name__)


class NotConnected(RuntimeError):
    """The settings name no account at the vendor."""


@lru_cache(maxsize=1)
def budget() -> Budget:
    """Answer the call budget that all processes share."""
    return Budget(
        Redis.from_url(settings.REDIS_URL),
        limit=settings.PARTNER_RATE_LIMIT,
        window=settings.PARTNER_RATE_WINDOW,
        concurrency=settings.PARTNER_CONCURRENCY,
    )


def partner_api(lane: Lane, *, on_exchange: Callable[[Exchange], None] | None = None) -> PartnerApi:
    """
    Answer a client that takes its turns from a lane of the budget.

    Args:
        lane: people for whatever somebody waits for, sweep for the rest.
        on_exchange: is told what each call sent and got, without secrets.

    Raises:
        NotConnected: the settings name no account.
    """
    return PartnerApi(
        api_url=settings.PARTNER_API_URL,
        auth_url=settings.PARTNER_AUTH_URL,
        account=_account(),
        tokens=_tokens(),
        gate=PacedGate(budget(), lane),
        on_surprise=_report,
        on_exchange=on_exchange,
    )


@lru_cache(maxsize=1)
def _account() -> ServiceAccount:
    names = ("PARTNER_CLIENT_ID", "PARTNER_CLIENT_SECRET", "PARTNER_SERVICE_ACCOUNT", "PARTNER_PRIVATE_KEY")
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        raise NotConnected(f"Set {', '.join(missing)} to connect to the vendor; see docs/connecting.md.")
    return ServiceAccount(
        client_id=settings.PARTNER_CLIENT_ID,
        client_secret=Secret(settings.PARTNER_CLIENT_SECRET),
        service_account=settings.PARTNER_SERVICE_ACCOUNT,
        private_key_pem=Secret(settings.PARTNER_PRIVATE_KEY),
        scope=settings.PARTNER_SCOPE,
    )


@lru_cache(maxsize=1)
def _tokens() -> MemoryTokens:
    """One token a process: a fresh assertion always works, so nothing has to be kept or shared."""
    return MemoryTokens()


def _report(surprise: Surprise) -> None:
    log.warning("the vendor sent something new", kind=surprise.kind, record=surprise.record, field=surprise.field)
