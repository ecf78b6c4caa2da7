"""All addresses of Partnerdesk."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from portal.ui.theme import set_theme

handler429 = "portal.vendor.connection.views.too_many_requests"

handler400 = "portal.core.error_pages.unreadable"
handler403 = "portal.core.error_pages.forbidden"
handler404 = "portal.core.error_pages.not_there"
handler500 = "portal.core.error_pages.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers:list"), name="home"),
    path("customers/", include("customers.urls")),
    path("customers/", include("subscriptions.urls")),
    path("customers/", include("options.urls")),
    path("scheduled/", include("portal.desk.upcoming_urls")),
    path("operations/from-file/", include("portal.bulk.urls")),
    path("operations/", include("portal.operations.urls")),
    path("sync/changes/", include("portal.desk.urls")),
    path("sync/", include("portal.sync.urls")),
    path("account/", include("portal.accounts.urls")),
    path("settings/connection/", include("portal.vendor.connection.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("theme/", set_theme, name="set_theme"),
]
