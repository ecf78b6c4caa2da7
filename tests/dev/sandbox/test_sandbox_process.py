"""The sandbox as a process: its start, its stop, and what it remembers."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.sandbox import ROOT, Sandbox

from .conftest import TODAY, Api

# They wait for processes to start and to end: left to the long run.
pytestmark = pytest.mark.chaos

TSUBAME = 300_000_006
ADDRESS = f"/customers/{TSUBAME}/subscriptions/pre-orders"
ORDER = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}


def run(**environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return subprocess.run(
        [sys.executable, "-m", "portal.dev.sandbox"],
        cwd=ROOT,
        env=clean | environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def good_environ(tmp_path: Path) -> dict[str, str]:
    key_file = tmp_path / "public.pem"
    key_file.write_text("the key is read when the first token is asked for")
    return {
        "SANDBOX_PORT": "0",
        "SANDBOX_CUSTOMERS": "1",
        "SANDBOX_CLIENT_ID": "client",
        "SANDBOX_CLIENT_SECRET": "top-secret",
        "SANDBOX_SERVICE_ACCOUNT": "account",
        "SANDBOX_PUBLIC_KEY_FILE": str(key_file),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_PORT", "web"),
        ("SANDBOX_PORT", "70000"),
        ("SANDBOX_CUSTOMERS", "100001"),
        ("SANDBOX_CUSTOMERS", "-1"),
        ("SANDBOX_SEED", "x"),
        ("SANDBOX_BUSINESS_DATE", "tomorrow"),
        ("SANDBOX_RATE_WINDOW", "0"),
        ("SANDBOX_RATE_KIND", "floating"),
        ("SANDBOX_TOKEN_SECONDS", "0"),
        ("SANDBOX_CLIENT_ID", ""),
        ("SANDBOX_CLIENT_SECRET", ""),
        ("SANDBOX_CLIENT_SECRET_FILE", "/nonexistent/secret"),
        ("SANDBOX_SERVICE_ACCOUNT", ""),
        ("SANDBOX_PUBLIC_KEY_FILE", ""),
        ("SANDBOX_PUBLIC_KEY_FILE", "/nonexistent/key"),
    ],
)
def test_an_odd_setting_stops_the_start_with_advice(good_environ: dict[str, str], name: str, value: str) -> None:
    ended = run(**good_environ | {name: value})

    assert ended.returncode == 2
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "top-secret" not in ended.stderr
    assert ended.stdout == ""


def test_a_port_in_use_is_said_in_words(good_environ: dict[str, str], sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]

    ended = run(**good_environ | {"SANDBOX_PORT": port})

    assert ended.returncode == 1
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_good_order_also_while_a_call_hangs(signal_number: signal.Signals) -> None:
    with Sandbox.start(customers=1) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.get_token()}"}
        sandbox.fault("listCustomers", "hang")
        connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/v1.0/partners/customers", headers=headers)
        until = time.monotonic() + 10
        while sandbox.calls()["listCustomers"] == 0:
            assert time.monotonic() < until

        sandbox.send_signal(signal_number)

        assert sandbox.exit_status == 0
        assert sandbox.errors() == ""
        connection.close()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_state_file_outlives_the_process(tmp_path: Path, end: str) -> None:
    with Sandbox.start(customers=10, business_date=TODAY, state_file=tmp_path / "state.db") as sandbox:
        api = Api(sandbox, sandbox.get_token())
        assert api("POST", ADDRESS, ORDER).status_code == 201
        sandbox.set_clock("2026-01-20")
        before = everything(api, sandbox)

        getattr(sandbox, end)()
        sandbox.restart()

        assert everything(api, sandbox) == before
        assert api("POST", ADDRESS, ORDER).status_code == 201
        assert [effect["id"] for effect in sandbox.ledger()] == [1, 2]
        api.close()


def everything(api: Api, sandbox: Sandbox) -> list[Any]:
    return [
        api("GET", "/customers?count=30").json(),
        api.pre_orders(TSUBAME),
        sandbox.ledger(),
        sandbox.business_date(),
    ]


def test_without_a_state_file_a_restart_begins_afresh() -> None:
    with Sandbox.start(customers=10, business_date=TODAY) as sandbox:
        api = Api(sandbox, sandbox.get_token())
        assert api("POST", ADDRESS, ORDER).status_code == 201

        sandbox.kill()
        sandbox.restart()

        assert sandbox.ledger() == []
        assert api("GET", "/customers").status_code == 401
        api.close()


def test_a_state_file_of_another_version_is_refused(good_environ: dict[str, str], tmp_path: Path) -> None:
    state_file = tmp_path / "state.db"
    database = sqlite3.connect(state_file)
    database.execute("PRAGMA user_version = 99")
    database.close()

    ended = run(**good_environ | {"SANDBOX_STATE_FILE": str(state_file)})

    assert ended.returncode == 2
    assert "another version" in ended.stderr


def test_a_state_file_keeps_no_token_and_no_secret(tmp_path: Path) -> None:
    with Sandbox.start(customers=1, state_file=tmp_path / "state.db") as sandbox:
        token = sandbox.get_token()
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert token.encode() not in kept
    assert sandbox.client_secret.encode() not in kept


@pytest.mark.parametrize("headers", [{"Host": "sandbox.example.com"}, {"Origin": "https://example.com"}])
def test_the_control_interface_is_for_this_machine(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = requests.post(f"{sandbox.url}/_control/reset", headers=headers, timeout=10)

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"customers": 100001}', b'{"limits": 1}'])
def test_an_odd_order_to_the_control_interface_is_refused(sandbox: Sandbox, body: bytes) -> None:
    answer = requests.post(f"{sandbox.url}/_control/reset", data=body, timeout=10)

    assert answer.status_code == 400
    assert "code" in json.loads(answer.content)


def test_a_ledger_is_asked_for_one_customer(api: Api, sandbox: Sandbox) -> None:
    assert api("POST", ADDRESS, ORDER).status_code == 201
    sandbox.add_pre_order_outside(300_000_001, ORDER)

    assert [effect["domainId"] for effect in sandbox.ledger()] == [TSUBAME, 300_000_001]
    assert [effect["domainId"] for effect in sandbox.ledger(300_000_001)] == [300_000_001]
    assert requests.get(f"{sandbox.url}/_control/ledger?domainId=x", timeout=10).status_code == 400


def test_a_ledger_is_asked_for_an_operation_and_for_what_came_after_an_id(api: Api, sandbox: Sandbox) -> None:
    for _ in range(2):
        assert api("POST", ADDRESS, ORDER).status_code == 201
    sandbox.add_pre_order_outside(TSUBAME, ORDER)
    first, second, third = sandbox.ledger()

    assert sandbox.ledger(operation="addPreOrder") == [first, second]
    assert sandbox.ledger(after=first["id"]) == [second, third]
    assert sandbox.ledger(TSUBAME, operation="addPreOrder", after=first["id"]) == [second]
    assert sandbox.ledger(operation="deletePreOrder") == []
    assert requests.get(f"{sandbox.url}/_control/ledger?after=x", timeout=10).status_code == 400
