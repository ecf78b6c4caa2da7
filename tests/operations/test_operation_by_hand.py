"""
Changes that are asked for by LINE WORKS's names: bare ones, those about no customer yet, and those with a secret.

No worker runs: the process that asked does what a worker would, against the sandbox over real HTTP.
"""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from pytest_django import Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.operations import execution, raw_parameters, reconciliation, recovery
from portal.operations.models import Answer, Attempt, Operation
from portal.operations.raw_calls import follow, propose_by_hand
from portal.operations.raw_parameters import Mistyped
from portal.operations.request_secrets import request_with_secrets
from portal.operations.services import confirm, withdraw
from portal.operations.states import IN_FLIGHT, State
from portal.vendor.client import OPERATIONS
from tests.support.orders import REASON, happened, outcomes, stored, undeclare
from tests.support.portal import WITHOUT_CONTRACT, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.stores import database, decoded, redis
from tests.support.worker import Worker

PASSWORD = "Cedar-Lantern-47"
SECRETS = {"administrator.password": PASSWORD}
DONE = ["proposed", "confirmed", "claimed", "accepted", "answered, not read back"]
BARE = {"patchCustomer", "deleteCustomer", "createCustomer", "transferPotentialCustomer"}
WHOLE = ("domainId=300000006", "companyName=つばめ運輸")

pytestmark = pytest.mark.usefixtures("no_worker")


@pytest.fixture(autouse=True)
def _nobody_has_declared_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partnerdesk offers every change of LINE WORKS's; these stand for one that LINE WORKS has added since."""
    undeclare(monkeypatch, *BARE)


def new_customer(domain: str = "tsubame") -> list[str]:
    return [
        f"domain={domain}", "companyName=つばめ運輸", "phoneNumber=03-1234-5678", "timeZone=Asia/Tokyo", "locale=ja_JP",
        "administrator.lastName=佐藤", "administrator.id=admin", "administrator.privateEmail=sato@tsubame.example",
    ]  # fmt: skip


def ask(by: User, kind: str, *words: str, **more: Any) -> Operation:
    return propose_by_hand(raw_parameters.read(OPERATIONS[kind], words, **more), by=by)


def send(by: User, kind: str, *words: str, seconds: float = 30, **more: Any) -> Operation:
    return follow(confirm(ask(by, kind, *words, **more), by=by, reason=REASON), seconds=seconds)


def test_a_bare_change_is_sent_once_and_said_not_to_be_read_back(
    people: People, sandbox: Sandbox, synced_customer: Customer, sign_in: SignIn
) -> None:
    operation = send(people.administrator, "patchCustomer", *WHOLE)

    assert (operation.state, operation.is_bare, operation.standing) == (
        State.SUCCEEDED, True, "Answered, not read back",
    )  # fmt: skip
    assert happened(operation) == DONE
    assert outcomes(operation) == ["accepted"]
    assert operation.events.get(what="proposed").note == "manage.py partner_api"
    assert (operation.customer_name, operation.reason) == (str(synced_customer), REASON)
    [exchange] = operation.answers.get().exchanges
    assert (exchange["method"], exchange["body"]) == ("PATCH", {"companyName": "つばめ運輸"})
    assert [effect["operation"] for effect in sandbox.ledger(WITHOUT_CONTRACT)] == ["patchCustomer"]
    assert sandbox.calls()["getCustomer"] == 1, "only the reading of the fixture: a bare change is not read back"
    page = sign_in(people.finance).get(operation.get_absolute_url()).content.decode()
    for words in ("Patch customer", "Answered by the vendor as done; not read back.", "つばめ運輸", operation.ref):
        assert words in page
    assert "Done, and seen at the vendor." not in page


@pytest.mark.parametrize(("fault", "took_effect"), [("cut_before", False), ("cut_after", True)])
def test_without_a_clear_answer_a_person_decides(
    fault: str, took_effect: bool, people: People, sandbox: Sandbox, synced_customer: Customer, sign_in: SignIn
) -> None:
    sandbox.fault("patchCustomer", fault)

    operation = send(people.administrator, "patchCustomer", *WHOLE)

    assert operation.state == State.UNDECIDED
    assert happened(operation) == [*DONE[:3], "no clear answer", "cannot be read back"]
    assert sandbox.calls()["patchCustomer"] == 1
    assert len(sandbox.ledger(WITHOUT_CONTRACT)) == int(took_effect)
    page = sign_in(people.administrator).get(operation.get_absolute_url()).content.decode()
    assert "The portal cannot read this kind of change back: look at the vendor, and settle it." in page
    settled = reconciliation.decide(operation, applied=took_effect, how_known="管理画面で確認", by=people.administrator)
    assert settled.state == (State.SUCCEEDED if took_effect else State.NOT_APPLIED)


