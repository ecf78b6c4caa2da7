"""Logging: structlog over the standard library, one line an event, no secrets."""

from typing import Any

import structlog

# These print tokens and client secrets at DEBUG, so they never go below INFO, whatever the root level is.
_TALKATIVE = ("requests_oauthlib", "oauthlib", "urllib3")


def configuration(*, debug: bool) -> dict[str, Any]:
    """Return Django's LOGGING and set structlog up to speak through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processor": structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"level": "INFO", "propagate": True},
            "portal": {"level": "DEBUG" if debug else "INFO"},
            **{name: {"level": "INFO"} for name in _TALKATIVE},
        },
    }
