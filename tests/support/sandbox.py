"""
Starts a sandbox for tests, as the process it really is, and turns its knobs.

    with Sandbox.start(customers=20, business_date="2026-01-15") as sandbox:
        sandbox.fault("addPreOrder", "cut_after")
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).parents[2]
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"
SERVICE_ACCOUNT = "abc12.serviceaccount@partner.example.com"
REDIRECT_URI = "http://127.0.0.1:8000/settings/connection/callback/"
START_SECONDS = 90  # a seed of 100,000 customers is the slowest start there is
STOP_SECONDS = 10
CALL_SECONDS = 60


class Sandbox:
    """A running sandbox. Made by `start()`; ended by `stop()`, `kill()` or the end of a `with` block."""

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET
    service_account = SERVICE_ACCOUNT
    redirect_uri = REDIRECT_URI

    def __init__(self, options: dict[str, str], directory: tempfile.TemporaryDirectory[str], program: str) -> None:
        self._options = options
        self._program = program
        self._directory = directory
        self._session = requests.Session()
        self._stderr = Path(directory.name, "stderr")
        self._launch()

    @classmethod
    def start(
        cls,
        *,
        customers: int = 30,
        seed: int = 1,
        business_date: str | None = None,
        business_date_file: Path | None = None,
        state_file: Path | None = None,
        token_seconds: int = 86_400,
        rate_limit: int = 0,
        rate_window: int = 60,
        rate_kind: str = "fixed",
        port: int = 0,
        checked: bool = True,
    ) -> Self:
        """
        Start a sandbox and wait until it serves.

        Args:
            customers: how many to make up, the named ones among them.
            business_date: YYYY-MM-DD, which stands still; None follows the real day.
            rate_limit: calls per operation and window of `rate_window` seconds; 0 none, as tests are quick.
            rate_kind: whether that window is fixed or sliding.
            port: 0 for any free one.
            checked: whether it is held to the contract, see tests/support/checked_sandbox.py. False to measure it.

        Raises:
            RuntimeError: it did not start; the message carries what it wrote to standard error.
        """
        directory = tempfile.TemporaryDirectory(prefix="sandbox-")
        public_key = Path(directory.name, "public.pem")
        public_key.write_bytes(_key_pair()[1])
        options = {
            "SANDBOX_PORT": str(port),
            "SANDBOX_CUSTOMERS": str(customers),
            "SANDBOX_SEED": str(seed),
            "SANDBOX_BUSINESS_DATE": business_date or "",
            "BUSINESS_DATE_FILE": str(business_date_file or ""),
            "SANDBOX_STATE_FILE": str(state_file or ""),
            "SANDBOX_TOKEN_SECONDS": str(token_seconds),
            "SANDBOX_RATE_LIMIT": str(rate_limit),
            "SANDBOX_RATE_WINDOW": str(rate_window),
            "SANDBOX_RATE_KIND": rate_kind,
            "SANDBOX_CLIENT_ID": CLIENT_ID,
            "SANDBOX_CLIENT_SECRET": CLIENT_SECRET,
            "SANDBOX_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
            "SANDBOX_PUBLIC_KEY_FILE": str(public_key),
            "SANDBOX_REDIRECT_URIS": REDIRECT_URI,
        }
        return cls(options, directory, "tests.support.checked_sandbox" if checked else "portal.dev.sandbox")

    def _launch(self) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
        with self._stderr.open("ab") as stderr:
            self._process = subprocess.Popen(  # noqa: S603  one of two programs of ours
                [sys.executable, "-m", self._program],
                cwd=ROOT,
                env=environ | self._options,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self.url = self._read_address()
        self.api_url = f"{self.url}/v1.0"
        self.auth_url = f"{self.url}/oauth2/v2.0"

    def _read_address(self) -> str:
        # A process that hangs is ended by the timer, which closes its output: the line then comes back empty.
        timer = threading.Timer(START_SECONDS, self._process.kill)
        timer.start()
        try:
            stdout = self._process.stdout
            line = stdout.readline() if stdout else ""
        finally:
            timer.cancel()
        if " listening on " not in line:
            self.kill()
            raise RuntimeError(f"the sandbox did not start: {self.errors()}")
        return line.rpartition(" ")[2].strip()

    def stop(self) -> None:
        """End it in good order; a second time does nothing."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, signal_number: signal.Signals) -> None:
        """Send it a signal that ends it, and wait until it has."""
        self._process.send_signal(signal_number)
        self._wait()

    def kill(self) -> None:
        """End it at once, as a crash would; a second time does nothing."""
        self._process.kill()
        self._wait()

    def restart(self) -> None:
        """Start it again after `stop()` or `kill()`, with the same options and at the same address."""
        self._options["SANDBOX_PORT"] = self.url.rpartition(":")[2]
        self._launch()

    def close(self) -> None:
        """End it for good and remove its files."""
        self.stop()
        self._session.close()
        self._directory.cleanup()

    def _wait(self) -> None:
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            if self._process.stdout:
                self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def private_key_pem(self) -> str:
        """The private key of the service account, PKCS#8 PEM."""
        return _key_pair()[0].decode()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How the process ended; None while it runs."""
        return self._process.poll()

    def errors(self) -> str:
        """Give what it wrote to standard error so far; nothing, when all is well."""
        return self._stderr.read_text()

    def fault(
        self,
        operation: str,
        fault: str,
        *,
        count: int = 1,
        probability: float = 1.0,
        seconds: float | None = None,
        seed: int | None = None,
        domain_id: int | None = None,
    ) -> None:
        """Order a fault for an operation, "*" or "token": `count` times, 0 forever; `domain_id` for the clock's."""
        order = {"operation": operation, "fault": fault, "count": count, "probability": probability}
        others = {"seconds": seconds, "seed": seed, "domainId": domain_id}
        order |= {name: value for name, value in others.items() if value is not None}
        self.control("POST", "/faults", order)

    def clear_faults(self) -> None:
        """Withdraw every fault."""
        self.control("DELETE", "/faults")

    def faults(self) -> list[dict[str, Any]]:
        """Give the faults in force."""
        return list(self.control("GET", "/faults")["faults"])

    def ledger(
        self, domain_id: int | None = None, *, operation: str | None = None, after: int | None = None
    ) -> list[dict[str, Any]]:
        """Give every committed effect, oldest first: of one customer, of one operation, after an id, or of all."""
        wanted = {"domainId": domain_id, "operation": operation, "after": after}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return list(self.control("GET", f"/ledger?{query}")["effects"])

    def calls(self) -> Counter[str]:
        """Give the calls received per operation, plus "token"; one never called counts 0."""
        return Counter(self.control("GET", "/calls"))

    def reset_calls(self) -> None:
        """Count calls from 0 again."""
        self.control("DELETE", "/calls")

    def business_date(self) -> str:
        """Give the sandbox's date, YYYY-MM-DD."""
        return str(self.control("GET", "/clock")["businessDate"])

    def set_clock(self, date: str) -> None:
        """Move the clock forward to a date, YYYY-MM-DD."""
        self.control("POST", "/clock", {"businessDate": date})

    def move_clock(self, days: int) -> None:
        """Move the clock forward by days."""
        self.control("POST", "/clock", {"days": days})

    def limits(self, limit: int | None = None, window: int | None = None, **others: object) -> None:
        """
        Set calls per operation and window (seconds), 0 for no limit; counting begins anew.

        Args:
            others: `kind` fixed or sliding; `concurrent` calls at the same time; `rival` None or share and operation.
        """
        wanted = {"limit": limit, "window": window}
        self.control("POST", "/limits", others | {name: value for name, value in wanted.items() if value is not None})

    def reset(self, *, customers: int | None = None, seed: int | None = None) -> None:
        """Go back to the fresh seed, without faults, counts and effects. Tokens stay good."""
        wanted = {"customers": customers, "seed": seed}
        self.control("POST", "/reset", {name: value for name, value in wanted.items() if value is not None})

    def add_pre_order_outside(self, domain_id: int, order: dict[str, Any]) -> dict[str, Any]:
        """Make a pre-order as somebody at LINE WORKS's console would."""
        return self.control("POST", f"/customers/{domain_id}/pre-orders", order)

    def oauth(self, **switches: object) -> None:
        """Turn the app's switches until the next reset: `rotation`, `tokenSeconds`, `redirectUris`."""
        self.control("POST", "/oauth", switches)

    def expire_tokens(self) -> None:
        """Let every access token expire now; refresh tokens stay good."""
        self.control("POST", "/oauth/expire", {})

    def revoke_tokens(self) -> None:
        """End every token and code."""
        self.control("POST", "/oauth/revoke", {})

    def consent(self, address: str, decision: str = "allow") -> dict[str, str]:
        """
        Be the person whose browser is led to `address`, and press a button there.

        Args:
            decision: "allow" or "refuse".

        Returns:
            The parameters with which the browser is sent back to the app.
        """
        answer = self._session.get(address, timeout=CALL_SECONDS, allow_redirects=False)
        if answer.status_code == 200:
            found = re.search(r'name="question" value="([^"]+)"', answer.text)
            form = {"question": found[1] if found else "", "decision": decision}
            answer = self._session.post(
                f"{self.auth_url}/authorize", data=form, timeout=CALL_SECONDS, allow_redirects=False
            )
        if answer.status_code != 303:
            raise RuntimeError(f"the browser is not sent back: {answer.status_code} {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the control interface; an answer other than success is an error."""
        answer = self._session.request(method, f"{self.url}/_control{path}", json=body, timeout=CALL_SECONDS)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        result: dict[str, Any] = answer.json()
        return result

    def assertion(self, **claims: object) -> str:
        """Sign a JWT for the token endpoint; `claims` replace the good ones."""
        now = int(time.time())
        good: dict[str, Any] = {"iss": CLIENT_ID, "sub": SERVICE_ACCOUNT, "iat": now, "exp": now + 600}
        return jwt.encode(good | claims, _private_key(), algorithm="RS256")

    def get_token(self, scope: str = "partner") -> str:
        """Get an access token the documented way."""
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self.assertion(),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": scope,
        }
        answer = self._session.post(f"{self.auth_url}/token", data=form, timeout=CALL_SECONDS)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@cache
def _private_key() -> rsa.RSAPrivateKey:
    """Make the service account's key, once per test process."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@cache
def _key_pair() -> tuple[bytes, bytes]:
    """Write the service account's keys, private and public."""
    private = _private_key()
    return (
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    )
