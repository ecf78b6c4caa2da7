"""What a person may have refreshed: each customer once at a time, and not so many that others wait."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from portal.celery import app
from portal.core.clock import now
from portal.sync import refresh
from portal.sync.models import Reading
from portal.sync.refresh import MOST_WAITING, Refresh
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, People, ReadIn, SignIn

Sent = list[tuple[Any, ...]]
FIRST = 10_000_001
BEYOND = FIRST + MOST_WAITING


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Sent:
    """What workers were asked to do."""
    sent: Sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args=(), **_options: sent.append((name, *args)))
    return sent


def tried(domain_id: int) -> None:
    """Have a worker be done with a customer."""
    Reading.objects.filter(domain_id=domain_id).update(tried_at=now(), read_at=now())


def test_a_customer_that_is_being_refreshed_is_not_enqueued_again(sent: Sent, people: People) -> None:
    assert refresh.refresh(FIRST, by=people.support) == Refresh.NOW
    asked = list(Reading.objects.values_list("wanted_at", flat=True))

    for person in (people.support, people.finance):
        assert refresh.refresh(FIRST, by=person) == Refresh.UNDER_WAY
    assert sent == [("sync.read_wanted", FIRST)]
    assert list(Reading.objects.values_list("wanted_at", flat=True)) == asked

    tried(FIRST)
    assert refresh.refresh(FIRST, by=people.support) == Refresh.NOW
    assert len(sent) == 2


def test_one_that_got_lost_can_be_asked_for_again(sent: Sent, people: People) -> None:
    refresh.refresh(FIRST, by=people.support)
    Reading.objects.update(wanted_at=now() - refresh.ASKED_LATELY - timedelta(seconds=1))
    assert refresh.refresh(FIRST, by=people.support) == Refresh.NOW
    assert len(sent) == 2


def test_beyond_a_few_a_persons_refreshes_are_left_to_the_sweep(sent: Sent, people: People) -> None:
    for domain_id in range(FIRST, BEYOND):
        assert refresh.refresh(domain_id, by=people.support) == Refresh.NOW
    sent.clear()

    assert refresh.refresh(BEYOND, by=people.support) == Refresh.LATER
    assert refresh.refresh_opened(BEYOND + 1, by=people.support)
    assert sent == []
    assert Reading.objects.filter(domain_id=BEYOND).wanted().exists()
    assert Reading.objects.filter(domain_id=BEYOND + 1).wanted().exists()

    assert refresh.refresh(BEYOND, by=people.finance) == Refresh.NOW
    tried(FIRST)
    assert refresh.refresh(BEYOND + 2, by=people.support) == Refresh.NOW


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_what_comes_of_a_refresh(
    language: str, sent: Sent, people: People, sign_in: SignIn, read_in: ReadIn
) -> None:
    read_in(PAID_ADVANCED)
    read_in(PAID_MONTHLY)
    browser = sign_in(people.support)

    told = [press(browser, PAID_ADVANCED, language) for _again in range(2)]
    for domain_id in range(FIRST, BEYOND):
        refresh.refresh(domain_id, by=people.support)
    told.append(press(browser, PAID_MONTHLY, language))

    assert [level for level, _words in told] == ["success", "success", "warning"]
    words = {
        "en": ["Refreshing from LINE WORKS", "in the background"],
        "ja": ["LINE WORKSから更新しています", "バックグラウンドで更新"],
    }
    assert all(part in said for part, (_level, said) in zip(words[language], told[1:], strict=True))


def press(browser: Client, domain_id: int, language: str) -> tuple[str, str]:
    """Press Refresh on a customer's page; return the level and the words of what is told."""
    address = reverse("customers:read_again", args=[domain_id])
    answer = browser.post(address, headers={"accept-language": language})
    [*_earlier, latest] = get_messages(answer.wsgi_request)
    return latest.level_tag, str(latest)
