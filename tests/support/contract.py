"""
LINE WORKS's contract, tests/contract/openapi.yaml, read by a library that is not ours.

Little is changed about what the file says. Lists of values are as wide as LINE WORKS's Japanese pages have them, which
the file keeps beside the list. The length of a text sent as Base64 is that of the text itself, which the library can't
see. And every operation may refuse with a 4xx in the form of the common page `error-codes`: that page speaks for the
whole API, and the pages of single operations list next to no refusals.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.schemas import factories

CONTRACT = Path(__file__).parents[1] / "contract" / "openapi.yaml"
_METHODS = ("get", "post", "put", "patch", "delete")
_FURTHER_VALUES = ("x-jp-only-values", "x-jp-extra-values", "x-jp-enum", "x-enum-jp-other-groups")
_REFUSAL = {"$ref": "#/components/responses/CommonError"}
# What the library makes for each check anew, a class each time, which takes longer than the check itself.
_MADE_ANEW = "build_forbid_unspecified_additional_properties_validator"
_NAMES_WITH_UNDERSCORE = re.compile(r"_([a-z])")


class ContractError(Exception):
    """What was asked or answered is not what the contract says."""


@dataclass(frozen=True)
class Documented:
    """One operation of the contract; `statuses` are those of success."""

    id: str
    method: str
    path: str
    query: frozenset[str]
    statuses: frozenset[int]


@dataclass(frozen=True)
class Asked:
    """One request. `path` holds the values of the parameters in the path by their names in the contract."""

    operation: str
    path: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = "application/json"


@cache
def document() -> dict[str, Any]:
    """Give the contract with the additions above."""
    contract: dict[str, Any] = yaml.load(CONTRACT.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  a safe one
    _widen(contract)
    for _, operation in _each(contract):
        operation["responses"].setdefault("default", _REFUSAL)
        # Who may call is the matter of other tests, and the library knows nothing of OAuth.
        del operation["security"]
    return contract


@cache
def operations() -> Mapping[str, Documented]:
    """Give the operations of the contract by their ids."""
    contract = document()
    found = {}
    for (path, method), operation in _each(contract):
        parameters = [_resolved(contract, one) for one in operation.get("parameters", ())]
        found[operation["operationId"]] = Documented(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            query=frozenset(one["name"] for one in parameters if one["in"] == "query"),
            statuses=frozenset(int(status) for status in operation["responses"] if str(status).startswith("2")),
        )
    return found


def check_request(asked: Asked) -> None:
    """
    Check a request that was accepted.

    Raises:
        ContractError: it holds what the contract does not allow.
    """
    unknown = {name for name, _ in asked.query} - operations()[asked.operation].query
    if unknown:
        raise ContractError(f"{asked.operation} takes no parameter {', '.join(sorted(unknown))}")
    _check_request(asked)


def check_answer(operation: str, status: int, body: bytes, content_type: str = "application/json") -> None:
    """
    Check an answer.

    Raises:
        ContractError: its status or its body is not one that the contract promises.
    """
    if status < 400 and status not in operations()[operation].statuses:
        raise ContractError(f"{operation} never answers {status}")
    if body and status == 204:
        raise ContractError(f"{operation} answers 204, and a body")
    _check_answer(operation, status, body, content_type)


def example_answer(operation: str) -> dict[str, Any] | None:
    """Make up a full answer to an operation; None where no body is promised."""
    contract, documented = document(), operations()[operation]
    responses = contract["paths"][documented.path][documented.method.lower()]["responses"]
    schemas = [
        response["content"]["application/json"]["schema"]
        for status in sorted(documented.statuses)
        if "content" in (response := _resolved(contract, responses[str(status)]))
    ]
    return _example(contract, schemas[0]) if schemas else None


def in_the_words_of_the_contract(path: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Give the parameters of a path under their documented names: `domain_id` is `domainId`."""
    return tuple(
        (_NAMES_WITH_UNDERSCORE.sub(lambda found: found[1].upper(), name), value) for name, value in path.items()
    )


# A test run asks and answers the same over and over. What raises is not remembered, and is looked at each time.
@lru_cache(maxsize=20_000)
def _check_request(asked: Asked) -> None:
    try:
        _checker().validate_request(_request(asked))
    except OpenAPIError as error:
        raise ContractError(f"{asked.operation} accepted what the contract forbids: {_reasons(error)}") from None


@lru_cache(maxsize=20_000)
def _check_answer(operation: str, status: int, body: bytes, content_type: str) -> None:
    request = _request(Asked(operation))
    response = MockResponse(body, status_code=status, content_type=content_type)
    try:
        _checker().validate_response(request, response)
    except OpenAPIError as error:
        raise ContractError(f"{operation} answered {status} with what no page promises: {_reasons(error)}") from None


def _request(asked: Asked) -> MockRequest:
    documented = operations()[asked.operation]
    return MockRequest(
        "https://www.worksapis.com",
        documented.method,
        f"/v1.0{documented.path}",
        path_pattern=f"/v1.0{documented.path}",
        view_args=dict(asked.path),
        args=dict(asked.query),
        data=asked.body,
        content_type=asked.content_type,
    )


@cache
def _checker() -> OpenAPI:
    setattr(factories, _MADE_ANEW, cache(getattr(factories, _MADE_ANEW)))
    return OpenAPI.from_dict(document(), config=Config(additional_properties_default_policy="forbid"))


def _reasons(error: BaseException) -> str:
    """Put a finding of the library into words: where, and what."""
    found = getattr(error, "schema_errors", None) or getattr(error.__cause__, "schema_errors", None)
    if not found:
        return str(error.__cause__ or error)
    return "; ".join(f"{'/'.join(map(str, one.absolute_path)) or 'the whole'}: {one.message}" for one in found)


# The same loader, in C where there is one: it takes a tenth of the time.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_EXAMPLES = {"date": "2026-01-15", "date-time": "2026-01-15T09:30:00+09:00", "email": "hanako@example.com"}


def _each(contract: dict[str, Any]) -> Iterable[tuple[tuple[str, str], dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for method in _METHODS:
            if method in item:
                yield (path, method), item[method]


def _resolved(contract: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = contract
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def _example(contract: dict[str, Any], schema: dict[str, Any]) -> Any:
    schema = _resolved(contract, schema)
    for part in ("allOf", "anyOf"):
        if part in schema:
            return _example(contract, schema[part][0])
    if values := schema.get("enum", schema.get("x-extensible-enum")):
        return values[0]
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    match kind:
        case "object":
            return {name: _example(contract, inner) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [_example(contract, schema["items"])]
        case "string":
            return _EXAMPLES.get(schema.get("format", ""), "text")
        case _:
            return {"integer": 1, "number": 0.1, "boolean": True}[kind]


def _widen(node: Any) -> None:
    """Add to each list of values those that the file keeps beside it, and lift the length of encoded text, in place."""
    if isinstance(node, dict):
        if "enum" in node:
            further = [value for mark in _FURTHER_VALUES for value in _flat(node.get(mark, []))]
            node["enum"] = list(dict.fromkeys([*node["enum"], *further]))
        if node.get("contentEncoding") == "base64":
            del node["minLength"], node["maxLength"]
        for value in node.values():
            _widen(value)
    elif isinstance(node, list):
        for value in node:
            _widen(value)


def _flat(values: Any) -> list[str]:
    if isinstance(values, dict):
        return [value for group in values.values() for value in group]
    return list(values)
