"""The settings as a whole: they stop with advice, or they are safe to run with."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from portal import checks, env

ROOT = Path(__file__).parents[2]
DEPLOYED = {
    "DEBUG": "0",
    "SECRET_KEY": "k7Qz-w2Rm_9Xb4Tn-c6Vh1Jd8Lp3Gs5Yf0Ae-u9Ei7Ok2Wq4Zr",
    "SECRET_KEY_FALLBACKS": "",
    "ALLOWED_HOSTS": "desk.example.com",
    "TRUSTED_PROXIES": "0",
    "DATABASE_URL": "postgres://portal@db.example.com/portal",
    "REDIS_URL": "rediss://cache.example.com/0",
    "PARTNER_API_URL": "https://www.worksapis.com/v1.0",
    "PARTNER_AUTH_URL": "https://auth.worksmobile.com/oauth2/v2.0",
    "PARTNER_RATE_LIMIT": "240",
    "PARTNER_RATE_WINDOW": "60",
    "PARTNER_CONCURRENCY": "4",
    "BUSINESS_TIME_ZONE": "Asia/Tokyo",
    "BUSINESS_DATE_FILE": "",
}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a deployment; a ``.env`` file of this folder is no part of it."""
    monkeypatch.setattr(env, "read_file", lambda _path: None)
    for name, value in DEPLOYED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def evaluate() -> dict[str, Any]:
    """Run the settings file anew and answer what it sets."""
    return runpy.run_path(str(ROOT / "portal" / "settings.py"))


