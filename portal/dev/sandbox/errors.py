"""
The vendor's way of saying no.

Statuses and codes are those of the vendor page `error-codes`; two families are templates there
({RESOURCE}_NOT_EXIST, INVALID_{RESOURCE}). Which code answers which broken rule is documented nowhere, so
each choice here is ours.
"""

from collections.abc import Mapping

RULE_HEADER = "X-Sandbox-Rule"


class Refusal(Exception):
    """
    An answer other than success, as status, code and a sentence for people.

    `rule` is the id of the rule that the request breaks; demonstrations and tests find it in a header of the answer,
    which the vendor doesn't send.
    """

    def __init__(
        self,
        status: int,
        code: str,
        description: str,
        headers: Mapping[str, str] | None = None,
        *,
        rule: str | None = None,
    ) -> None:
        # It may quote the request, and JSON can write half of a surrogate pair, which UTF-8 cannot hold.
        description = description.encode(errors="backslashreplace").decode()
        super().__init__(f"{status} {code}: {description}")
        self.status = status
        self.code = code
        self.description = description
        self.rule = rule
        self.headers = dict(headers or {})
        if rule:
            self.headers[RULE_HEADER] = rule

    def body(self) -> dict[str, object]:
        """Give the JSON body of the answer."""
        return {"code": self.code, "description": self.description}


def bad_request(description: str) -> Refusal:
    """The request as a whole can't be read."""
    return Refusal(400, "BAD_REQUEST", description)


def invalid(name: str, why: str) -> Refusal:
    """A parameter has the wrong type, form or content."""
    return Refusal(400, "INVALID_PARAMETER", f"{name}: {why}")


def missing(name: str) -> Refusal:
    """A required parameter is absent."""
    return Refusal(400, "MISSING_PARAMETER", f"{name} is required")


def out_of_range(name: str, why: str) -> Refusal:
    """A parameter lies outside what is allowed."""
    return Refusal(400, "OUT_OF_RANGE", f"{name}: {why}")


def limit_exceeded(name: str, why: str) -> Refusal:
    """A parameter is above its documented maximum."""
    return Refusal(400, "LIMIT_EXCEEDED", f"{name}: {why}")


def not_exist(resource: str, key: object) -> Refusal:
    """The named resource doesn't exist, or belongs to somebody else."""
    return Refusal(404, f"{resource}_NOT_EXIST", f"no such {resource.lower().replace('_', ' ')}: {key}")


def not_found() -> Refusal:
    """No operation has this address."""
    return Refusal(404, "NOT_FOUND", "no such resource")


def unauthorized(description: str, *, error: str | None) -> Refusal:
    """The access token is missing (`error` None) or of no use; the header follows RFC 6750, section 3."""
    challenge = 'Bearer realm="partner"'
    if error:
        challenge += f', error="{error}", error_description="{description}"'
    return Refusal(401, "UNAUTHORIZED", description, {"WWW-Authenticate": challenge})


def insufficient_scope(needed: str) -> Refusal:
    """The token is good, yet its scope doesn't cover the operation."""
    challenge = f'Bearer realm="partner", error="insufficient_scope", scope="{needed}"'
    return Refusal(403, "FORBIDDEN", f"scope {needed} is needed", {"WWW-Authenticate": challenge})


def too_many_requests() -> Refusal:
    """The calls of this operation are used up for the present window."""
    return Refusal(429, "TOO_MANY_REQUESTS", "API rate limit exceeded")
