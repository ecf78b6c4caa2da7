"""Addresses of bulk requests."""

from django.urls import path, register_converter

from portal.bulk import views
from portal.core.exports import FORMATS

app_name = "bulk"


class FormatConverter:
    """One of the forms of a file."""

    regex = "|".join(FORMATS)

    def to_python(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value


register_converter(FormatConverter, "file_format")

urlpatterns = [
    path("", views.draft_list, name="list"),
    path("mixed/", views.upload_mixed, name="upload_mixed"),
    path("kinds/<str:kind>/", views.upload, name="upload"),
    path("kinds/<str:kind>/template.<file_format:form>", views.template, name="template"),
    path("<int:pk>/", views.draft_detail, name="detail"),
    path("<int:pk>/run/", views.draft_run, name="run"),
    path("<int:pk>/decide/", views.draft_decide, name="decide"),
    path("<int:pk>/go-on/", views.draft_go_on, name="go_on"),
    path("<int:pk>/stop/", views.draft_stop, name="stop"),
    path("<int:pk>/check/", views.draft_check, name="check"),
    path("<int:pk>/discard/", views.draft_discard, name="discard"),
    path("<int:pk>/rows/<int:number>/correct/", views.row_correct, name="correct"),
    path("<int:pk>/rows/<int:number>/include/", views.row_include, name="include"),
    path("<int:pk>/results.<file_format:form>", views.results, name="results"),
]
