"""Addresses of the list of renewals and of what people record about them."""

from django.urls import path

from portal.desk import renewal_views
from portal.desk.renewal_list import LISTING
from portal.lists.pages import list_paths

app_name = "renewals"
urlpatterns = [
    *list_paths(LISTING),
    path("calendar/", renewal_views.calendar, name="calendar"),
    path("calendar/<str:token>.ics", renewal_views.feed, name="feed"),
    path("record/", renewal_views.renewal_record, name="record"),
    path("row/", renewal_views.renewal_row, name="row"),
    path("<int:domain_id>/<int:subscription_id>/", renewal_views.renewal_act, name="act"),
]
