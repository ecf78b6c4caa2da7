"""The part of the control interface that is about tokens: the app's switches, and the end of all tokens."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .config import ConfigError, read_redirect_uris
from .errors import invalid
from .fields import read_body, whole_number
from .runtime import Sandbox

_LONGEST_TOKEN = 10**9


def _rules(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    desk = sandbox.tokens
    return {
        "rotation": desk.rotation,
        "tokenSeconds": desk.token_seconds,
        "redirectUris": list(desk.redirect_uris),
    }


def _set_rules(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    readers = {"rotation": _switch, "tokenSeconds": _seconds, "redirectUris": _redirect_uris}
    wanted = read_body(body, required={}, optional=readers)
    desk = sandbox.tokens
    desk.rotation = wanted.get("rotation", desk.rotation)
    desk.token_seconds = wanted.get("tokenSeconds", desk.token_seconds)
    desk.redirect_uris = wanted.get("redirectUris", desk.redirect_uris)
    return _rules(sandbox, request, None)


def _expire(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.tokens.expire_all()
    return {}


def _revoke(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.tokens.revoke_all()
    return {}


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise invalid(name, "must be true or false")
    return value


def _seconds(name: str, value: object) -> int:
    seconds = whole_number(name, value)
    if not 1 <= seconds <= _LONGEST_TOKEN:
        raise invalid(name, f"must be from 1 to {_LONGEST_TOKEN}")
    return seconds


def _redirect_uris(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(uri, str) for uri in value):
        raise invalid(name, "must be a list of addresses")
    try:
        return read_redirect_uris(name, value)
    except ConfigError as error:
        raise invalid(name, str(error)) from error


OAUTH_ROUTES = (
    ("GET", "/oauth", 200, _rules),
    ("POST", "/oauth", 200, _set_rules),
    ("POST", "/oauth/expire", 200, _expire),
    ("POST", "/oauth/revoke", 200, _revoke),
)
