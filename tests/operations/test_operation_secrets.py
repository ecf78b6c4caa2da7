"""No secret of Partnerdesk is anywhere but where it belongs, after orders that went well and orders that did not."""

import re

import pytest

from customers.models import Customer
from portal.operations.states import State
from portal.vendor.connection import api
from portal.vendor.ratelimit import Priority
from tests.support.orders import monthly, order, pre_order, rest
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.stores import database, decoded, redis
from tests.support.worker import Worker

# The worker's own token is known to nobody here, but its looks are.
LIKE_A_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
# Django signs a session with as many characters.
SIGNED = ("django_session",)


@pytest.fixture
def secrets(sandbox: Sandbox) -> list[str]:
    """What must not be found, in every form in which it could be written down."""
    lines = [line for line in sandbox.private_key_pem.splitlines() if not line.startswith("---")]
    return [sandbox.client_secret, *lines]


def test_no_secret_is_written_down(
    no_worker: Worker,
    sandbox: Sandbox,
    people: People,
    synced_customer: Customer,
    secrets: list[str],
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    browser = sign_in(people.account_manager)

    first = order(people.account_manager, synced_customer)
    written = [redis()]
    assert f"[{first.pk}]" in decoded(written[0])
    no_worker.start()
    operations = [rest(first)]
    for fault, wish in (("unauthorized", monthly()), ("error_400", pre_order()), ("html", pre_order())):
        sandbox.fault("addPreOrder", fault)
        operations.append(rest(order(people.account_manager, synced_customer, wish)))
    token = _own_token(synced_customer)
    written += [browser.get(operation.get_absolute_url()).content.decode() for operation in operations]
    written += [database(), redis(), no_worker.log(), caplog.text]

    assert [operation.state for operation in operations] == [
        State.SUCCEEDED, State.SUCCEEDED, State.REFUSED, State.NOT_APPLIED,
    ]  # fmt: skip
    everything = "\n".join([*written, *map(decoded, written)])
    assert "ご要望（電話、佐藤様）" in everything
    assert "event='sending'" in everything
    assert [secret for secret in (*secrets, token) if secret in everything] == []
    assert re.findall(r"Bearer\s+\S+|client_secret|assertion|access_token", everything, re.IGNORECASE) == []
    assert LIKE_A_TOKEN.findall("\n".join([database(SIGNED), no_worker.log(), caplog.text])) == []


def test_what_looks_like_a_token_is_recognised(sandbox: Sandbox) -> None:
    assert LIKE_A_TOKEN.fullmatch(sandbox.get_token())


def _own_token(customer: Customer) -> str:
    """Return the token that this process holds, after using it."""
    api.partner_api(Priority.PEOPLE).customers.get_customer(customer.pk)
    token = api._tokens().load()
    assert token is not None
    return token.access_token.get_secret_value()