def test_a_refusal_is_the_end(people: People, sandbox: Sandbox, synced_customer: Customer) -> None:
    sandbox.fault("patchCustomer", "error_400")

    operation = send(people.administrator, "patchCustomer", *WHOLE)

    assert (operation.state, operation.vendor_code) == (State.REFUSED, "BAD_REQUEST")
    assert sandbox.calls()["patchCustomer"] == 1


def test_what_never_left_is_sent_later(people: People, sandbox: Sandbox, synced_customer: Customer) -> None:
    sandbox.fault("patchCustomer", "too_many")

    operation = send(people.administrator, "patchCustomer", *WHOLE, seconds=0)

    assert (operation.state, sandbox.ledger()) == (State.QUEUED, [])
    assert follow(operation, seconds=30).state == State.SUCCEEDED
    assert outcomes(operation) == ["not_sent", "accepted"]
    assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1


def test_a_bare_change_waits_for_its_customer_too(people: People, sandbox: Sandbox, synced_customer: Customer) -> None:
    before = stored(State.UNDECIDED)

    operation = send(people.administrator, "patchCustomer", *WHOLE, seconds=0)

    assert (operation.state, sandbox.calls()["patchCustomer"]) == (State.QUEUED, 0)
    reconciliation.decide(before, applied=False, how_known="管理画面で確認", by=people.administrator)
    assert follow(operation, seconds=30).state == State.SUCCEEDED


def test_a_bare_change_whose_process_died_is_for_a_person(people: People, sandbox: Sandbox) -> None:
    operation = confirm(ask(people.administrator, "patchCustomer", *WHOLE), by=people.administrator, reason=REASON)
    Operation.objects.filter(pk=operation.pk).update(state=State.SENDING)
    Attempt.objects.create(operation=operation)

    recovery.sweep()
    operation.refresh_from_db()

    assert operation.state == State.UNKNOWN
    assert follow(operation, seconds=30).state == State.UNDECIDED
    assert sandbox.calls()["patchCustomer"] == 0


@pytest.mark.parametrize("role", ["account_manager", "support", "finance"])
def test_a_bare_change_is_for_administrators(role: str, people: People) -> None:
    with pytest.raises(PermissionDenied, match=r"operations\.write_by_hand"):
        ask(getattr(people, role), "patchCustomer", *WHOLE)
    assert not Operation.objects.exists()


@pytest.mark.parametrize("domain_id", ["0", "-5", str(2**63)])
def test_a_number_that_no_customer_can_have_is_refused(domain_id: str, people: People) -> None:
    with pytest.raises(Mistyped, match="domainId is a whole number from 1"):
        ask(people.administrator, "deleteCustomer", f"domainId={domain_id}")


@pytest.mark.parametrize(
    ("kind", "words", "subject"),
    [
        ("createCustomer", new_customer("Tsubame "), "tsubame"),
        ("transferPotentialCustomer", ["domain=suzume.example", "partnerCode=x"], "suzume.example"),
    ],
)
def test_what_is_about_no_customer_yet_is_about_its_domain(
    kind: str, words: list[str], subject: str, people: People, sign_in: SignIn
) -> None:
    secrets = SECRETS if kind == "createCustomer" else {}

    operation = ask(people.administrator, kind, *words, secrets=secrets)

    assert (operation.domain_id, operation.subject, operation.customer_name) == (None, subject, subject)
    browser = sign_in(people.administrator)
    for address in (operation.get_absolute_url(), "/operations/", f"/operations/?q={subject}"):
        page = browser.get(address)
        assert page.status_code == 200
        assert subject in page.content.decode()


