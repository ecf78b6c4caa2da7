"""
Secrets of a request: encrypted until the one call, and redacted everywhere else.

A secret is addressed by its place in the payload, such as ``administrator.password``. The stored payload has three
asterisks there.
"""

import json
from collections.abc import Mapping
from typing import Any

from portal.core.encryption import seal, unseal
from portal.operations.models import Operation

PURPOSE = "operation"
STRUCK = "***"


def seal_secrets(secrets: Mapping[str, str]) -> bytes | None:
    """Return secrets by their places in the form in which an operation keeps them; nothing when there are none."""
    return seal(json.dumps(dict(secrets)), purpose=PURPOSE) if secrets else None


def request_with_secrets(operation: Operation) -> dict[str, Any]:
    """
    Return what is to be sent, in clear. It goes into the call and nowhere else.

    Raises:
        CannotUnseal: SECRET_KEY has changed since the operation was proposed.
    """
    request: dict[str, Any] = operation.request
    if operation.encrypted_secrets is None:
        return request
    for place, secret in json.loads(unseal(operation.encrypted_secrets, purpose=PURPOSE)).items():
        request = put(request, place, secret)
    return request


def put(request: Mapping[str, Any], place: str, value: Any) -> dict[str, Any]:
    """Return a copy of a JSON object with another value at a place, whose names are parted by dots."""
    name, _dot, rest = place.partition(".")
    inner = request.get(name)
    return {**request, name: put(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
