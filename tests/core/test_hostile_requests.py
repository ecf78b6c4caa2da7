"""
Whatever a request holds, no page fails: made-up requests to every address, by every role and by nobody.

`HOSTILE_SEED` chooses others. A short run belongs to every `make test`; `make chaos` sends 10,000.
"""

import logging
import os
import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from portal.accounts.models import User
from portal.bulk.models import Import
from portal.core.clock import now
from portal.operations.commands import COMMANDS
from portal.sync.models import DetectedChange, Question, Reading
from portal.wsgi import in_utf8
from tests.support import orders
from tests.support.hostile import Maker
from tests.support.portal import People
from tests.support.rows import one_customer

log = logging.getLogger(__name__)
LONG = bool(os.environ.get("LONG_TESTS"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))


@pytest.fixture
def known(people: People) -> dict[str, list[str]]:
    """A portal with something at every address; answers what leads there, by the gap in the address."""
    for person in vars(people).values():
        # Whoever is here has signed in with a password.
        person.password = "md5$made$up"
        person.save()
    customer = one_customer()
    mine, other = people.account_manager.pk, people.second_manager.pk
    states = ("proposed", "awaiting_approval", "queued", "stale", "canceled")
    stored = [orders.stored(state, domain_id=customer.pk, proposed_by_id=mine) for state in states]
    bundles = [
        orders.stored_bundle(state, domain_id=customer.pk, proposed_by_id=other) for state in ("proposed", "stopped")
    ]
    draft = Import.objects.create(kind="addPreOrder", file_name="a.csv", header=["Customer"], uploaded_by_id=1)
    question = Question.objects.create(kind="verifyDomain", asked={"domain": "a"}, by_id=1, by_name="x")
    reading = Reading.objects.create(domain_id=customer.pk, resource="usage_status", problem="500")
    DetectedChange.objects.create(
        domain_id=customer.pk, resource="customer", key="1", after={}, read_at=now(), cause=DetectedChange.Cause.FIRST
    )
    numbers = [f"{row.pk}" for row in (*stored, *bundles, draft, question, reading)]
    return {
        "domain_id": [f"{customer.pk}"],
        "pk": numbers,
        "pre_order_id": [f"{pre_order.pre_order_id}" for pre_order in customer.pre_orders.all()],
        "subscription_id": ["501"],
        "option_product_id": ["SSTG2", "CST_S"],
        "type": ["CANCEL", "MODIFY"],
        "resource": ["customer", "subscriptions"],
        "kind": sorted(command.kind for command in COMMANDS),
        "form": ["csv", "xlsx"],
    }


class Browser(Client):
    """A browser whose requests come by all that they come by on the way from the web server."""

    def request(self, **request: Any) -> Any:
        return super().request(**in_utf8(request))


def undone(browser: Client, request: dict[str, Any]) -> Any:
    """Send a request and take back what came of it, so that the next one finds what it leads to."""
    with transaction.atomic():
        answer = browser.generic(**request)
        transaction.set_rollback(True)
    return answer


def failures(
    count: int, seed: int, known: dict[str, list[str]], who: Sequence[User | None]
) -> tuple[list[str], Counter[int]]:
    """Send requests, each undone afterwards; answers what failed, in words, and how many answers each status had."""
    maker, found, answered = Maker(seed, known), [], Counter[int]()
    raised: list[str] = []

    def note(**_signal: object) -> None:
        raised.append(traceback.format_exc(limit=-4))

    got_request_exception.connect(note)
    browsers: dict[int | None, Browser] = {}
    for person in who:
        browsers[person.pk if person else None] = browser = Browser(raise_request_exception=False)
        if person:
            browser.force_login(person)
    try:
        while answered.total() < count:
            person = maker.who(who)
            browser = browsers[person.pk if person else None]
            request = maker.request()
            # Without a token nothing gets further, and what is looked at on the way there is to be parsed too.
            browser.handler.enforce_csrf_checks = maker.often(0.2)
            cookies = maker.cookies()
            if cookies:
                own = [f"{name}={morsel.value}" for name, morsel in browser.cookies.items()]
                request["HTTP_COOKIE"] = "; ".join([*own, cookies])
            raised.clear()
            answer = undone(browser, request)
            answered[answer.status_code] += 1
            if answer.status_code == 405 and maker.often(0.9):
                # Behind this door is a page as well; what it does with the rest is what counts.
                request["method"] = "POST" if "POST" in answer["Allow"] else "GET"
                answer = undone(browser, request)
                answered[answer.status_code] += 1
            if answer.status_code >= 500:
                found.append(f"as {person}: {request} → {answer.status_code}\n{''.join(raised)[-1500:]}")
            if person and "sessionid" in answer.cookies:
                browser.force_login(person)
    finally:
        got_request_exception.disconnect(note)
    return found, answered


def test_no_request_makes_a_page_fail(known: dict[str, list[str]], people: People) -> None:
    orderers = [people.administrator, people.account_manager]
    everybody = [*orderers, *orderers, people.support, people.finance, None]
    found, answered = failures(10_000 if LONG else 300, SEED, known, everybody)
    # `--log-cli-level=INFO -o log_cli=true` shows it.
    log.info("%s answers by status: %s", answered.total(), dict(sorted(answered.items())))
    assert not found, f"{len(found)} failed:\n" + "\n".join(found[:20])
    # It would prove nothing if hardly a request reached a page.
    assert answered[200] > sum(answered.values()) / 20
