"""
Changes that are asked for by LINE WORKS's names: about a customer, about none yet, and with a secret.

No worker runs: the process that asked does what a worker would, against the sandbox over real HTTP.
"""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django import Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.operations import execution, manual_calls, reconciliation
from portal.operations.commands import COMMANDS
from portal.operations.manual_calls import BadCall, follow, propose_by_hand
from portal.operations.models import Answer, Operation
from portal.operations.request_secrets import request_with_secrets
from portal.operations.services import confirm, withdraw
from portal.operations.states import IN_FLIGHT, State
from portal.vendor.client import OPERATIONS
from portal.vendor.client import Operation as VendorOperation
from tests.support.orders import REASON, happened, outcomes, stored
from tests.support.portal import WITHOUT_CONTRACT, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.stores import database, decoded, redis
from tests.support.worker import Worker

PASSWORD = "Cedar-Lantern-47"
RENAME: dict[str, Any] = {"domainId": WITHOUT_CONTRACT, "companyName": "つばめ運輸"}

pytestmark = pytest.mark.usefixtures("no_worker")


def new_customer(domain: str = "tsubame") -> dict[str, Any]:
    return {
        "domain": domain, "companyName": "つばめ運輸", "phoneNumber": "03-1234-5678", "timeZone": "Asia/Tokyo",
        "locale": "ja_JP",
        "administrator": {
            "lastName": "佐藤", "id": "admin", "privateEmail": "sato@tsubame.example", "password": PASSWORD,
        },
    }  # fmt: skip


def ask(by: User, kind: str, given: dict[str, Any]) -> Operation:
    return propose_by_hand(OPERATIONS[kind], given, by=by)


def send(by: User, kind: str, given: dict[str, Any], *, seconds: float = 30) -> Operation:
    return follow(confirm(ask(by, kind, given), by=by, reason=REASON), seconds=seconds)


