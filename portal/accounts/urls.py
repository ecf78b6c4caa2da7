"""
Addresses of sign-in and password.

Of allauth's pages only these are offered: nobody signs up, and addresses are an administrator's business.
"""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("password/", views.password_change, name="account_change_password"),
]
