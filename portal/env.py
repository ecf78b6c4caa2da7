"""
Read settings from the environment, strictly.

A missing or odd value stops the start-up with a sentence that says what to do. Every name may also be given as
``NAME_FILE``, the path of a file that holds the value, so that secrets can stay out of the environment.
"""

import math
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# The mapping below the library's own reader, which would take a value that begins with $ for the name of another.
_environment = FileAwareMapping(cache=False)
# As Django's deployment check counts, which only warns; more variety than a word that is repeated.
_KEY_LENGTH, _KEY_VARIETY = 50, 10
_CENTURY_DAYS = 36_500
# With the port where none is given; filemail writes files into a folder instead, to try it out.
_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465, "filemail": 0}
_TRUE, _FALSE = ("1", "true", "on", "yes"), ("0", "false", "off", "no", "")


class BadSetting(ImproperlyConfigured):
    """An environment variable is missing or holds something that cannot be used."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(f"{name}: {advice}")


def read_file(path: Path) -> None:
    """Take the lines of a ``.env`` file for names that the environment does not set itself."""
    if path.is_file():
        environ.Env.read_env(str(path))


def text(name: str, default: str | None = None, *, advice: str = "") -> str:
    """
    Return a text; without a default it must be there and not be blank.

    Raises:
        BadSetting: it is missing, or its file cannot be read.
    """
    try:
        value = str(_environment.get(name, default or "")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(name, f"its file {name}_FILE cannot be read ({error})") from error
    if value or default is not None:
        return value
    raise BadSetting(name, f"is not set. {advice or 'Set it, or name a file that holds it in ' + name + '_FILE.'}")


def key(name: str, *, advice: str) -> str:
    """
    Return a secret that cannot be guessed: long, and of many different characters.

    Raises:
        BadSetting: it is missing, or too simple.
    """
    value = text(name, advice=advice)
    if _can_be_guessed(value):
        raise BadSetting(name, f"can be guessed. {advice}")
    return value


def earlier_keys(name: str) -> list[str]:
    """
    Return the secrets that ``key`` returned before, separated by white space; often none.

    Raises:
        BadSetting: one of them is too simple, so that anybody could sign with it.
    """
    values = text(name, "").split()
    if any(map(_can_be_guessed, values)):
        raise BadSetting(name, "holds a key that can be guessed. Name earlier values of SECRET_KEY, or leave it unset.")
    return values


def switch(name: str, *, default: bool) -> bool:
    """Return an on/off value; anything but 1/0, true/false, on/off, yes/no is refused."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise BadSetting(name, f"is {value!r}; use 1 or 0.")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Return a whole number within bounds, both included."""
    value = text(name, str(default))
    if value.isascii() and value.isdigit() and minimum <= int(value) <= maximum:
        return int(value)
    raise BadSetting(name, f"is {value!r}; use a whole number from {minimum} to {maximum}.")


def days(name: str, default: int, *, minimum: int) -> int:
    """
    Return for how many days something is kept; 0 is for ever.

    Raises:
        BadSetting: it is no whole number, or one between 0 and the minimum, or more than 100 years.
    """
    value = text(name, str(default))
    if value.isascii() and value.isdigit() and (int(value) == 0 or minimum <= int(value) <= _CENTURY_DAYS):
        return int(value)
    raise BadSetting(name, f"is {value!r}; use 0 to keep for ever, or a number of days from {minimum} to 36500.")


def names(name: str, default: Sequence[str]) -> list[str]:
    """Return a list of names parted by commas; at least one."""
    found = [part.strip() for part in text(name, ",".join(default)).split(",") if part.strip()]
    if not found:
        raise BadSetting(name, "is empty; name at least one, parted by commas, or leave it unset.")
    return found


def numbers(name: str, default: Sequence[float]) -> list[float]:
    """Return a list of numbers above 0, parted by commas; at least one."""
    values = names(name, [str(number) for number in default])
    try:
        parsed = [float(value) for value in values]
    except ValueError:
        parsed = []
    if not parsed or not all(0 < number < math.inf for number in parsed):
        raise BadSetting(name, f"is {','.join(values)!r}; use numbers above 0, parted by commas.")
    return parsed


def url(name: str, default: str | None = None, *, schemes: Sequence[str], advice: str = "") -> str:
    """Return an address with one of the schemes and a host, or for sockets a path; no trailing slash."""
    value = text(name, default, advice=advice).rstrip("/")
    parts = _split(value)
    if not parts or parts.scheme not in schemes or not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise BadSetting(name, f"is no address that begins with {' or '.join(s + '://' for s in schemes)}.")
    return value


def database(name: str) -> dict[str, object]:
    """Return Django's form of a PostgreSQL address, for example ``postgres://user:password@host:5432/name``."""
    value = text(name, advice="Set it to a PostgreSQL address, or start with `make run`, which brings its own.")
    parts = _split(value)
    if not parts or parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise BadSetting(name, "is no PostgreSQL address (postgres://user:password@host:5432/name).")
    return dict(environ.Env.db_url_config(value))


def mail_server(name: str) -> tuple[bool, dict[str, Any]]:
    """
    Return whether a mail server is set, and Django's form of its address.

    Without one, what is sent by mistake goes nowhere.

    Raises:
        BadSetting: it is no address of a mail server, such as ``smtp+tls://user:password@host:587``.
    """
    value = text(name, "")
    parts = _split(value)
    if value and (not parts or parts.scheme not in _MAIL_PORTS or not (parts.hostname or parts.scheme == "filemail")):
        raise BadSetting(name, "is no address of a mail server, such as smtp+tls://user:password@host:587.")
    found = environ.Env.email_url_config(value or "dummymail://")
    scheme = parts.scheme if value and parts else ""
    return bool(value), {
        "EMAIL_BACKEND": found["EMAIL_BACKEND"],
        # The library leaves out the slash with which a path begins.
        "EMAIL_FILE_PATH": parts.path if parts and scheme == "filemail" else "",
        "EMAIL_HOST": found["EMAIL_HOST"] or "",
        "EMAIL_PORT": found["EMAIL_PORT"] or _MAIL_PORTS.get(scheme, 25),
        "EMAIL_HOST_USER": found["EMAIL_HOST_USER"] or "",
        "EMAIL_HOST_PASSWORD": found["EMAIL_HOST_PASSWORD"] or "",
        "EMAIL_USE_TLS": scheme == "smtp+tls",
        "EMAIL_USE_SSL": scheme == "smtp+ssl",
    }


def mail_address(name: str, default: str) -> str:
    """Return an e-mail address, with or without a name: ``Partnerdesk <partnerdesk@example.com>``."""
    value = text(name, default)
    _name, address = parseaddr(value)
    if "@" not in address or any(sign in value for sign in "\r\n"):
        raise BadSetting(name, "is no e-mail address.")
    return value


def _can_be_guessed(value: str) -> bool:
    return len(value) < _KEY_LENGTH or len(set(value)) < _KEY_VARIETY or value.startswith("django-insecure-")


def _split(address: str) -> SplitResult | None:
    """Take an address apart; None if its host or port cannot be one."""
    try:
        parts = urlsplit(address)
        _checked = parts.port
    except ValueError:
        return None
    return parts
