"""Partnerdesk's settings with Django's own admin beside it, which the customers' list is measured against."""

from portal import settings as shipped
from portal.settings import *  # noqa: F403  all that is not named below stays as it is shipped

INSTALLED_APPS = [*shipped.INSTALLED_APPS, "django.contrib.admin"]
ROOT_URLCONF = "tests.bench.urls"

# Hashed names, as shipped, for both; compressing the admin's files would take a minute and count for nothing.
STATIC_ROOT = shipped.BASE_DIR / ".local" / "test" / "bench" / "static"
STORAGES = shipped.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}
