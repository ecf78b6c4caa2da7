"""Addresses of billing."""

from django.urls import path

from billing.views.checks import check_cause, check_detail, check_home, check_run, check_sign_off, check_usage
from billing.views.details import customer_detail, customer_invoices
from billing.views.handover import journal_accounts, journal_file, package
from billing.views.home import billing_home
from billing.views.invoices import invoice_detail, invoice_list
from billing.views.margins import margin_list
from billing.views.prices import price_list, price_list_add, price_list_save, price_list_upload
from billing.views.statements import statement
from billing.views.usage import customer_usage

app_name = "billing"
urlpatterns = [
    path("", billing_home, name="home"),
    path("invoices/", invoice_list, name="invoices"),
    path("margins/", margin_list, name="margins"),
    path("prices/", price_list, name="prices"),
    path("prices/add/", price_list_add, name="prices_add"),
    path("prices/upload/", price_list_upload, name="prices_upload"),
    path("prices/<int:pk>/save/", price_list_save, name="prices_save"),
    path("invoices/<slug:month>/", invoice_detail, name="invoice"),
    path("invoices/<slug:month>/<int:domain_id>/", customer_detail, name="detail"),
    path("invoices/<slug:month>/<int:domain_id>/statement/", statement, name="statement"),
    path("invoices/<slug:month>/package/", package, name="package"),
    path("invoices/<slug:month>/journal/", journal_file, name="journal_file"),
    path("journal/", journal_accounts, name="journal"),
    path("customers/<int:domain_id>/", customer_invoices, name="customer"),
    path("usage/<int:domain_id>/<slug:month>/", customer_usage, name="customer_usage"),
    path("check/", check_home, name="checks"),
    path("check/<slug:month>/", check_detail, name="check"),
    path("check/<slug:month>/run/", check_run, name="check_run"),
    path("check/<slug:month>/usage/", check_usage, name="check_usage"),
    path("check/<slug:month>/differences/<int:pk>/", check_cause, name="check_cause"),
    path("check/<slug:month>/sign-off/", check_sign_off, name="check_sign_off"),
]
