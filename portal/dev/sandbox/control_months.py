"""The part of the control interface that plants causes and errors in months that were billed."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .errors import invalid
from .fields import read_body, whole_number
from .months import Month
from .planting import CAUSES, ERRORS, plant
from .runtime import Sandbox

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_MOST = 10_000


def _plant(sandbox: Sandbox, _request: web.Request, body: Any) -> Mapping[str, Any]:
    """Plant causes and errors in a month, and say which and where."""
    wanted = read_body(
        body,
        required={"month": _month},
        optional={"seed": whole_number, "causes": _numbers_of(CAUSES), "errors": _numbers_of(ERRORS)},
    )
    sandbox.today()
    with sandbox.state.transaction():
        return plant(
            sandbox.state,
            wanted["month"],
            wanted.get("seed", 1),
            wanted.get("causes", {}),
            wanted.get("errors", {}),
        )


MONTH_ROUTES = (("POST", "/months", 201, _plant),)


def _month(name: str, value: object) -> Month:
    found = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise invalid(name, "must be a month, YYYY-MM")
    return Month(int(found[1]), int(found[2]))


def _numbers_of(kinds: tuple[str, ...]) -> Any:
    def read(name: str, value: object) -> dict[str, int]:
        if not isinstance(value, dict) or not set(value) <= set(kinds):
            raise invalid(name, f"must be numbers of {', '.join(kinds)}")
        numbers = {kind: whole_number(f"{name}.{kind}", value[kind]) for kind in value}
        if not all(0 <= number <= _MOST for number in numbers.values()):
            raise invalid(name, f"must be from 0 to {_MOST}")
        return numbers

    return read
