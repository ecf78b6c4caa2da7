"""Partnerdesk's own settings for a web server of a test, without collected files."""

from portal.settings import *  # noqa: F403  a server of a test differs from Partnerdesk in this name alone
from portal.settings import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
