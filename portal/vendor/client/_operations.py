"""
All operations as data: for tables, tests and the command line.

Read off the methods themselves, so that it can't differ from the code.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from ._assumptions import READ_SCOPE, WRITE_SCOPE
from ._billing import BillingApi
from ._bodies import Body
from ._customers import CustomersApi
from ._endpoints import ENDPOINTS, Endpoint, Group
from ._options import OptionsApi
from ._subscriptions import SubscriptionsApi

GROUPS: Mapping[str, type[Group]] = MappingProxyType(
    {
        "customers": CustomersApi,
        "subscriptions": SubscriptionsApi,
        "options": OptionsApi,
        "billing": BillingApi,
    }
)
"""The groups of a `PartnerApi`, by the name of its attribute."""


@dataclass(frozen=True)
class Parameter:
    """
    One value in the path or the query of an operation.

    Attributes:
        name: as LINE WORKS spells it, such as `domainId`.
        argument: the argument of the method, such as `domain_id`.
        place: `path` or `query`.
        type: the argument's annotation.
        required: whether it must be given.
    """

    name: str
    argument: str
    place: Literal["path", "query"]
    type: Any
    required: bool


@dataclass(frozen=True)
class Operation:
    """
    One operation of LINE WORKS and the method that offers it.

    Attributes:
        name: LINE WORKS's operationId, such as `addPreOrder`.
        group: the attribute of `PartnerApi`, such as `subscriptions`.
        method_name: the method of that group, such as `add_pre_order`.
        http_method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
        path: the path below the API's base address, with LINE WORKS's names in braces.
        changes: whether it changes anything at LINE WORKS; false for every GET and for `verifyDomain`.
        scope: the least scope it needs, `partner.read` or `partner`.
        parameters: what stands in path and query, in the method's order.
        body: the kind of body it takes, None for none.
    """

    name: str
    group: str
    method_name: str
    http_method: str
    path: str
    changes: bool
    scope: str
    parameters: tuple[Parameter, ...]
    body: type[Body] | None
    _body_argument: str | None

    def call(self, api: Any, parameters: Mapping[str, Any], body: Mapping[str, Any] | Body | None = None) -> Any:
        """
        Call the operation by LINE WORKS's names.

        Args:
            api: the `PartnerApi` to call.
            parameters: path and query values by LINE WORKS's names; texts are read as the parameter's type.
            body: the JSON object to send, by LINE WORKS's names, or the body itself; None for a body without
                fields and for operations without one.

        Returns:
            What the method returns; `raw_answer` gives its JSON.

        Raises:
            ValueError: a parameter is unknown, missing or of no use as its type; a body that isn't documented
                (pydantic.ValidationError). Nothing was sent.
            PartnerApiError: as the method.
        """
        arguments = self._arguments(parameters)
        if self.body is None and body is not None:
            raise ValueError(f"{self.name} takes no body")
        if self.body is not None:
            arguments |= self._body_arguments(self.body.model_validate({} if body is None else body))
        return getattr(getattr(api, self.group), self.method_name)(**arguments)

    def address(self, parameters: Mapping[str, Any]) -> str:
        """
        Return the path that a call would go to, without its query.

        Args:
            parameters: path and query values by LINE WORKS's names, as for `call`.

        Raises:
            ValueError: a parameter is unknown, missing or of no use as its type, or can't stand in a path.
        """
        arguments = self._arguments(parameters)
        pieces = {each.name: arguments[each.argument] for each in self.parameters if each.place == "path"}
        return ENDPOINTS[self.name].address(pieces, {})

    def _arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(given.keys() - known.keys()):
            raise ValueError(f"{self.name} has no parameter {', '.join(unknown)}")
        if missing := [name for name, parameter in known.items() if parameter.required and name not in given]:
            raise ValueError(f"{self.name} needs {', '.join(missing)}")
        return {known[name].argument: TypeAdapter(known[name].type).validate_python(given[name]) for name in given}

    def _body_arguments(self, body: Body) -> dict[str, Any]:
        if self._body_argument:
            return {self._body_argument: body}
        return {name: getattr(body, name) for name in body.model_fields_set}


def raw_answer(result: Any) -> dict[str, Any] | str | None:
    """
    Return LINE WORKS's JSON behind what an operation returned.

    A record, a listing and a page give the whole answer as it came; an outcome without a body gives its
    word, and None stays None.
    """
    if result is None:
        return None
    if isinstance(result, Enum):
        return str(result.value)
    raw: dict[str, Any] = result.raw
    return raw


def _operations() -> Iterator[Operation]:
    for group, kind in GROUPS.items():
        for method_name, method in inspect.getmembers(kind, inspect.isfunction):
            if noted := getattr(method, "endpoint", None):
                yield _operation(group, method_name, method, noted)


def _operation(group: str, method_name: str, method: Any, noted: Endpoint) -> Operation:
    arguments = list(inspect.signature(method).parameters.values())[1:]
    in_path = set(noted.path_names)
    reads = noted.method == "GET"
    parameters = tuple(
        Parameter(
            name=to_camel(argument.name),
            argument=argument.name,
            place="path" if to_camel(argument.name) in in_path else "query",
            type=argument.annotation,
            required=argument.default is argument.empty,
        )
        for argument in arguments
        # Only reads have a query; every other argument outside the path belongs to the body.
        if reads or to_camel(argument.name) in in_path
    )
    bodies = [argument.name for argument in arguments if argument.annotation is noted.body]
    return Operation(
        name=noted.operation,
        group=group,
        method_name=method_name,
        http_method=noted.method,
        path=noted.path,
        changes=noted.changes,
        scope=READ_SCOPE if reads else WRITE_SCOPE,
        parameters=parameters,
        body=noted.body,
        _body_argument=bodies[0] if bodies else None,
    )


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {operation.name: operation for operation in sorted(_operations(), key=lambda each: each.name)}
)
"""Every operation, by the vendor's operationId."""
