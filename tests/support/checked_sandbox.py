"""
The sandbox with a witness that holds it to the contract: `python -m tests.support.checked_sandbox`.

Every answer is checked before a fault may spoil it, and every request that an operation accepted. What the contract
does not allow is answered 500 and written to standard error with the operation and the reason; nothing of it is kept.
"""

import json
import sys
from typing import Any

from aiohttp import web

from portal.dev.sandbox.__main__ import main
from portal.dev.sandbox.call import Answer, Operation
from portal.dev.sandbox.errors import Refusal
from tests.support import contract
from tests.support.refilling import RefilledSandbox


class Witness:
    """Compares what the sandbox takes and gives with tests/contract/openapi.yaml."""

    def accepted(self, operation: Operation, request: web.Request, raw_body: bytes, answer: Answer) -> None:
        """
        Check a call that succeeded.

        Raises:
            ContractError: the request or the answer is not what the contract says.
        """
        contract.check_request(
            contract.Asked(
                operation.id,
                contract.in_the_words_of_the_contract(request.match_info),
                tuple(request.query.items()),
                raw_body,
                request.content_type,
            )
        )
        contract.check_answer(operation.id, answer.status, _written(answer.body))

    def refused(self, operation: Operation, refusal: Refusal) -> None:
        """
        Check a call that was refused.

        Raises:
            ContractError: the refusal is not in the form of the page `error-codes`.
        """
        contract.check_answer(operation.id, refusal.status, _written(refusal.body()))


def _written(body: dict[str, Any] | dict[str, object] | None) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main(Witness(), RefilledSandbox))
