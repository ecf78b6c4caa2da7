"""No secret of the portal is anywhere but where it belongs, after orders that went well and orders that did not."""

import base64
import re
from collections.abc import Callable, Collection

import pytest
from django.db import connection

from customers.models import Customer
from portal.access import vendor
from portal.celery import app
from portal.operations.states import State
from portal.pace import Lane
from tests.support.orders import monthly, order, pre_order, rest
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

# The worker's own token is known to nobody here, but its looks are.
LIKE_A_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
# Django signs a session with as many characters.
SIGNED = ("django_session",)


def database(without: Collection[str] = ()) -> str:
    """Answer every row of every table as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        texts = []
        for table in sorted(set(tables) - set(without)):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608  a table of the database's own
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


def redis() -> str:
    """Answer every key with its value: queues, the call budget, sessions."""
    readers: dict[bytes, Callable[[bytes], object]] = {}
    with app.connection_for_read() as broker, broker.channel() as channel:
        client = channel.client  # type: ignore[attr-defined]  # Redis' own
        readers = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"hash": client.hgetall,
        }
        return "\n".join(f"{key!r}: {readers[client.type(key)](key)!r}" for key in client.scan_iter())


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
    assert f"[{first.pk}]" in _decoded(written[0])
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
    everything = "\n".join([*written, *map(_decoded, written)])
    assert "ご要望（電話、佐藤様）" in everything
    assert "event='sending'" in everything
    assert [secret for secret in (*secrets, token) if secret in everything] == []
    assert re.findall(r"Bearer\s+\S+|client_secret|assertion|access_token", everything, re.IGNORECASE) == []
    assert LIKE_A_TOKEN.findall("\n".join([database(SIGNED), no_worker.log(), caplog.text])) == []


def test_what_looks_like_a_token_is_recognised(sandbox: Sandbox) -> None:
    assert LIKE_A_TOKEN.fullmatch(sandbox.get_token())


def _own_token(customer: Customer) -> str:
    """Answer the token that this process holds, after using it."""
    vendor.partner_api(Lane.PEOPLE).customers.get_customer(customer.pk)
    token = vendor._tokens().load()
    assert token is not None
    return token.access_token.get_secret_value()


def _decoded(text: str) -> str:
    """Answer a text with what is Base64 within it, as the broker's messages are, in clear too."""
    found = re.findall(r"(?:[A-Za-z0-9+/]{4}){4,}={0,2}", text)
    return "\n".join(base64.b64decode(part + "==").decode("utf-8", "replace") for part in found)
