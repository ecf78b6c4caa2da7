"""A portal with a mail server; Django's own backend for tests keeps what is sent."""

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    settings.EMAIL_IS_CONFIGURED = True
    settings.PUBLIC_URL = "https://desk.example"


def named(outbox: list[EmailMessage]) -> list[tuple[str, str]]:
    """Return to whom each e-mail went and what its subject says."""
    return sorted((message.to[0], str(message.subject)) for message in outbox)