def check(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run ``check`` as an administrator would."""
    return subprocess.run(  # noqa: S603  fixed arguments
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env=os.environ | DEPLOYED | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_deployment_has_nothing_that_django_would_warn_of() -> None:
    checked = check("--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_a_bad_value_ends_the_process_with_its_advice() -> None:
    stopped = check(DATABASE_URL="")
    assert stopped.returncode != 0
    assert "DATABASE_URL: is not set. Set it to a PostgreSQL address" in stopped.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("SECRET_KEY", "", "50 or more random characters"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("ALLOWED_HOSTS", ",", "name at least one"),
        ("DEBUG", "perhaps", "use 1 or 0"),
        ("DEBUG", "1", "this machine alone"),
        ("SECRET_KEY", "hello", "can be guessed"),
        ("SECRET_KEY", "hello" * 20, "can be guessed"),
        ("SECRET_KEY", f"django-insecure-{'k7Qz-w2Rm_9Xb4Tn-c6Vh1Jd8Lp3Gs5Yf0Ae-u9Ei7'}", "can be guessed"),
        ("SECRET_KEY_FALLBACKS", f"{DEPLOYED['SECRET_KEY']} hello", "can be guessed"),
        ("ALLOWED_HOSTS", "desk.example.com,*", "name each"),
        ("TRUSTED_PROXIES", "all", "from 0 to 9"),
        ("PORT", "80000", "from 1 to 65535"),
        ("BUSINESS_TIME_ZONE", "Japan Standard Time", "Asia/Tokyo"),
        ("PARTNER_API_URL", "www.worksapis.com", "https://"),
        ("PARTNER_AUTH_URL", "ftp://auth.worksmobile.com", "https://"),
        ("PARTNER_RATE_LIMIT", "0", "from 1 to"),
        ("PARTNER_RATE_WINDOW", "0", "from 1 to"),
        ("PARTNER_CONCURRENCY", "0", "from 1 to"),
        ("READ_BACK_SECONDS", "3,soon", "numbers above 0"),
        ("DETECTED_CHANGES_KEPT_DAYS", "364", "use 0 to keep for ever, or a number of days from 365"),
        ("METERING_KEPT_DAYS", "forever", "from 365"),
        ("SYNC_RUNS_KEPT_DAYS", "-1", "from 365"),
        ("PARTNER_CLIENT_SECRET_FILE", "/nowhere/at/all", "cannot be read"),
    ],
)
def test_every_bad_value_is_named_with_advice(deployed: pytest.MonkeyPatch, name: str, value: str, advice: str) -> None:
    deployed.setenv(name, value)
    with pytest.raises(env.BadSetting) as stopped:
        evaluate()
    assert str(stopped.value).startswith(f"{name.removesuffix('_FILE')}: ")
    assert advice in str(stopped.value)


def test_earlier_secret_keys_are_named_in_order(deployed: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert evaluate()["SECRET_KEY_FALLBACKS"] == []
    newer, older = DEPLOYED["SECRET_KEY"][::-1], DEPLOYED["SECRET_KEY"].swapcase()
    file = tmp_path / "keys"
    file.write_text(f"{newer}\n{older}\n", encoding="utf-8")
    deployed.setenv("SECRET_KEY_FALLBACKS_FILE", str(file))
    assert evaluate()["SECRET_KEY_FALLBACKS"] == [newer, older]


def test_secrets_may_stand_in_files(deployed: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "PARTNER_CLIENT_SECRET", "PARTNER_PRIVATE_KEY"):
        file = tmp_path / name
        file.write_text(f"postgres://portal:{name}@db-of-a-deployment.example.com/portal\n", encoding="utf-8")
        deployed.delenv(name, raising=False)
        deployed.setenv(f"{name}_FILE", str(file))
    set_to = evaluate()
    assert (
        set_to["PARTNER_PRIVATE_KEY"] == "postgres://portal:PARTNER_PRIVATE_KEY@db-of-a-deployment.example.com/portal"
    )
    assert "PARTNER_CLIENT_SECRET" in set_to["PARTNER_CLIENT_SECRET"]
    assert "SECRET_KEY" in set_to["SECRET_KEY"]
    assert set_to["DATABASES"]["default"]["PASSWORD"] == "DATABASE_URL"


@pytest.mark.parametrize(
    ("hosts", "expected"), [("desk.example.com", True), ("localhost,desk.example.com", True), ("localhost", False)]
)
def test_https_is_a_must_unless_the_portal_is_for_this_machine_alone(
    deployed: pytest.MonkeyPatch, hosts: str, expected: bool
) -> None:
    deployed.setenv("ALLOWED_HOSTS", hosts)
    set_to = evaluate()
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"):
        assert set_to[name] is expected
    assert bool(set_to["SECURE_HSTS_SECONDS"]) is expected


def test_what_a_proxy_says_of_a_browser_is_believed_only_where_one_is_declared(deployed: pytest.MonkeyPatch) -> None:
    set_to = evaluate()
    assert (set_to["SECURE_PROXY_SSL_HEADER"], set_to["ALLAUTH_TRUSTED_PROXY_COUNT"]) == (None, 0)
    deployed.setenv("TRUSTED_PROXIES", "2")
    set_to = evaluate()
    assert set_to["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert set_to["ALLAUTH_TRUSTED_PROXY_COUNT"] == 2


def test_a_debug_page_may_be_shown_on_this_machine(deployed: pytest.MonkeyPatch) -> None:
    deployed.setenv("ALLOWED_HOSTS", "localhost")
    deployed.setenv("DEBUG", "1")
    assert evaluate()["DEBUG"] is True


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("http://www.worksapis.com/v1.0", True),
        ("http://127.0.0.1.example.com/v1.0", True),
        ("http://localhost@example.com/v1.0", True),
        ("http://127.0.0.1:8001/v1.0", False),
        ("http://[::1]:8001/v1.0", False),
        ("https://www.worksapis.com/v1.0", False),
    ],
)
def test_plain_http_is_for_this_machine_alone(settings: Settings, address: str, refused: bool) -> None:
    settings.PARTNER_API_URL = address
    found = [message.id for message in checks.plain_http_only_here(None)]
    assert found == (["portal.E002"] if refused else [])
