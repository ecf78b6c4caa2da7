"""
How fast the sandbox is: calls a second for `GET …/subscriptions` on one core, and the seed of 100,000 customers.

The sandbox is held to one core and its callers to the others. They only write and read bytes, over a few kept
connections, so that what is measured is the sandbox.
"""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from urllib.parse import urlsplit

from tests.bench.figures import Figure
from tests.bench.processes import most_memory, processor_seconds
from tests.support.sandbox import Sandbox

CUSTOMERS = 2_000
FIRST_ID = 300_000_001  # the seed numbers its customers from here
CALLERS = 4
CALLS = 4_000
WARM_UP = 400
FEWEST_A_SECOND = 500

SEEDED = 100_000
LONGEST_SEED = 60.0
LARGEST_SEED = 1.5 * 1024**3


def measure() -> list[Figure]:
    """Measure it."""
    return [_calls_a_second(), _seed()]


def _calls_a_second() -> Figure:
    with Sandbox.start(customers=CUSTOMERS, checked=False) as sandbox:
        ids = [FIRST_ID + number for number in range(CUSTOMERS)]
        everywhere = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(sandbox.pid, everywhere[:1])
        try:
            os.sched_setaffinity(0, everywhere[1:] or everywhere)
            _call(sandbox, ids[:WARM_UP])
            began, used = time.perf_counter(), processor_seconds(sandbox.pid)
            each = [list(islice(cycle(ids), caller, caller + CALLS // CALLERS)) for caller in range(CALLERS)]
            with ThreadPoolExecutor(CALLERS) as callers:
                list(callers.map(lambda some: _call(sandbox, some), each))
            seconds, used = time.perf_counter() - began, processor_seconds(sandbox.pid) - used
        finally:
            os.sched_setaffinity(0, everywhere)
    rate = CALLS / seconds
    return Figure(
        f"Sandbox on one core, GET …/subscriptions, {CUSTOMERS:,} customers",
        f"≥ {FEWEST_A_SECOND} calls/s",
        f"{rate:,.0f} calls/s ({used / CALLS * 1000:.2f} ms of processor time a call)",
        rate >= FEWEST_A_SECOND,
    )


def _call(sandbox: Sandbox, domain_ids: list[int]) -> None:
    """
    Ask for the subscriptions of customers, one after the other over one connection.

    Raises:
        RuntimeError: an answer is not 200.
    """
    address = urlsplit(sandbox.api_url)
    headers = f"Host: {address.netloc}\r\nAuthorization: Bearer {sandbox.get_token()}\r\n\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as line:
        answers = line.makefile("rb")
        for domain_id in domain_ids:
            path = f"{address.path}/partners/customers/{domain_id}/subscriptions"
            line.sendall(f"GET {path} HTTP/1.1\r\n{headers}".encode())
            status = answers.readline()
            if status.split()[1] != b"200":
                raise RuntimeError(f"{path} answered {status.decode().strip()}")
            length = 0
            while (header := answers.readline().strip()) != b"":
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answers.read(length)


def _seed() -> Figure:
    began = time.perf_counter()
    with Sandbox.start(customers=SEEDED, checked=False) as sandbox:
        seconds = time.perf_counter() - began
        size = most_memory(sandbox.pid)
    return Figure(
        f"Sandbox, seed of {SEEDED:,} customers",
        f"≤ {LONGEST_SEED:.0f} s and ≤ {LARGEST_SEED / 1024**3:.1f} GiB",
        f"{seconds:.1f} s, {size / 1024**2:,.0f} MiB at most",
        seconds <= LONGEST_SEED and size <= LARGEST_SEED,
    )
