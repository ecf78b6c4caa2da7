"""
Rate limiter: every call to LINE WORKS, of every process, takes its turn here.

LINE WORKS counts by operation, for the domain in which the application is registered (vendor page ``rate-limits``). So
the count is in Redis, which all processes share.
"""

from portal.vendor.ratelimit._limiter import (
    CONCURRENCY,
    LONGEST_CALL_SECONDS,
    SWEEP_BURST,
    Lease,
    Priority,
    RateLimiter,
    Use,
    sweep_seconds,
)
from portal.vendor.ratelimit._throttle import NoCapacity, Throttle

__all__ = [
    "CONCURRENCY",
    "LONGEST_CALL_SECONDS",
    "SWEEP_BURST",
    "Lease",
    "NoCapacity",
    "Priority",
    "RateLimiter",
    "Throttle",
    "Use",
    "sweep_seconds",
]
