"""Why a file of requests cannot be taken, in the words of its columns."""

from collections.abc import Mapping
from typing import Any

from portal.bulk.columns import REQUEST, request_column, wording
from portal.core.tables import file_errors
from portal.operations.commands import Command


def of_file(refusal: Mapping[str, Any], command: Command[Any] | None) -> str:
    """Return why a file was not taken, in the language of the moment."""
    return file_errors.of_file(refusal, {REQUEST: request_column().label, **(wording(command) if command else {})})
