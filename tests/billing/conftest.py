"""What the tests of invoices share: who looks at them, and which day it is."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.portal import People, SignIn


@pytest.fixture
def finance(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.finance)


@pytest.fixture
def day(settings: Settings, tmp_path: Path) -> Path:
    """The file that says which day it is."""
    file = tmp_path / "today"
    file.write_text("2026-11-20")
    settings.BUSINESS_DATE_FILE = str(file)
    return file
