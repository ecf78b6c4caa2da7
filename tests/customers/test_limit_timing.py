"""One form sets the maximum number of users today or later: the day decides by which change of LINE WORKS."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.operations.models import Operation
from tests.support.orders import day
from tests.support.portal import PAID_MONTHLY, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox


@pytest.fixture
def browser(people: People, sign_in: SignIn, read_in: ReadIn, sandbox: Sandbox) -> Client:
    read_in(PAID_MONTHLY)
    sandbox.reset_calls()
    return sign_in(people.account_manager)


def ask(browser: Client, name: str = "limit", **fields: Any) -> Any:
    return browser.post(reverse(f"customers:{name}", args=[PAID_MONTHLY]), fields)


def test_one_draft_becomes_either_change_by_its_day(browser: Client, sandbox: Sandbox) -> None:
    ask(browser, limited="yes", max_member_count="25", apply_date=str(day(0)))
    draft = Operation.objects.get()
    assert (draft.kind, draft.request) == ("patchUsageStatus.limit", {"maxMemberCount": 25})

    later = browser.post(draft.get_absolute_url(), {"max_member_count": "30", "apply_date": str(day(40))})

    draft.refresh_from_db()
    asked = {"maxMemberCount": 30, "applyDate": str(day(40))}
    assert (draft.kind, draft.request) == ("createUsageStatusRenewal", asked)
    assert "LINE WORKS schedules the maximum for it." in later.content.decode()
    browser.post(draft.get_absolute_url(), {"max_member_count": "30", "apply_date": str(day(0))})
    draft.refresh_from_db()
    assert (draft.kind, Operation.objects.count(), sandbox.calls()) == ("patchUsageStatus.limit", 1, {})


@pytest.mark.parametrize("name", ["limit", "limit_schedule"])
def test_no_limit_stays_no_limit_on_another_day(name: str, browser: Client, sandbox: Sandbox, read_in: ReadIn) -> None:
    do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, {"maxMemberCount": 90})
    read_in(PAID_MONTHLY)
    answer = ask(browser, name, limited="no", max_member_count="", apply_date=str(day(40)))
    assert answer.status_code == 302, answer.context["form"].errors
    draft = Operation.objects.get()
    assert [field.bound.name for field in browser.get(draft.get_absolute_url()).context["fields"]] == ["apply_date"]

    browser.post(draft.get_absolute_url(), {"apply_date": str(day(50))})

    draft.refresh_from_db()
    assert draft.request == {"maxMemberCount": None, "applyDate": str(day(50))}


def test_what_is_scheduled_blocks_a_later_day_and_is_said_there(
    browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    do_outside(sandbox, "createUsageStatusRenewal", PAID_MONTHLY, {"applyDate": str(day(9)), "maxMemberCount": 40})
    read_in(PAID_MONTHLY)
    sandbox.reset_calls()

    answer = ask(browser, limited="yes", max_member_count="25", apply_date=str(day(40)))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["apply_date"])
    assert (Operation.objects.count(), sandbox.calls()) == (0, {})
    assert ask(browser, limited="yes", max_member_count="25", apply_date=str(day(0))).status_code == 302
