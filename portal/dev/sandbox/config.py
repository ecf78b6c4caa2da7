"""What the environment tells the sandbox at start-up."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from .limits import VENDORS_LIMIT, Limits, WindowKind

MOST_CUSTOMERS = 100_000
MOST_REDIRECT_URIS = 100  # vendor page: client-app

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class ConfigError(Exception):
    """A variable is missing or odd; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Config:
    """
    The settings of one run. Rate window and token life are in seconds; a rate limit of 0 means none.

    Causes are planted in so many `planted_months` that were billed last, and errors in the latest of them.
    """

    port: int
    customers: int
    seed: int
    state_file: Path | None
    business_date_file: Path | None
    business_date: date | None
    client_id: str
    client_secret: str = field(repr=False)
    service_account: str
    public_key: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    token_seconds: int
    rate_limit: int
    rate_window: int
    rate_kind: WindowKind
    planted_months: int = 0

    @property
    def limits(self) -> Limits:
        """The call limit at the start and after a reset."""
        return Limits(self.rate_limit, self.rate_window, self.rate_kind)


def read_config(environ: Mapping[str, str] = os.environ) -> Config:
    """
    Read the settings from environment variables.

    Raises:
        ConfigError: a variable is missing or its value is of no use.
    """
    return Config(
        port=_whole_number(environ, "SANDBOX_PORT", default=8001, least=0, most=65_535),
        customers=_whole_number(environ, "SANDBOX_CUSTOMERS", default=300, least=0, most=MOST_CUSTOMERS),
        seed=_whole_number(environ, "SANDBOX_SEED", default=1, least=0, most=2**31),
        state_file=_path(environ, "SANDBOX_STATE_FILE"),
        business_date_file=_path(environ, "BUSINESS_DATE_FILE"),
        business_date=_day(environ, "SANDBOX_BUSINESS_DATE"),
        client_id=_required(environ, "SANDBOX_CLIENT_ID"),
        client_secret=_secret(environ, "SANDBOX_CLIENT_SECRET"),
        service_account=_required(environ, "SANDBOX_SERVICE_ACCOUNT"),
        public_key=_file_text("SANDBOX_PUBLIC_KEY_FILE", _required(environ, "SANDBOX_PUBLIC_KEY_FILE")),
        redirect_uris=read_redirect_uris("SANDBOX_REDIRECT_URIS", _names(environ, "SANDBOX_REDIRECT_URIS")),
        token_seconds=_whole_number(environ, "SANDBOX_TOKEN_SECONDS", default=86_400, least=1, most=10**9),
        rate_limit=_whole_number(environ, "SANDBOX_RATE_LIMIT", default=VENDORS_LIMIT, least=0, most=10**9),
        rate_window=_whole_number(environ, "SANDBOX_RATE_WINDOW", default=60, least=1, most=86_400),
        rate_kind=_window_kind(environ, "SANDBOX_RATE_KIND"),
        planted_months=_whole_number(environ, "SANDBOX_PLANTED_MONTHS", default=0, least=0, most=12),
    )


def read_redirect_uris(name: str, uris: Sequence[str]) -> tuple[str, ...]:
    """
    Check the addresses that are registered for the app: https, or http on this machine.

    Raises:
        ConfigError: one is of another kind, or there are too many.
    """
    if len(uris) > MOST_REDIRECT_URIS:
        raise ConfigError(f"{name} holds {len(uris)} addresses; {MOST_REDIRECT_URIS} can be registered.")
    for uri in uris:
        if not _may_lead_back(uri):
            raise ConfigError(f"{name} holds {uri!r}; an address must begin with https://, or http:// on this machine.")
    return tuple(uris)


def _may_lead_back(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS
    return bool(parts.hostname) and (parts.scheme == "https" or is_here) and not parts.fragment


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set. The sandbox needs it to check who asks for a token.")
    return value


def _secret(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(f"{name}_FILE", "")
    return _file_text(f"{name}_FILE", path).strip() if path else _required(environ, name)


def _file_text(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{name} names {path}, which can't be read: {error.strerror}.") from error


def _names(environ: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    return Path(value) if value else None


def _day(environ: Mapping[str, str], name: str) -> date | None:
    value = environ.get(name, "")
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ConfigError(f"{name} is {value!r}; write a day as YYYY-MM-DD.") from error


def _window_kind(environ: Mapping[str, str], name: str) -> WindowKind:
    value = environ.get(name, "") or WindowKind.FIXED
    if value not in list(WindowKind):
        raise ConfigError(f"{name} is {value!r}; write {' or '.join(WindowKind)}.")
    return WindowKind(value)


def _whole_number(environ: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    value = environ.get(name, "") or str(default)
    if not (value.isascii() and value.isdigit()) or not least <= int(value) <= most:
        raise ConfigError(f"{name} is {value!r}; it must be a whole number from {least} to {most}.")
    return int(value)
