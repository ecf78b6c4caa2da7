"""Somebody who is signed in."""

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import Client

from portal.accounts.models import User
from portal.accounts.roles import Role

EMAIL = "sato@partner.example"
# The apps that the plain admin lists
PLAIN = ("customers", "subscriptions", "options")


def manager() -> User:
    """Return the account manager of the measurements, who may do in the plain admin what people may there."""
    person, new = User.objects.get_or_create(email=EMAIL, defaults={"name": "佐藤 美咲"})
    if new:
        plain, _new = Group.objects.get_or_create(name="plain admin")
        plain.permissions.set(Permission.objects.filter(content_type__app_label__in=PLAIN))
        person.groups.set([Group.objects.get(name=Role.ACCOUNT_MANAGER), plain])
    return person


def browser() -> Client:
    """Return a client inside this process in which the manager is signed in."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(manager())
    return client


def finance_browser() -> Client:
    """Return a client inside this process in which somebody of finance is signed in."""
    person, _new = User.objects.get_or_create(email="finance@partner.example", defaults={"name": "田中 亮"})
    person.groups.set([Group.objects.get(name=Role.FINANCE)])
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    return client


def session_cookie() -> dict[str, str]:
    """Return the cookie of a session of the manager's, for a client outside; the server's processes know it too."""
    return {settings.SESSION_COOKIE_NAME: browser().cookies[settings.SESSION_COOKIE_NAME].value}
