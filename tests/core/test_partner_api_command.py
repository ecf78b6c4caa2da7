"""``manage.py partner_api``: what it prints, how it ends, and that it changes nothing unless told three times over."""

import io
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from customers.models import Customer
from portal.operations.management.commands import partner_api as command
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.states import State
from portal.sync.models import Reading
from portal.vendor.client import OPERATIONS
from portal.vendor.connection import api
from tests.support.orders import BEGINNING, REASON, day, happened, outcomes
from tests.support.portal import WITHOUT_CONTRACT, People
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

PASSWORD = "Cedar-Lantern-47"
INTENT = ("--yes-write", "--by", "takahashi@partner.example", "--reason", REASON)


def call(name: str, **given: Any) -> tuple[str, ...]:
    return (name, "--json", json.dumps(given, ensure_ascii=False))


CUSTOMER = call("getCustomer", domainId=WITHOUT_CONTRACT)
RENAME = call("patchCustomer", domainId=WITHOUT_CONTRACT, companyName="つばめ運輸")
WISH = {"domainId": WITHOUT_CONTRACT, "productId": "STD", "plan": "MONTHLY"}
PRE_ORDER = call("addPreOrder", applyDate=str(day(17)), **WISH)


@dataclass(frozen=True)
class Ended:
    """How the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*words: str) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("partner_api", *words, stdout=out, stderr=err)
    except CommandError as error:
        return Ended(error.returncode, out.getvalue(), f"{err.getvalue()}{error}")
    return Ended(0, out.getvalue(), err.getvalue())


def new_customer(**more: str) -> dict[str, Any]:
    person = {"lastName": "佐藤", "id": "admin", "privateEmail": "sato@tsubame.example", **more}
    return {
        "domain": "tsubame", "companyName": "つばめ運輸", "phoneNumber": "03-1234-5678", "timeZone": "Asia/Tokyo",
        "locale": "ja_JP", "administrator": person,
    }  # fmt: skip


def called(sandbox: Sandbox) -> set[str]:
    """Return which operations LINE WORKS was asked for."""
    return {name for name, times in sandbox.calls().items() if times and name != "token"}


class TestReading:
    """Without a worker, and without anything in the database."""

    pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor_settings")]

    def test_customers_are_printed_as_the_vendor_sent_them_and_not_kept(self) -> None:
        ended = run(*call("listCustomers", count=3, orderBy="name asc"))

        assert (ended.code, ended.err) == (0, "")
        customers = ended.json["customers"]
        assert len(customers) == 3
        assert [customer["companyName"] in ended.out for customer in customers] == [True] * 3
        assert any(not customer["companyName"].isascii() for customer in customers)
        assert ended.json["responseMetaData"]["nextCursor"]
        assert not Customer.objects.exists()
        assert not Reading.objects.exists()

    def test_the_next_page_follows_the_cursor(self) -> None:
        first = run(*call("listCustomers", count=3)).json
        second = run(*call("listCustomers", count=3, cursor=first["responseMetaData"]["nextCursor"])).json
        assert not {each["domainId"] for each in first["customers"]} & {
            each["domainId"] for each in second["customers"]
        }

    def test_a_question_that_is_posted_needs_no_leave(self) -> None:
        assert run(*call("verifyDomain", domain="nobody-has-it")).json["domain"] == "nobody-has-it"

    def test_all_operations_are_listed(self) -> None:
        lines = [line.split()[:2] for line in run().out.splitlines()]
        assert lines == [[name, "write" if each.changes else "read"] for name, each in OPERATIONS.items()]
        assert len(lines) == 53

    def test_one_operation_is_described(self) -> None:
        told = run("createCustomer", "--describe").out
        assert "POST /partners/customers; changes something; scope partner" in told
        assert '"companyName"' in told

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["listCustomer"], "There is no operation 'listCustomer'; `manage.py partner_api` lists all."),
            (call("listCustomers", cont=3), "listCustomers cannot be asked so: "),
            (call("listCustomers", count=31), "listCustomers cannot be asked so: count is 1 to 30, not 31."),
            (call("listCustomers", count="many"), "listCustomers cannot be asked so: "),
            (["getCustomer"], "getCustomer cannot be asked so: "),
            (call("verifyDomain", domain=5), "verifyDomain cannot be asked so: domain: "),
            (["listCustomers", "--json", "count=3"], "This is no JSON ("),
        ],
    )
    def test_a_wrong_command_is_told_so_and_asks_nobody(
        self, words: Sequence[str], sentence: str, sandbox: Sandbox
    ) -> None:
        ended = run(*words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(sentence)
        assert not called(sandbox)

    @pytest.mark.parametrize(
        ("fault", "count", "code", "words"),
        [
            ("error_400", 1, 1, "getCustomer: refused: 400 BAD_REQUEST ("),
            ("unauthorized", 0, 1, "getCustomer: refused: 401 UNAUTHORIZED"),
            ("too_many", 1, 3, "too many calls (429)"),
            ("error_503", 1, 4, "503"),
            ("html", 1, 4, "instead of JSON"),
            ("cut_before", 1, 4, "connection broke"),
        ],
    )
    def test_each_failure_has_its_status_and_its_sentence(
        self, fault: str, count: int, code: int, words: str, sandbox: Sandbox
    ) -> None:
        sandbox.fault("getCustomer", fault, count=count)
        ended = run(*CUSTOMER)
        assert (ended.code, ended.out) == (code, "")
        assert words in ended.err
        assert "docs/connecting.md" in ended.err
        assert len(ended.err.splitlines()) == 1

    def test_nobody_at_the_address_is_not_sent(self, sandbox: Sandbox) -> None:
        sandbox.stop()
        assert run(*CUSTOMER).code == 3

    def test_without_an_account_it_says_what_to_set(self, settings: Settings) -> None:
        settings.PARTNER_CLIENT_ID = ""
        api._account.cache_clear()
        ended = run(*CUSTOMER)
        assert (ended.code, "PARTNER_CLIENT_ID" in ended.err) == (2, True)

    def test_what_cannot_be_read_is_printed_and_reported(self, sandbox: Sandbox) -> None:
        sandbox.fault("listCustomers", "missing_field")
        ended = run(*call("listCustomers", count=3))
        assert (ended.code, len(ended.json["customers"])) == (0, 3)
        assert "cannot be read: Customer." in ended.err

    def test_what_is_new_is_reported(self, sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        sandbox.fault("listCustomers", "extra_field")
        assert run(*call("listCustomers", count=3)).code == 0
        assert "LINE WORKS sent something new" in caplog.text


class TestWriting:
    """The command does it by itself: no worker runs."""

    pytestmark = pytest.mark.usefixtures("no_worker", "people")

    @pytest.mark.parametrize("left_out", [{"--yes-write"}, {"--by"}, {"--reason"}, {"--yes-write", "--by", "--reason"}])
    @pytest.mark.parametrize("words", [RENAME, PRE_ORDER])
    def test_a_change_without_leave_sends_and_keeps_nothing(
        self, words: tuple[str, ...], left_out: Collection[str], sandbox: Sandbox
    ) -> None:
        given = {"--yes-write": [], "--by": ["takahashi@partner.example"], "--reason": [REASON]}
        options = [word for name, value in given.items() if name not in left_out for word in (name, *value)]

        ended = run(*words, *options)

        assert (ended.code, ended.out) == (2, "")
        assert all(name in ended.err for name in left_out)
        assert not called(sandbox)
        assert not Operation.objects.exists()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (["--reference", "x" * 81], "--reference holds up to 80 characters. Nothing was sent."),
            (["--reason", "x" * 501], "--reason holds up to 500 characters. Nothing was sent."),
            # What the shell passes on of bytes that are no UTF-8.
            (["--reason", "\udcff"], "--reason cannot be read as text. Nothing was sent."),
            (["--by", "\udcff"], "--by cannot be read as text. Nothing was sent."),
        ],
    )
    def test_what_the_database_cannot_hold_is_said_before_anything_is_sent(
        self, options: list[str], sentence: str, sandbox: Sandbox
    ) -> None:
        ended = run(*RENAME, *INTENT, *options)
        assert (ended.code, ended.out, ended.err) == (2, "", sentence)
        assert not called(sandbox)
        assert not Operation.objects.exists()

    @pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "86401", "long"])
    def test_it_follows_a_change_for_a_day_at_most(self, seconds: str, sandbox: Sandbox) -> None:
        assert (
            f"seconds are a number from 0 to 86400, not '{seconds}'" in run(*RENAME, *INTENT, f"--wait={seconds}").err
        )
        assert not called(sandbox)
        assert not Operation.objects.exists()

    @pytest.mark.parametrize("email", ["nobody@partner.example", "suzuki@partner.example", "tanaka@partner.example"])
    @pytest.mark.parametrize("words", [RENAME, PRE_ORDER])
    def test_only_a_person_with_the_right_changes_anything(
        self, words: tuple[str, ...], email: str, sandbox: Sandbox
    ) -> None:
        ended = run(*words, "--yes-write", "--by", email, "--reason", REASON)
        assert (ended.code, ended.out) == (2, "")
        assert not Operation.objects.exists()
        assert sandbox.ledger() == []

    def test_a_declared_change_goes_the_declared_way(self, sandbox: Sandbox, people: People) -> None:
        ended = run(*PRE_ORDER, "--yes-write", "--by", "sato@partner.example", "--reason", REASON, "--reference", "T-1")

        operation = Operation.objects.get()
        assert ended.code == 0
        assert ended.json["operation"] == operation.ref
        assert (ended.json["state"], ended.json["page"]) == ("succeeded", operation.get_absolute_url())
        assert ended.json["answer"]["subscriptionPreOrders"][0]["productId"] == "STD"
        assert "Standard, Monthly contract, postpay, starts on" in ended.err
        assert happened(operation) == [*BEGINNING, "accepted", "verified"]
        assert outcomes(operation) == ["accepted"]
        assert (operation.proposed_by_id, operation.reason, operation.reference) == (
            people.account_manager.pk, REASON, "T-1",
        )  # fmt: skip
        assert (operation.customer_name, bool(operation.after)) == (str(Customer.objects.get()), True)
        assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1

    def test_the_rules_stand_above_the_command(self, sandbox: Sandbox) -> None:
        ended = run(*call("addPreOrder", applyDate=str(day(60)), **WISH), *INTENT)
        assert (ended.code, "Choose a start date from" in ended.err) == (2, True)
        assert not Operation.objects.exists()
        assert sandbox.calls()["addPreOrder"] == 0

    def test_what_needs_a_second_person_waits_for_it(self, sandbox: Sandbox, people: People) -> None:
        ApprovalPolicy.objects.create(
            topic="subscription",
            level="second_person",
            decided_by_id=people.administrator.pk,
            decided_by_name="高橋 健",
        )
        ended = run(*PRE_ORDER, *INTENT)
        assert (ended.code, ended.json["state"]) == (3, "awaiting_approval")
        assert sandbox.calls()["addPreOrder"] == 0

    @pytest.mark.parametrize(
        ("fault", "code", "state"),
        [
            ("error_400", 1, State.REFUSED),
            ("cut_before", 4, State.UNKNOWN),
            ("too_many", 3, State.QUEUED),
        ],
    )
    def test_the_exit_status_says_how_it_stands(self, fault: str, code: int, state: State, sandbox: Sandbox) -> None:
        sandbox.fault("patchCustomer", fault)
        ended = run(*RENAME, *INTENT, "--wait", "0")
        operation = Operation.objects.get()
        assert (ended.code, ended.json["state"], operation.state) == (code, state, state)
        assert operation.ref in ended.err
        assert sandbox.calls()["patchCustomer"] == 1

    def test_an_effect_that_does_not_show_in_time_is_not_called_done(self, sandbox: Sandbox) -> None:
        sandbox.fault("addPreOrder", "forget_after")
        ended = run(*PRE_ORDER, *INTENT, "--wait", "0")
        assert (ended.code, ended.json["state"]) == (5, "accepted")

    def test_the_json_comes_from_the_standard_input(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        given = {"domainId": WITHOUT_CONTRACT, "partnership": {"memo": "月曜に電話"}}
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))
        assert run("patchCustomer", "--json", "-", *INTENT).code == 0
        assert Operation.objects.get().request["partnership"] == {"memo": "月曜に電話"}

    @pytest.mark.parametrize("is_asked_for", [True, False])
    def test_a_secret_is_asked_for_or_read_and_shown_nowhere(
        self, is_asked_for: bool, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        monkeypatch.setattr(command, "getpass", {"administrator.password: ": PASSWORD}.__getitem__)
        given = new_customer(**({} if is_asked_for else {"password": PASSWORD}))
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))

        words = call("createCustomer", **given) if is_asked_for else ("createCustomer", "--json", "-")
        ended = run(*words, *INTENT)

        assert (ended.code, ended.json["answer"]["domain"]) == (0, "tsubame")
        operation = Operation.objects.get()
        assert operation.request["administrator"]["password"] == "***"
        assert PASSWORD not in f"{ended} {operation.__dict__} {caplog.text}"

    def test_a_secret_is_not_taken_from_an_argument(self, sandbox: Sandbox) -> None:
        ended = run(*call("createCustomer", **new_customer(password=PASSWORD)), *INTENT)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("administrator.password is a secret: leave it out")
        assert PASSWORD not in ended.err
        assert not Operation.objects.exists()
        assert not called(sandbox)

    def test_a_worker_may_do_it_meanwhile(self, no_worker: Worker, sandbox: Sandbox) -> None:
        no_worker.start()
        ended = run(*PRE_ORDER, *INTENT)
        assert (ended.code, ended.json["state"]) == (0, "succeeded")
        assert sandbox.calls()["addPreOrder"] == 1