def test_a_change_by_hand_goes_the_way_of_every_order(
    people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    operation = send(people.account_manager, "patchCustomer", RENAME)

    assert operation.state == State.SUCCEEDED
    assert happened(operation)[-1] == "verified"
    assert outcomes(operation) == ["accepted"]
    assert operation.events.get(what="proposed").note == "manage.py partner_api"
    assert (operation.customer_name, operation.reason) == (str(synced_customer), REASON)
    assert [effect["operation"] for effect in sandbox.ledger(WITHOUT_CONTRACT)] == ["patchCustomer"]


def test_what_never_left_is_sent_later(people: People, sandbox: Sandbox, synced_customer: Customer) -> None:
    sandbox.fault("patchCustomer", "too_many")

    operation = send(people.administrator, "patchCustomer", RENAME, seconds=0)

    assert (operation.state, sandbox.ledger()) == (State.QUEUED, [])
    assert follow(operation, seconds=30).state == State.SUCCEEDED
    assert outcomes(operation) == ["not_sent", "accepted"]
    assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1


@pytest.mark.parametrize("role", ["support", "finance"])
def test_only_a_person_with_the_right_may_ask(
    role: str, people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    with pytest.raises(PermissionDenied):
        ask(getattr(people, role), "patchCustomer", RENAME)
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


@pytest.mark.parametrize("domain_id", [0, -5, 2**63, True, "300000006", None])
def test_a_number_that_no_customer_can_have_is_refused(domain_id: Any, people: People) -> None:
    with pytest.raises(BadCall, match="domainId is a whole number from 1"):
        ask(people.administrator, "deleteCustomer", {"domainId": domain_id})
    assert not Operation.objects.exists()


@pytest.mark.parametrize("given", ["{", "[1]", "null", '{"a": NaN', r'{"companyName": "a\u0000b"}', "[" * 100_000])
def test_what_is_no_json_object_is_refused(given: str) -> None:
    with pytest.raises(BadCall):
        manual_calls.parse(given)


def test_a_backslash_is_no_null_character() -> None:
    assert manual_calls.parse(r'{"memo": "a\\u0000b"}') == {"memo": r"a\u0000b"}


@pytest.mark.parametrize(
    ("kind", "given", "subject"),
    [
        ("createCustomer", new_customer(), "tsubame"),
        ("transferPotentialCustomer", {"domain": "suzume.example", "partnerCode": "x"}, "suzume.example"),
    ],
)
def test_what_is_about_no_customer_yet_is_about_its_domain(
    kind: str, given: dict[str, Any], subject: str, people: People, sign_in: SignIn
) -> None:
    operation = ask(people.administrator, kind, given)

    assert (operation.domain_id, operation.subject, operation.customer_name) == (None, subject, subject)
    browser = sign_in(people.administrator)
    page = browser.get(operation.get_absolute_url())
    assert page.status_code == 200
    assert subject in page.content.decode()


def test_one_goes_out_about_a_subject_at_a_time(people: People, sandbox: Sandbox) -> None:
    sandbox.fault("createCustomer", "cut_before")
    first = send(people.administrator, "createCustomer", new_customer(), seconds=0)

    held = send(people.administrator, "createCustomer", new_customer(), seconds=0)
    elsewhere = send(people.administrator, "createCustomer", new_customer("suzume"))

    assert (first.state, held.state, elsewhere.state) == (State.UNKNOWN, State.QUEUED, State.SUCCEEDED)
    assert follow(first, seconds=30).state == State.NOT_APPLIED
    assert follow(held, seconds=30).state == State.SUCCEEDED
    assert sandbox.calls()["createCustomer"] == 3


def test_a_secret_reaches_the_vendor_and_nothing_else(
    people: People, sandbox: Sandbox, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    operation = ask(people.administrator, "createCustomer", new_customer())
    written = [database(), redis()]
    assert operation.encrypted_secrets
    assert request_with_secrets(operation)["administrator"]["password"] == PASSWORD

    operation = follow(confirm(operation, by=people.administrator, reason=REASON), seconds=30)

    assert operation.state == State.SUCCEEDED
    assert operation.encrypted_secrets is None
    assert operation.request["administrator"]["password"] == "***"
    [exchange] = operation.answers.get().exchanges
    assert exchange["body"]["administrator"]["password"] == "***"
    written += [database(), redis(), caplog.text]
    written.append(sign_in(people.administrator).get(operation.get_absolute_url()).content.decode())
    everything = "\n".join([*written, *map(decoded, written)])
    assert "sato@tsubame.example" in everything
    assert PASSWORD not in everything


@pytest.mark.parametrize("fault", ["error_400", "cut_before"])
def test_a_secret_is_erased_whatever_came_of_the_call(fault: str, people: People, sandbox: Sandbox) -> None:
    sandbox.fault("createCustomer", fault)
    operation = send(people.administrator, "createCustomer", new_customer())
    assert (operation.encrypted_secrets, operation.answers.count()) == (None, 1)
    assert PASSWORD not in database()


def test_a_secret_outlives_a_try_that_never_left(people: People, sandbox: Sandbox) -> None:
    sandbox.fault("createCustomer", "too_many")
    operation = send(people.administrator, "createCustomer", new_customer())
    assert (operation.state, outcomes(operation)) == (State.SUCCEEDED, ["not_sent", "accepted"])


def test_a_withdrawn_change_gives_its_secret_up(people: People) -> None:
    operation = ask(people.administrator, "createCustomer", new_customer())
    assert withdraw(operation, by=people.administrator)
    assert not Operation.objects.exists()


def test_a_secret_of_another_key_is_not_sent(people: People, sandbox: Sandbox, settings: Settings) -> None:
    operation = ask(people.administrator, "createCustomer", new_customer())
    settings.SECRET_KEY = "the next key of this portal, which is fifty long or more"

    operation = follow(confirm(operation, by=people.administrator, reason=REASON), seconds=30)

    assert (operation.state, operation.encrypted_secrets) == (State.STALE, None)
    assert happened(operation)[-1] == "secret lost"
    assert sandbox.calls()["createCustomer"] == 0


def test_two_processes_that_follow_the_same_send_it_once(people: People, sandbox: Sandbox) -> None:
    operation = confirm(ask(people.administrator, "patchCustomer", RENAME), by=people.administrator, reason=REASON)
    for _again in range(3):
        execution.send(Operation.objects.get(pk=operation.pk))
    follow(operation, seconds=30)
    assert sandbox.calls()["patchCustomer"] == 1
    assert Answer.objects.count() == 1


def test_a_worker_brings_a_change_by_hand_to_its_end_as_well(
    no_worker: Worker, people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    operation = confirm(ask(people.administrator, "patchCustomer", RENAME), by=people.administrator, reason=REASON)
    assert operation.state not in IN_FLIGHT
    no_worker.start()
    assert follow(operation, seconds=30).state == State.SUCCEEDED
    assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1


def test_a_weak_password_is_refused_and_not_repeated(people: People) -> None:
    given = new_customer()
    given["administrator"]["password"] = "hunter2"
    with pytest.raises(BadCall, match=r"administrator\.password: ") as caught:
        ask(people.administrator, "createCustomer", given)
    assert "hunter2" not in str(caught.value)
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (
            "addPreOrder",
            {"applyDate": "2026-02-01", "productId": "STD"},
            "addPreOrder cannot be ordered so: plan: Field required.",
        ),
        (
            "patchUsageStatus",
            {"maxMemberCount": 5, "withdrawalDate": "2026-03-01"},
            "patchUsageStatus cannot be ordered so: withdrawalDate: Extra inputs are not permitted, or "
            "maxMemberCount: Extra inputs are not permitted, or ",
        ),
        ("patchCustomer", {"memo": "x"}, "patchCustomer cannot be ordered so: memo: Extra inputs are not permitted."),
    ],
)
def test_what_the_portal_does_not_order_so_is_said_in_a_sentence(
    kind: str, given: dict[str, Any], said: str, people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    sandbox.reset_calls()

    with pytest.raises(BadCall) as caught:
        ask(people.administrator, kind, {"domainId": WITHOUT_CONTRACT, **given})

    assert said in str(caught.value)
    assert (Operation.objects.count(), sandbox.calls()) == (0, {})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_operation_is_described(operation: VendorOperation) -> None:
    described = manual_calls.description(operation)
    assert [each.name for each in operation.parameters if f'"{each.name}"' not in described] == []
    assert manual_calls.purpose(operation).endswith(".")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_change_of_line_works_is_a_command(operation: VendorOperation) -> None:
    commands = [each for each in COMMANDS if each.operation == operation.name]
    assert bool(commands) == operation.changes


# What a person states and LINE WORKS is not sent.
STATED = {"activateCustomer": {"termsAccepted"}}


@pytest.mark.parametrize("command", list(COMMANDS), ids=lambda command: command.kind)
def test_what_the_portal_offers_can_be_asked_for_by_the_names_of_line_works(command: Any) -> None:
    operation = OPERATIONS[command.operation]
    names = {parameter.name for parameter in operation.parameters} | set(
        operation.body.model_json_schema()["properties"] if operation.body else ()
    )
    names |= STATED.get(command.kind, set())
    assert set(command.request.model_json_schema(by_alias=True)["properties"]) <= names - {"domainId"}


class TestKindsThatAreNoLongerOffered:
    """What Partnerdesk once ordered, and has no command for any more."""

    @pytest.mark.parametrize("state", [State.PROPOSED, State.QUEUED, State.UNDECIDED, State.SUCCEEDED])
    def test_their_pages_open(self, state: State, people: People, sign_in: SignIn) -> None:
        by = people.administrator
        operation = stored(state, kind="sendGreeting", request={"to": "nobody"}, proposed_by_id=by.pk)
        browser = sign_in(by)
        for address in (operation.get_absolute_url(), "/requests/")[: 1 if state == State.PROPOSED else 2]:
            page = browser.get(address)
            assert page.status_code == 200
            assert "sendGreeting" in page.content.decode()

    def test_they_are_not_sent(self, people: People, sandbox: Sandbox, vendor_settings: None) -> None:
        operation = stored(State.QUEUED, kind="sendGreeting", request={"to": "nobody"}, confirmed_at=now())
        sandbox.reset_calls()
        execution.send(operation)
        operation.refresh_from_db()
        assert operation.state == State.STALE
        assert not operation.attempts.exists()
        assert [name for name in sandbox.calls() if name in OPERATIONS and OPERATIONS[name].changes] == []

    def test_a_person_settles_one(self, people: People) -> None:
        operation = stored(State.UNDECIDED, kind="sendGreeting", request={})
        settled = reconciliation.decide(operation, applied=False, how_known="確認", by=people.administrator)
        assert settled.state == State.NOT_APPLIED
