"""
The sandbox with a witness that counts the calls it answers 429: `python -m tests.bench.counting_sandbox`.

It tells them on standard error, a line for each with the operation, where a sandbox that is well writes nothing.
"""

import sys

from aiohttp import web

from portal.dev.sandbox.__main__ import main
from portal.dev.sandbox.call import Answer, Operation
from portal.dev.sandbox.errors import Refusal
from portal.dev.sandbox.errors import too_many_requests as refused_for_the_limit

TOO_MANY = refused_for_the_limit().status


class Witness:
    """Tells of each call that was one too many."""

    def accepted(self, operation: Operation, request: web.Request, raw_body: bytes, answer: Answer) -> None:
        """Say nothing."""

    def refused(self, operation: Operation, refusal: Refusal) -> None:
        """Tell of it, if it was for the limit."""
        if refusal.status == TOO_MANY:
            sys.stderr.write(f"{TOO_MANY} {operation.id}\n")
            sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(Witness()))
