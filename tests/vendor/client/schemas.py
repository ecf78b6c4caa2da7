"""The schemas of LINE WORKS's contract, ready to be compared with records and bodies."""

from functools import cache
from typing import Any

import yaml

from tests.support import contract

Schema = dict[str, Any]


def named(name: str) -> Schema:
    """A schema of the contract; `Customer.status` is a property of one."""
    kind, _, field = name.partition(".")
    schema = whole({"$ref": f"#/components/schemas/{kind}"})
    return whole(schema["properties"][field]) if field else schema


def whole(schema: Schema) -> Schema:
    """A schema with its reference followed and its parts put together."""
    if "$ref" in schema:
        found: Any = contract.document()
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return whole(found)
    merged = {name: value for name, value in schema.items() if name != "allOf"}
    for part in schema.get("allOf", []):
        merged = whole(part) | merged
    return merged


def properties(schema: Schema) -> dict[str, Schema]:
    """The properties of an object, each whole."""
    return {name: whole(inner) for name, inner in schema.get("properties", {}).items()}


def types(schema: Schema) -> set[str]:
    """The JSON types that a schema allows."""
    if "anyOf" in schema:
        return set().union(*(types(whole(part)) for part in schema["anyOf"]))
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def values(schema: Schema) -> set[str]:
    """Every value that a list of the contract names; empty when the schema is no list."""
    return {value for value in [*schema.get("enum", []), *schema.get("x-extensible-enum", [])] if value is not None}


def operation(name: str) -> Schema:
    """An operation of the contract, its parameters whole and those of its path included."""
    documented = contract.operations()[name]
    item = contract.document()["paths"][documented.path]
    found: Schema = dict(item[documented.method.lower()])
    found["parameters"] = [whole(one) for one in [*item.get("parameters", []), *found.get("parameters", [])]]
    return found


def body_of(name: str) -> Schema | None:
    """The schema of an operation's request body; None when it takes none."""
    body = operation(name).get("requestBody")
    return whole(body["content"]["application/json"]["schema"]) if body else None


def answer_of(name: str) -> Schema | None:
    """The schema of an operation's answer; None when no body is promised."""
    for status, response in operation(name)["responses"].items():
        if str(status).startswith("2") and "content" in response:
            return whole(response["content"]["application/json"]["schema"])
    return None


def scopes(name: str) -> set[str]:
    """The scopes of which an operation takes any one."""
    documented = contract.operations()[name]
    ways = _as_written()["paths"][documented.path][documented.method.lower()]["security"]
    return {scope for way in ways for scope in way["oauth2"]}


@cache
def _as_written() -> Schema:
    written: Schema = yaml.safe_load(contract.CONTRACT.read_text(encoding="utf-8"))
    return written
