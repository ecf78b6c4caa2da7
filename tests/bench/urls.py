"""Partnerdesk's addresses, and below one of its own the admin."""

from django.urls import include, path

from tests.bench.plain_admin import site

urlpatterns = [
    path("plain-admin/", site.urls),
    path("", include("portal.urls")),
]
