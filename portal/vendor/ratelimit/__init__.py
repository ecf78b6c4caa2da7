"""
The call budget: every call to the vendor, of every process, takes its turn here.

The vendor counts per operation, for the domain in which the application is registered, and not per process
(vendor page ``rate-limits``). So the count lives in Redis, which all processes share.
"""

from portal.vendor.ratelimit._limiter import (
    CONCURRENCY,
    LONGEST_CALL_SECONDS,
    SWEEP_BURST,
    Budget,
    Lane,
    Turn,
    Use,
    sweep_seconds,
)
from portal.vendor.ratelimit._throttle import NoBudget, PacedGate

__all__ = [
    "CONCURRENCY",
    "LONGEST_CALL_SECONDS",
    "SWEEP_BURST",
    "Budget",
    "Lane",
    "NoBudget",
    "PacedGate",
    "Turn",
    "Use",
    "sweep_seconds",
]
