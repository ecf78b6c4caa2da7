"""The HTTP side of the API: from a request to an operation, with everything that may come in between."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from . import faults
from .call import Answer, Call, Operation
from .control import add_control_routes
from .errors import Refusal, bad_request, not_found, too_many_requests
from .faults import Struck
from .forms import read_form
from .limits import VENDORS_LIMIT, limit_headers
from .page import add_page_routes
from .runtime import OPERATIONS, Sandbox
from .sign_in import add_sign_in_routes
from .spoil import spoil
from .state import to_json

API_ROOT = "/v1.0"
TOKEN_PATH = "/oauth2/v2.0/token"  # noqa: S105  an address

_HTML = "<!doctype html><title>Service</title><h1>We will be back soon</h1>"
_LOOK_FOR_CLIENT_SECONDS = 0.05

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Witness(Protocol):
    """
    Sees each call of an operation and what comes of it, before a fault spoils the answer.

    Whatever it raises undoes the call, goes to the log and is answered 500.
    """

    def accepted(self, operation: Operation, request: web.Request, raw_body: bytes, answer: Answer) -> None:
        """See a call that succeeded."""

    def refused(self, operation: Operation, refusal: Refusal) -> None:
        """See a call that was refused."""


class _NoWitness:
    def accepted(self, operation: Operation, request: web.Request, raw_body: bytes, answer: Answer) -> None:
        pass

    def refused(self, operation: Operation, refusal: Refusal) -> None:
        pass


def build_app(sandbox: Sandbox, witness: Witness | None = None) -> web.Application:
    """Lay out every address of the sandbox."""
    app = web.Application()
    for operation in OPERATIONS:
        handler = _operation_handler(sandbox, operation, witness or _NoWitness())
        app.router.add_route(operation.method, f"{API_ROOT}{operation.path}", handler)
    app.router.add_route("*", f"{API_ROOT}/{{rest:.*}}", _no_such_operation)
    app.router.add_post(TOKEN_PATH, _token_handler(sandbox))
    add_sign_in_routes(app, sandbox)
    add_control_routes(app, sandbox)
    add_page_routes(app, sandbox)
    return app


def _operation_handler(sandbox: Sandbox, operation: Operation, witness: Witness) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        sandbox.calls[operation.id] += 1
        raw_body = await request.read()
        with sandbox.limits.under_way():
            try:
                return await _serve(sandbox, operation, witness, request, raw_body)
            except Exception:
                _log.exception("%s failed", operation.id)
                told = {"code": "INTERNAL_SERVER_ERROR", "description": "see the sandbox's log"}
                return _json_response(500, told, {})

    return handle


async def _serve(
    sandbox: Sandbox, operation: Operation, witness: Witness, request: web.Request, raw_body: bytes
) -> web.StreamResponse:
    headers: dict[str, str] = {}
    struck = faults.NOTHING
    try:
        sandbox.tokens.authorise(request.headers, writes=operation.writes)
        allowed, headers = sandbox.limits.count(operation.id)
        if not allowed:
            raise too_many_requests()
        struck = sandbox.faults.draw(operation.id, on_next_page="cursor" in request.query)
        if struck.name in faults.OF_TOKENS:
            _end_tokens(sandbox, struck)
            sandbox.tokens.authorise(request.headers, writes=operation.writes)
        if struck.name in faults.INSTEAD:
            return await _instead(request, struck, headers)
        answer = _perform(sandbox, operation, witness, request, raw_body, struck)
        return await _answer(request, answer, struck, headers)
    except Refusal as refusal:
        witness.refused(operation, refusal)
        return await _refuse(request, refusal, struck, headers)


def _end_tokens(sandbox: Sandbox, struck: Struck) -> None:
    if struck.name == faults.TOKEN_REVOKED:
        sandbox.tokens.revoke_all()
    else:
        sandbox.tokens.expire_all()


def _perform(
    sandbox: Sandbox, operation: Operation, witness: Witness, request: web.Request, raw_body: bytes, struck: Struck
) -> Answer:
    def do() -> Answer:
        answer = operation.do(call)
        witness.accepted(operation, request, raw_body, answer)
        return answer

    call = Call(
        state=sandbox.state,
        operation=operation.id,
        today=sandbox.today(),
        path=request.match_info,
        query=request.query,
        raw_query=request.path_qs.partition("?")[2],
        body=_parse_json(request, raw_body) if operation.has_body else None,
        writes=operation.writes,
        repeat_row=struck.name == faults.DUPLICATE_ROW,
    )
    if not operation.writes:
        return do()
    with sandbox.state.transaction(forget=struck.name == faults.FORGET_AFTER):
        return do()


def _token_handler(sandbox: Sandbox) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        sandbox.calls[faults.TOKEN] += 1
        struck = sandbox.faults.draw(faults.TOKEN)
        try:
            if struck.name in faults.INSTEAD:
                return await _instead(request, struck, {})
            form = await read_form(request)
            with sandbox.state.transaction(forget=struck.name == faults.FORGET_AFTER):
                answer = Answer(200, sandbox.tokens.grant(form, request.headers))
            return await _answer(request, answer, struck, {"Cache-Control": "no-store"})
        except Refusal as refusal:
            return await _refuse(request, refusal, struck, {"Cache-Control": "no-store"})

    return handle


async def _no_such_operation(_request: web.Request) -> web.StreamResponse:
    refusal = not_found()
    return _json_response(refusal.status, refusal.body(), refusal.headers)


async def _answer(
    request: web.Request, answer: Answer, struck: Struck, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send a successful answer, or what a fault makes of it."""
    response: web.StreamResponse
    if struck.name == faults.HTML_AFTER:
        response = _html_response()
    elif answer.body is None or struck.name == faults.EMPTY:
        response = web.Response(status=answer.status, headers=headers)
    else:
        if struck.name is not None:
            spoil(struck.name, answer.body, asked_cursor=request.query.get("cursor"))
        response = _json_response(answer.status, answer.body, headers, cut_in_half=struck.name == faults.TRUNCATED_JSON)
        if struck.name == faults.WRONG_CONTENT_TYPE:
            response.content_type = "text/plain"
    return await _send(request, response, struck)


