"""
A token store in a file, shared by processes, and a process that calls through it.

    python -m tests.support.shared_tokens

reads from standard input a line of JSON (`api_url`, `auth_url`, `client_id`, `client_secret`, `path`, `domain_id`),
says "ready", waits for another line, makes one call and says what came of it.
"""

import fcntl
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from portal.vendor.client import OpenGate, PartnerApi, PartnerApiError, Secret, Token, UserAccount


class FileTokens:
    """A token store for all processes of one machine that know the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Token | None:
        """Return the token last saved."""
        if not self._path.exists():
            return None
        kept = json.loads(self._path.read_text())
        return Token(
            access_token=Secret(kept["access_token"]),
            expires_at=datetime.fromisoformat(kept["expires_at"]),
            scope=kept["scope"],
            refresh_token=Secret(kept["refresh_token"]) if kept["refresh_token"] else None,
            refresh_issued_at=datetime.fromisoformat(kept["issued_at"]) if kept["issued_at"] else None,
        )

    def save(self, token: Token) -> None:
        """Keep `token`, whole or not at all."""
        kept = {
            "access_token": token.access_token.get_secret_value(),
            "expires_at": token.expires_at.isoformat(),
            "scope": token.scope,
            "refresh_token": token.refresh_token.get_secret_value() if token.refresh_token else "",
            "issued_at": token.refresh_issued_at.isoformat() if token.refresh_issued_at else "",
        }
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(json.dumps(kept))
        unfinished.rename(self._path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold a lock among processes."""
        with self._path.with_suffix(".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def main() -> None:
    """Make one call when told to."""
    told = json.loads(sys.stdin.readline())
    api = PartnerApi(
        api_url=told["api_url"],
        auth_url=told["auth_url"],
        account=UserAccount(told["client_id"], Secret(told["client_secret"])),
        tokens=FileTokens(Path(told["path"])),
        gate=OpenGate(),
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        outcome = str(api.customers.get_customer(told["domain_id"]).domain_id)
    except PartnerApiError as error:
        outcome = str(error)
    sys.stdout.write(f"{outcome}\n")


if __name__ == "__main__":
    main()
