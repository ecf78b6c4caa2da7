"""All addresses of the portal."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from portal.theme import set_theme

handler429 = "portal.access.views.too_many_requests"

handler400 = "portal.failures.unreadable"
handler403 = "portal.failures.forbidden"
handler404 = "portal.failures.not_there"
handler500 = "portal.failures.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers:list"), name="home"),
    path("customers/", include("customers.urls")),
    path("customers/", include("subscriptions.urls")),
    path("customers/", include("options.urls")),
    path("scheduled/", include("portal.desk.scheduled_urls")),
    path("operations/from-file/", include("portal.drafts.urls")),
    path("operations/", include("portal.operations.urls")),
    path("sync/changes/", include("portal.desk.urls")),
    path("sync/", include("portal.sync.urls")),
    path("account/", include("portal.access.urls")),
    path("settings/connection/", include("portal.access.connection_urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("theme/", set_theme, name="set_theme"),
]
