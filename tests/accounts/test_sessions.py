"""Expired sessions do not pile up."""

from datetime import timedelta

from celery.schedules import crontab
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts.tasks import clear_sessions
from tests.support.portal import People, SignIn


def test_expired_sessions_are_deleted_and_others_stay(people: People, sign_in: SignIn) -> None:
    gone, kept = sign_in(people.support), sign_in(people.finance)
    Session.objects.filter(pk=gone.cookies[settings.SESSION_COOKIE_NAME].value).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    clear_sessions()
    assert [row.pk for row in Session.objects.all()] == [kept.cookies[settings.SESSION_COOKIE_NAME].value]


def test_beat_asks_for_it_every_day() -> None:
    [entry] = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == clear_sessions.name]
    assert entry["schedule"] == crontab(hour=3, minute=10)