def test_one_goes_out_about_a_subject_at_a_time(people: People, sandbox: Sandbox) -> None:
    sandbox.fault("createCustomer", "cut_before")
    first = send(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)

    held = send(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS, seconds=0)
    elsewhere = send(people.administrator, "createCustomer", *new_customer("suzume"), secrets=SECRETS)

    assert (first.state, held.state, elsewhere.state) == (State.UNDECIDED, State.QUEUED, State.SUCCEEDED)
    reconciliation.decide(first, applied=False, how_known="管理画面で確認", by=people.administrator)
    assert follow(held, seconds=30).state == State.SUCCEEDED
    assert sandbox.calls()["createCustomer"] == 3


def test_a_secret_reaches_the_vendor_and_nothing_else(
    people: People, sandbox: Sandbox, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    operation = ask(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)
    written = [database(), redis()]
    assert operation.sealed
    assert request_with_secrets(operation)["body"]["administrator"]["password"] == PASSWORD

    operation = follow(confirm(operation, by=people.administrator, reason=REASON), seconds=30)

    assert operation.state == State.SUCCEEDED
    assert operation.sealed is None
    assert operation.request["body"]["administrator"]["password"] == "***"
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
    operation = send(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)
    assert (operation.sealed, operation.answers.count()) == (None, 1)
    assert PASSWORD not in database()


def test_a_secret_outlives_a_try_that_never_left(people: People, sandbox: Sandbox) -> None:
    sandbox.fault("createCustomer", "too_many")
    operation = send(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)
    assert (operation.state, outcomes(operation)) == (State.SUCCEEDED, ["not_sent", "accepted"])


def test_a_withdrawn_change_gives_its_secret_up(people: People) -> None:
    operation = ask(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)
    assert withdraw(operation, by=people.administrator)
    operation.refresh_from_db()
    assert (operation.state, operation.sealed) == (State.CANCELED, None)


def test_a_secret_of_another_key_is_not_sent(people: People, sandbox: Sandbox, settings: Settings) -> None:
    operation = ask(people.administrator, "createCustomer", *new_customer(), secrets=SECRETS)
    settings.SECRET_KEY = "the next key of this portal, which is fifty long or more"

    operation = follow(confirm(operation, by=people.administrator, reason=REASON), seconds=30)

    assert (operation.state, operation.sealed) == (State.STALE, None)
    assert happened(operation)[-1] == "secret lost"
    assert sandbox.calls()["createCustomer"] == 0


def test_two_processes_that_follow_the_same_send_it_once(people: People, sandbox: Sandbox) -> None:
    operation = confirm(ask(people.administrator, "patchCustomer", *WHOLE), by=people.administrator, reason=REASON)
    for _again in range(3):
        execution.send(Operation.objects.get(pk=operation.pk))
    follow(operation, seconds=30)
    assert sandbox.calls()["patchCustomer"] == 1
    assert Answer.objects.count() == 1


def test_a_worker_brings_a_bare_change_to_its_end_as_well(
    no_worker: Worker, people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    operation = confirm(ask(people.administrator, "patchCustomer", *WHOLE), by=people.administrator, reason=REASON)
    assert operation.state not in IN_FLIGHT
    no_worker.start()
    follow(operation, seconds=30)
    assert happened(operation) == DONE
    assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["addPreOrder", f"domainId={WITHOUT_CONTRACT}", "applyDate=2026-02-01", "productId=STD"],
            "The portal does not order addPreOrder so: plan: Field required.",
        ),
        (
            ["patchUsageStatus", f"domainId={WITHOUT_CONTRACT}", "maxMemberCount=5", "withdrawalDate=2026-03-01"],
            "The portal does not order patchUsageStatus so: withdrawalDate: Extra inputs are not permitted, or "
            "maxMemberCount: Extra inputs are not permitted, or ",
        ),
    ],
)
def test_what_the_portal_does_not_order_so_is_said_in_a_sentence(
    words: list[str], said: str, people: People, sandbox: Sandbox, synced_customer: Customer
) -> None:
    sandbox.reset_calls()

    with pytest.raises(CommandError) as caught:
        call_command("partner_api", *words, "--yes-write", "--reason", REASON, "--by", people.administrator.email)

    assert said in str(caught.value)
    assert (caught.value.returncode, Operation.objects.count(), sandbox.calls()) == (2, 0, {})
