"""The language of a person's e-mails: the one in which they last signed in, or to which they last changed."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language
from django.views.i18n import set_language

from portal.accounts.models import User
from portal.mail.models import MailLanguage


def language_of(person: User) -> str:
    """Return the language in which to write to a person."""
    found = MailLanguage.objects.filter(person=person).first()
    return found.language if found else settings.LANGUAGE_CODE


def note_language(*, user: User, **_sent: Any) -> None:
    """Keep the language of the page on which a person signs in; a receiver of Django's signal."""
    _keep(user, get_language())


def change_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language of the pages as Django does, and that of the e-mails of whoever is signed in."""
    answer = set_language(request)
    wanted = request.POST.get("language") if request.method == "POST" else None
    if isinstance(request.user, User) and wanted in dict(settings.LANGUAGES):
        _keep(request.user, wanted)
    return answer


def _keep(person: User, language: str | None) -> None:
    if language:
        MailLanguage.objects.update_or_create(person=person, defaults={"language": language})
