"""
Rows that another version of the portal wrote: no page that shows them fails, and each shows what was stored.

The rows are in ``old_rows.json``: as this version's predecessor wrote them, which kept nothing of how they are shown,
and as a made-up version did, with a kind, resources, fields, rules and findings that this one does not know.
"""

import json
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.bulk.models import Import, ImportRow
from portal.core.clock import now
from portal.operations import execution, reconciliation
from portal.operations.display import display_of
from portal.operations.models import ApprovalPolicy, Bundle, BundleStep, Operation
from portal.operations.states import BundleState, State
from portal.sync.models import DetectedChange, Reading, SyncRun
from tests.support.languages import speak
from tests.support.orders import REASON, happened
from tests.support.portal import People, SignIn
from tests.support.rows import one_customer
from tests.support.sandbox import Sandbox

VERSIONS: Mapping[str, Any] = json.loads((Path(__file__).parent / "old_rows.json").read_text())
ROLES = ("administrator", "account_manager", "support", "finance")
FOLDED = {"en": "Technical details", "ja": "技術的な詳細"}
WHOSE = 10_000_001
COMMON = {"domain_id": WHOSE, "customer_name": "株式会社つばめ運輸", "proposed_by_id": 1, "proposed_by_name": "佐藤"}

of_each_version = pytest.mark.parametrize("version", list(VERSIONS))


@pytest.fixture
def customer(db: None) -> Customer:
    return one_customer(WHOSE)


def old_operation(version: str, state: str, **columns: Any) -> Operation:
    """Put a request into the table as another version left it."""
    row = VERSIONS[version]
    moments = dict.fromkeys(("baseline_read_at", "before_read_at", "after_read_at", "sent_at", "next_try_at"), now())
    given = {"kind": row["kind"], "state": state, "reason": REASON}
    operation = Operation.objects.create(**given | moments | COMMON | row["operation"] | columns)
    details = {
        "moved": ["galaxies", "subscriptions"],
        "people": ["佐藤"],
        "problems": [{"rule": "galaxy.gone", "values": {}, "words": "It was gone."}],
        "trouble": "galactic",
    }
    operation.events.create(what="seen through a telescope", state=state, details=details, note="dark")
    return operation


def old_bundle(version: str, state: str, **columns: Any) -> Bundle:
    """Put a bundle into the table as another version left it; its first step was sent."""
    row = VERSIONS[version]
    kept = {name: row["operation"][name] for name in ("schema_version", "baseline", "consequences")}
    given = {"state": state, "reason": REASON, "baseline_read_at": now(), "display": row.get("bundle_display", {})}
    bundle = Bundle.objects.create(**given | COMMON | kept | columns)
    first = old_operation(version, State.SUCCEEDED)
    for number, request in enumerate(row["steps"], start=1):
        operation = first if number == 1 else None
        BundleStep.objects.create(bundle=bundle, number=number, kind=row["kind"], request=request, operation=operation)
    problem = {"rule": "galaxy.gone", "values": {}, "words": "It was gone."}
    details = {"step": 2, "moved": ["galaxies"], "problems": [problem]}
    bundle.events.create(what="collided", state=state, details=details)
    return bundle


def old_file(version: str, state: str) -> Import:
    """Put a file into the table as another version left it."""
    row = VERSIONS[version]
    draft = Import.objects.create(
        kind=row["kind"], file_name="a.csv", header=["Galaxy"], uploaded_by_id=1, uploaded_by_name="佐藤", state=state,
        reason=REASON, run_by_id=1, content=b"x" if state == Import.State.READING else None,
    )  # fmt: skip
    wrong = {"problems": [{"at": "galaxy", "words": "No such galaxy."}, {"finding": {"rule": "galaxy.gone"}}]}
    rows: list[dict[str, Any]] = [
        {"state": "wrong", **wrong},
        {"state": "ready", "summary": "to Andromeda", "request": {"galaxyName": 1}},
        {"state": "requested", "operation": old_operation(version, State.STALE)},
    ]
    for number, columns in enumerate(rows, start=2):
        consequences = row["operation"]["consequences"]
        ImportRow.objects.create(draft=draft, number=number, cells=["M31"], consequences=consequences, **columns)
    return draft


