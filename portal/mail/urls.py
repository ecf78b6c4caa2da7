"""Address of the page on which people choose their e-mails."""

from django.urls import path

from portal.mail.views import own_mails

urlpatterns = [path("", own_mails, name="account_mails")]
