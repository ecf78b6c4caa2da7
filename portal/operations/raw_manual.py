"""What LINE WORKS's operations are and take, in words, for whoever calls one by hand."""

from collections.abc import Iterator

from portal.operations import raw_parameters
from portal.vendor.client import GROUPS, OPERATIONS, Operation


def all_lines() -> Iterator[str]:
    """Return a line for each operation."""
    for operation in OPERATIONS.values():
        yield f"{operation.name:<28} {'write' if operation.changes else 'read':<6} {purpose(operation)}"


def purpose(operation: Operation) -> str:
    """Return what an operation does: the first line of what the client says of it."""
    method = getattr(GROUPS[operation.group], operation.method_name)
    return (method.__doc__ or "").strip().partition("\n")[0]


def description(operation: Operation) -> Iterator[str]:
    """Return what an operation does and takes, a line for each parameter and each member of the body."""
    kind = "changes something" if operation.changes else "only reads"
    yield f"{operation.name}: {purpose(operation)}"
    yield f"{operation.http_method} {operation.path}; {kind}; scope {operation.scope}"
    for parameter in operation.parameters:
        yield _row(
            parameter.name, "needed" if parameter.required else "optional", raw_parameters.in_words(parameter.type)
        )
    for member in raw_parameters.members(operation.body):
        how = f"; give --secret {member.name}" if member.is_secret else ", or null" if member.nullable else ""
        yield _row(member.name, _need(member), f"{raw_parameters.in_words(member.type)}{how}")


def _need(member: raw_parameters.Member) -> str:
    around, dot, _name = member.name.rpartition(".")
    if not member.required:
        return "optional"
    return f"needed with {around}" if dot else "needed"


def _row(name: str, need: str, value: str) -> str:
    return f"  {name:<28} {need}: {value}"
