"""Accounts: the people who use Partnerdesk, their roles and their sign-in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