def old_readings() -> None:
    """Put what readings of a resource that is gone have found into the tables."""
    common = {"domain_id": WHOSE, "read_before_at": now(), "read_at": now(), "read_on": now().date()}
    galaxy, named = {"galaxyId": 7, "galaxyName": "M31"}, {"galaxyId": 7, "galaxyName": "Andromeda"}
    for name in ("galaxies", "subscriptions"):
        for before, after in ((None, galaxy), (galaxy, named), (named, None)):
            DetectedChange.objects.create(
                resource=name, key="7", before=before, after=after, cause=DetectedChange.Cause.OUTSIDE, **common
            )
    Reading.objects.create(domain_id=1, resource="galaxies", read_at=now(), tried_at=now(), problem="dark", trouble="x")
    SyncRun.objects.create(resource="galaxies", trouble="galactic", problem="dark")


def pages(operations: list[Operation], bundles: list[Bundle], drafts: list[Import]) -> list[str]:
    """Return the addresses of all pages that show old rows."""
    history = reverse("customers:history", args=[WHOSE])
    return [
        *(each.get_absolute_url() for each in operations),
        *(each.get_absolute_url() for each in bundles),
        *(each.get_absolute_url() for each in drafts),
        *(f"{reverse('operations:list')}?group={group}" for group in ("", "person", "done", "not_done")),
        f"{reverse('operations:list')}?q=1",
        reverse("bulk:list"),
        *(reverse("bulk:results", args=[draft.pk, form]) for draft in drafts for form in ("csv", "xlsx")),
        reverse("customers:list"),
        reverse("customers:detail", args=[WHOSE]),
        history,
        f"{history}?resource=galaxies",
        *(f"{reverse('customers:row', args=[WHOSE, name])}?key=7" for name in ("galaxies", "subscriptions")),
        reverse("changes:list"),
        f"{reverse('changes:list')}?resource=galaxies",
        reverse("sync:detail"),
        reverse("sync:figures"),
    ]


@of_each_version
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("japanese", "customer")
def test_no_page_of_old_rows_fails(version: str, language: str, people: People, sign_in: SignIn) -> None:
    submitted = [state for state in State if state != State.PROPOSED]
    operations = [old_operation(version, state, domain_id=number) for number, state in enumerate(submitted, start=1)]
    operations.append(old_operation(version, State.STALE))
    bundles = [old_bundle(version, state) for state in BundleState if state != BundleState.PROPOSED]
    drafts = [old_file(version, state) for state in Import.State]
    old_readings()
    ApprovalPolicy.objects.create(
        topic=VERSIONS[version]["kind"], level="second_person", decided_by_id=1, decided_by_name="a"
    )

    failed = []
    for role in ROLES:
        browser = speak(sign_in(getattr(people, role)), language)
        # The one with all rights opens every state; what the others see of a state differs by its buttons alone.
        some = slice(None) if role == "administrator" else slice(None, None, 3)
        addresses = pages(operations[some], bundles[some], drafts[some])
        if role == "administrator":
            addresses.append(reverse("operations:policy"))
        failed += [(role, each) for each in addresses if browser.get(each).status_code != 200]
    assert failed == []


@of_each_version
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("japanese")
def test_what_was_stored_is_shown_and_the_rest_is_raw(
    version: str, language: str, people: People, sign_in: SignIn
) -> None:
    browser = speak(sign_in(people.support), language)
    operation, bundle = old_operation(version, State.SUCCEEDED), old_bundle(version, BundleState.STOPPED)

    page = shown(browser, operation)
    assert [words for words in VERSIONS[version]["shown"][language] if words not in page] == []
    assert FOLDED[language] in page
    assert VERSIONS[version]["raw"] in page
    assert "Andromeda" in page or version == "predecessor"
    assert FOLDED[language] in shown(browser, bundle)
    assert bundle.ref in shown(browser, bundle)


