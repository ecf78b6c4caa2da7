"""
Live lookups: a worker asks LINE WORKS, and the page polls for the answer.

A lookup changes nothing, so it may be repeated. The apps declare which there are. Answers are not part of the cache and
are deleted after a day.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from portal.accounts.models import User
from portal.core.clock import now
from portal.core.enqueue import enqueue
from portal.sync.models import Question
from portal.vendor.client import NoClearAnswer, NotSent, PartnerApi, Record, Refused
from portal.vendor.connection.api import NotConnected, partner_api
from portal.vendor.problems import told, trouble_of
from portal.vendor.ratelimit import NoCapacity, Priority

KEPT_FOR = timedelta(days=1)
# A person who types asks often; LINE WORKS is asked no more than this.
MOST_A_MINUTE = 10
AS_GOOD_AS_NEW = timedelta(minutes=1)
# A lookup without an answer by then was lost with its message; after the second time it is given up.
LOST_AFTER = timedelta(seconds=10)
GIVEN_UP_AFTER = timedelta(minutes=5)

# Asks LINE WORKS, with what was asked for by LINE WORKS's names.
Asker = Callable[[PartnerApi, Mapping[str, str]], Record]
_askers: dict[str, Asker] = {}


def declare(kind: str, asker: Asker) -> str:
    """Enter a kind of question, by LINE WORKS's operationId; return it back."""
    _askers[kind] = asker
    return kind


class TooMany(Exception):
    """The person asked for as much as is let through in a minute. Nothing was asked."""


def ask(kind: str, asked: Mapping[str, str], *, by: User) -> Question:
    """
    Have a worker ask LINE WORKS, before any sweep; the answer is put to the question.

    What the person asked within the last minute is not asked again.

    Raises:
        TooMany: the person asked too often.
    """
    Question.objects.filter(asked_at__lt=now() - KEPT_FOR).delete()
    lately = Question.objects.filter(by_id=by.pk, asked_at__gt=now() - AS_GOOD_AS_NEW)
    if same := lately.filter(kind=kind, asked=dict(asked), problem="").order_by("-pk").first():
        return same
    if lately.count() >= MOST_A_MINUTE:
        raise TooMany
    question = Question.objects.create(kind=kind, asked=dict(asked), by_id=by.pk, by_name=str(by))
    enqueue("sync.ask", question.pk)
    return question


def enqueue_lost() -> None:
    """Ask again what has no answer yet: a message may be lost. A question that is asked twice changes nothing."""
    asked = Question.objects.filter(
        answered_at=None, asked_at__gt=now() - GIVEN_UP_AFTER, asked_at__lt=now() - LOST_AFTER
    )
    for pk in asked.values_list("pk", flat=True):
        enqueue("sync.ask", pk, expires=LOST_AFTER.total_seconds())


def find_answer(question: Question) -> None:
    """Ask LINE WORKS now, and keep what it says; no transaction is open meanwhile."""
    answer: dict[str, Any] = {}
    try:
        answer["answer"] = _askers[question.kind](partner_api(Priority.PAGES), question.asked).raw
    except Refused as refusal:
        answer |= {"refusal": str(refusal), "trouble": trouble_of(told(refusal))}
    except (NotSent, NoClearAnswer, NotConnected, NoCapacity) as error:
        answer |= {"problem": str(error), "trouble": trouble_of(told(error))}
    Question.objects.filter(pk=question.pk, answered_at=None).update(answered_at=now(), **answer)
