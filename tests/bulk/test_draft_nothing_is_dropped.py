"""Whatever a cell or a field holds is in the request, or a problem names it: nothing that was given is lost."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from portal.bulk import judging
from portal.bulk.columns import CUSTOMER, flat, kinds
from portal.core.clock import business_today
from portal.operations.command_forms import CommandForm, CommandTarget, DayField, Situation
from portal.operations.commands import Command
from portal.operations.models import Operation
from portal.operations.snapshots import Snapshot, from_cache
from tests.bulk.files import table, upload
from tests.support.examples import LONG
from tests.support.portal import (
    PAID_ADVANCED,
    PAID_MONTHLY,
    PAID_PREPAID,
    TRIAL_OF_A_GROUP,
    WITHOUT_CONTRACT,
    People,
    ReadIn,
    SignIn,
)
from tests.support.sandbox import Sandbox

CUSTOMERS = (PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, PAID_PREPAID, WITHOUT_CONTRACT)
COMMANDS = list(kinds())
# So many combinations of choices of one subject tell enough.
MOST = 40 if LONG else 12


@pytest.fixture
def browser(people: People, sign_in: SignIn, sandbox: Sandbox) -> Client:
    return sign_in(people.account_manager)


def values_of(field: forms.Field) -> list[str]:
    """Return what somebody could give in a cell of a field."""
    match field:
        case forms.ChoiceField():
            return [code for code, _words in flat(field.choices)][:4]
        case DayField():
            return [(field.first or date(2026, 2, 1)).isoformat()]
        case forms.BooleanField():
            return ["yes", "no"]
        case forms.IntegerField():
            return ["7"]
        case _:
            return ["x"]


def cells_of(form: CommandForm) -> Iterator[dict[str, str]]:
    """Return rows in which every field is filled in, with each combination of what can be chosen."""
    names = list(form.base_fields)
    # A field that the form has taken away is filled in too: its column is there.
    columns = [values_of(form.fields.get(name, form.base_fields[name])) or ["x"] for name in names]
    for number, values in enumerate(product(*columns)):
        if number == MOST:
            return
        yield dict(zip(names, values, strict=True))


def lost(
    command: Command[Any], state: Snapshot, target: CommandTarget, domain_id: int, cells: Mapping[str, str]
) -> list[str]:
    """Return the fields that are neither in the request nor named by a problem."""
    judged = judging.Judged()
    given = {CUSTOMER: str(domain_id), **cells}
    judging._ask(command, state, target, given, judged, business_today())
    told = {kept["at"] or kept.get("finding", {}).get("at", "") for kept in judged.problems}
    if judged.request is None:
        # Problems of the form come before the rules; those are told of another row.
        return [] if told else list(cells)
    form = command.form(situation=Situation(state, target, business_today(), domain_id))
    asked = flat_names(judged.request.model_dump(exclude_unset=True))
    return [
        name
        for name, text in cells.items()
        if name not in asked
        and name not in told
        and not is_so_already(form, name, text)
        and not is_choice_of(form, name)
    ]


def flat_names(request: Mapping[str, Any]) -> set[str]:
    inner = (flat_names(value) for value in request.values() if isinstance(value, dict))
    return set(request).union(*inner)


def is_so_already(form: CommandForm, name: str, text: str) -> bool:
    """Return whether a value is the present one, so that nothing is lost."""
    present = form.initial.get(name)
    return text == (("no", "yes")[present] if isinstance(present, bool) else str(present))


def is_choice_of(form: CommandForm, name: str) -> bool:
    """Return whether a field only says whether another one is meant."""
    return name in {other for other, _values in form.needs.values()} and name == "limited"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.kind)
def test_every_cell_is_in_the_request_or_named_by_a_problem(
    command: Command[Any], browser: Client, read_in: ReadIn
) -> None:
    for pk in CUSTOMERS:
        read_in(pk)
        found = from_cache(pk, command.resources)
        assert found is not None
        state = found[0]
        for target in command.targets(state):
            form = command.form(situation=Situation(state, target, business_today(), pk))
            for cells in cells_of(form):
                if command.kind == "deleteCustomer":
                    continue  # what is typed there confirms, and is no wish
                assert lost(command, state, target, pk, cells) == [], (pk, target.ids, cells)


@pytest.mark.parametrize(
    ("kind", "customer", "header", "line", "at"),
    [
        ("updateRenewal", PAID_ADVANCED, ("type", "license_count"), ("STAY", 31), {"license_count"}),
        (
            "updateRenewal",
            PAID_ADVANCED,
            ("type", "product_id", "plan"),
            ("CANCEL", "ADV", "ANNUAL_LICENSE"),
            {"product_id", "plan"},
        ),
        ("patchUsageStatus.limit", PAID_MONTHLY, ("limited", "max_member_count"), ("no", 200), {"max_member_count"}),
        ("addSubscription", WITHOUT_CONTRACT, ("product_id", "plan"), ("STD_T", "MONTHLY"), {"plan"}),
        (
            "addSubscription",
            WITHOUT_CONTRACT,
            ("product_id", "plan", "license_count"),
            ("STD_T", "", 5),
            {"license_count"},
        ),
    ],
)
def test_a_contradiction_is_refused_at_its_column(
    kind: str,
    customer: int,
    header: tuple[str, ...],
    line: tuple[object, ...],
    at: set[str],
    browser: Client,
    read_in: ReadIn,
    sandbox: Sandbox,
) -> None:
    read_in(customer)
    sandbox.reset_calls()
    [row] = upload(browser, table([customer, *line], header=("customer", *header)), kind=kind).rows.all()
    assert row.state == "wrong"
    assert {kept["at"] for kept in row.problems} == at, row.problems
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


def _renewal(browser: Client) -> str:
    from subscriptions.models import Subscription

    number = Subscription.objects.get(customer_id=PAID_ADVANCED).subscription_id
    return reverse("subscriptions:renewal", args=[PAID_ADVANCED, number])


def test_a_page_without_its_script_sends_what_it_began_with_and_that_is_no_wish(
    browser: Client, read_in: ReadIn
) -> None:
    read_in(PAID_ADVANCED)
    url = _renewal(browser)
    form = browser.get(url).context["form"]
    answer = browser.post(url, {**form.initial, "type": "CANCEL"})
    assert answer.status_code == 302, answer.content.decode()
    assert {name for name in Operation.objects.get().request if name != "subscriptionId"} == {"type"}


def test_a_page_without_its_script_tells_what_was_typed_where_nothing_is_asked(
    browser: Client, read_in: ReadIn, sandbox: Sandbox
) -> None:
    read_in(PAID_ADVANCED)
    sandbox.reset_calls()
    url = _renewal(browser)
    form = browser.get(url).context["form"]
    answer = browser.post(url, {**form.initial, "type": "CANCEL", "license_count": "77"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["license_count"]
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


def test_a_limit_and_none_at_once_are_refused_on_the_page(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)
    answer = browser.post(reverse("customers:limit", args=[PAID_MONTHLY]), {"limited": "no", "max_member_count": "201"})
    assert answer.status_code == 422
    assert "With No limit, leave the number of users empty." in answer.content.decode()
    assert not Operation.objects.exists()


def test_an_administrator_and_none_at_once_are_refused(browser: Client) -> None:
    typed = {"administrator": "no", "last_name": "山田", "password": "Sec7et-word"}
    answer = browser.post(reverse("customers:add"), typed)
    assert answer.status_code == 422
    assert {"last_name", "password"} <= set(answer.context["form"].errors)
    assert "No administrator is added." in answer.content.decode()
    assert not Operation.objects.exists()
