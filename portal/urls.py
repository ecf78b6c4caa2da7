"""All addresses of Partnerdesk."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from portal.desk.home_views import home_page
from portal.desk.search_views import search
from portal.mail.language import change_language
from portal.ui.theme import set_theme

handler429 = "portal.vendor.connection.views.too_many_requests"

handler400 = "portal.core.error_pages.unreadable"
handler403 = "portal.core.error_pages.forbidden"
handler404 = "portal.core.error_pages.not_there"
handler500 = "portal.core.error_pages.failed"

urlpatterns = [
    path("", home_page, name="home"),
    path("search/", search, name="search"),
    path("customers/", include("customers.urls")),
    path("", include("subscriptions.urls")),
    path("", include("options.urls")),
    path("billing/differences/", include("billing.check_urls")),
    path("billing/", include("billing.urls")),
    path("billing/usage/", include("billing.usage_urls")),
    path("upcoming/", include("portal.desk.upcoming_urls")),
    path("renewals/", include("portal.desk.renewal_urls")),
    path("requests/bulk/selection/", include("portal.desk.selection_urls")),
    path("requests/bulk/", include("portal.bulk.urls")),
    path("requests/", include("portal.operations.urls")),
    path("sync/changes/", include("portal.desk.urls")),
    path("sync/", include("portal.sync.urls")),
    path("account/e-mails/", include("portal.mail.urls")),
    path("account/", include("portal.accounts.urls")),
    path("settings/connection/", include("portal.vendor.connection.urls")),
    path("language/", login_not_required(change_language), name="set_language"),
    path("theme/", set_theme, name="set_theme"),
]