async def _refuse(
    request: web.Request, refusal: Refusal, struck: Struck, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send a refusal of our own; a fault can only delay it or cut the line."""
    response = _json_response(refusal.status, refusal.body(), {**headers, **refusal.headers})
    return await _send(request, response, struck)


async def _send(request: web.Request, response: web.StreamResponse, struck: Struck) -> web.StreamResponse:
    if struck.delay:
        await asyncio.sleep(struck.delay)
    if struck.name == faults.CUT_AFTER:
        _cut(request)
    return response


async def _instead(request: web.Request, struck: Struck, headers: Mapping[str, str]) -> web.StreamResponse:
    """Return in place of the operation, or not at all."""
    if struck.delay:
        await asyncio.sleep(struck.delay)
    if struck.name == faults.HANG:
        await _hang(request, struck.seconds)
    if struck.name in (faults.HANG, faults.CUT_BEFORE):
        _cut(request)
        return web.Response()
    if struck.name == faults.HTML or struck.name is None:
        return _html_response()
    refusal = faults.REFUSALS[struck.name]()
    if refusal.status == 429:
        limit = int(headers.get("rateLimit-limit", VENDORS_LIMIT))
        headers = limit_headers(limit, limit, struck.seconds or 1)
    return _json_response(refusal.status, refusal.body(), {**headers, **refusal.headers})


async def _hang(request: web.Request, seconds: float | None) -> None:
    until = None if seconds is None else time.monotonic() + seconds
    while not _has_left(request) and (until is None or time.monotonic() < until):
        await asyncio.sleep(_LOOK_FOR_CLIENT_SECONDS)


def _has_left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _parse_json(request: web.Request, raw_body: bytes) -> object:
    if request.content_type != "application/json":
        raise bad_request("Content-Type must be application/json")
    try:
        return json.loads(raw_body)
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not JSON") from error


def _json_response(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str], *, cut_in_half: bool = False
) -> web.Response:
    data = to_json(body).encode()
    if cut_in_half:
        data = data[: len(data) // 2]
    return web.Response(status=status, body=data, headers=headers, content_type="application/json", charset="utf-8")


def _html_response() -> web.Response:
    return web.Response(text=_HTML, content_type="text/html")
