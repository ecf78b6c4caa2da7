"""Partnerdesk's own settings, for a stage: files are collected elsewhere, so that no running portal loses its own."""

from pathlib import Path

from portal.env import text
from portal.settings import *  # noqa: F403  a stage differs from Partnerdesk in these two names alone
from portal.settings import STORAGES

STATIC_ROOT = Path(text("STAGE_STATIC_ROOT"))
# Names as in Partnerdesk, but nothing is compressed: that takes seconds, and no browser nearby gains by it.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