def shown(browser: Client, stored: Operation | Bundle) -> str:
    return unescape(browser.get(stored.get_absolute_url()).content.decode())


@pytest.mark.usefixtures("japanese")
def test_a_bundle_shows_its_stored_steps_and_of_the_others_the_bare_request(people: People, sign_in: SignIn) -> None:
    bundle = old_bundle("made up", BundleState.SUCCEEDED)
    page = shown(sign_in(people.support), bundle)
    assert "Rename the galaxy, and 1 more step" in page
    assert "renameGalaxy.slowly" in page
    assert "galaxyName Milky Way" in page


def test_a_row_of_a_later_schema_is_shown_and_not_worked_on(people: People, sign_in: SignIn) -> None:
    row = VERSIONS["predecessor"]["operation"] | {"schema_version": 99, "after": None}
    browser = sign_in(people.account_manager)
    operation = old_operation("predecessor", State.PROPOSED, **row, proposed_by_id=people.account_manager.pk)
    browser.post(reverse("operations:confirm", args=[operation.pk]), {"reason": REASON})
    operation.refresh_from_db()
    assert operation.state == State.STALE


@pytest.mark.parametrize("state", list(State))
def test_nothing_that_people_press_on_a_retired_request_fails(
    state: State, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser = sign_in(people.administrator)
    form = {"reason": REASON, "applied": "yes", "how_known": "asked LINE WORKS"}
    for domain_id, action in enumerate(("confirm", "approve", "cancel", "read", "settle"), start=1):
        mine = {"proposed_by_id": people.administrator.pk} if state == State.PROPOSED else {}
        operation = old_operation("made up", state, domain_id=domain_id, **mine)
        answer = browser.post(reverse(f"operations:{action}", args=[operation.pk]), form)
        assert answer.status_code == 302
        if state == State.PROPOSED and action == "cancel":
            assert not Operation.objects.filter(pk=operation.pk).exists()
            continue
        operation.refresh_from_db()
        assert operation.state in (state, State.STALE, State.CANCELED, State.SUCCEEDED)
        assert display_of(operation).title == "Rename the galaxy"
    assert sandbox.calls() == {}


@pytest.mark.parametrize("state", list(BundleState))
def test_nothing_that_people_press_on_a_retired_bundle_fails(
    state: BundleState, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser = sign_in(people.administrator)
    for action in ("confirm", "approve", "cancel", "finish", "put_back"):
        mine = {"proposed_by_id": people.administrator.pk} if state == BundleState.PROPOSED else {}
        bundle = old_bundle("made up", state, **mine)
        answer = browser.post(reverse(f"operations:bundle_{action}", args=[bundle.pk]), {"reason": REASON})
        assert answer.status_code == 302
        left = 0 if state == BundleState.PROPOSED and action == "cancel" else 1
        assert BundleStep.objects.filter(bundle=bundle, operation__isnull=False).count() == left
    assert sandbox.calls() == {}


@pytest.mark.usefixtures("vendor_settings")
def test_a_worker_sends_nothing_of_a_retired_request(people: People, sandbox: Sandbox) -> None:
    queued = old_operation(
        "made up", State.QUEUED, next_try_at=None, confirmed_at=now(), confirmed_by_id=people.administrator.pk
    )
    execution.send(queued)
    queued.refresh_from_db()
    assert (queued.state, sandbox.calls()) == (State.STALE, {})
    assert happened(queued)[-1] == "no longer allowed"


def test_a_worker_leaves_a_retired_request_that_was_sent_to_a_person(db: None) -> None:
    operation = old_operation("made up", State.UNKNOWN)
    operation.attempts.create()
    reconciliation.look(operation)
    operation.refresh_from_db()
    assert (operation.state, happened(operation)[-1]) == (State.UNDECIDED, "cannot be verified")
