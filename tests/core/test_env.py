"""Settings from the environment: what is good passes, what is odd stops with a sentence that names it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal import env

HTTP = ("https", "http")


@pytest.fixture(autouse=True)
def _no_such_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_text_comes_without_the_space_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "  value \n")
    assert env.text("THING") == "value"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_text_without_a_default_must_be_there(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv("THING", value)
    with pytest.raises(env.BadSetting, match=r"^THING: is not set\. .*THING_FILE"):
        env.text("THING")
    with pytest.raises(env.BadSetting, match=r"^THING: is not set\. Ask Hanako\."):
        env.text("THING", advice="Ask Hanako.")
    assert env.text("THING", "") == ""


def test_a_value_that_begins_with_a_dollar_sign_is_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_NOBODY", "elsewhere")
    monkeypatch.setenv("THING", "$HOME_OF_NOBODY")
    assert env.text("THING") == "$HOME_OF_NOBODY"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    monkeypatch.setenv("THING", "from the environment")
    monkeypatch.setenv("THING_FILE", str(file))
    assert env.text("THING") == "from the file"
    file.write_text("changed", encoding="utf-8")
    assert env.text("THING") == "changed"


def test_a_file_that_cannot_be_read_stops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing", tmp_path, binary):
        monkeypatch.setenv("THING_FILE", str(path))
        with pytest.raises(env.BadSetting, match=r"^THING: its file THING_FILE cannot be read"):
            env.text("THING", "a default does not help")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, True) for value in ("1", "TRUE", "on", "Yes")),
        *((value, False) for value in ("0", "False", "off", "no", "")),
    ],
)
def test_a_switch_is_on_or_off(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("THING", value)
    assert env.switch("THING", default=not expected) is expected


@pytest.mark.parametrize("default", [True, False])
def test_a_switch_has_its_default(default: bool) -> None:
    assert env.switch("THING", default=default) is default


def test_a_whole_number_may_touch_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.integer("THING", 7, minimum=1, maximum=9) == 7
    for value in ("1", "9"):
        monkeypatch.setenv("THING", value)
        assert env.integer("THING", 7, minimum=1, maximum=9) == int(value)


def test_days_may_be_none_at_all_which_is_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.days("THING", 30, minimum=30) == 30
    for value in ("0", "30", "36500"):
        monkeypatch.setenv("THING", value)
        assert env.days("THING", 90, minimum=30) == int(value)


def test_names_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.names("THING", ["a", "b"]) == ["a", "b"]
    monkeypatch.setenv("THING", " one, two ,,three,")
    assert env.names("THING", ["a"]) == ["one", "two", "three"]


def test_numbers_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.numbers("THING", (3, 7.5)) == [3, 7.5]
    monkeypatch.setenv("THING", "0.1, 2")
    assert env.numbers("THING", (1,)) == [0.1, 2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("https://example.com/v1.0/", "https://example.com/v1.0"), ("http://127.0.0.1:8001", "http://127.0.0.1:8001")],
)
def test_an_address_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    monkeypatch.setenv("THING", value)
    assert env.url("THING", schemes=HTTP) == expected


def test_a_socket_is_an_address_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "unix:///run/redis.sock")
    assert env.url("THING", schemes=("redis", "unix")) == "unix:///run/redis.sock"


def test_a_database_address_becomes_djangos_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "postgres://portal:p%40ss@db.example.com:5433/desk")
    database = env.database("THING")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert [database[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "portal",
        "p@ss",
        "db.example.com",
        5433,
        "desk",
    ]


BAD: list[tuple[Callable[[], Any], str]] = [
    *((lambda: env.switch("THING", default=True), value) for value in ("2", "maybe", "tru")),
    *(
        (lambda: env.integer("THING", 5, minimum=1, maximum=9), value)
        for value in ("", "0", "10", "-1", "1.5", "five", "\uff15", "1e3")
    ),
    *(
        (lambda: env.days("THING", 90, minimum=30), value)
        for value in ("", "29", "1", "-1", "36501", "30.5", "\uff13\uff10")
    ),
    *((lambda: env.names("THING", ["a"]), value) for value in ("", " , ")),
    *((lambda: env.numbers("THING", (1,)), value) for value in ("", "0", "1,-2", "a,b", "nan", "inf")),
    *(
        (lambda: env.url("THING", "https://example.com", schemes=HTTP), value)
        for value in ("", "example.com", "ftp://example.com", "https://", "https:/example.com", "https:example.com")
    ),
    *(
        (lambda: env.url("THING", schemes=HTTP), value)
        for value in ("http://:80/x", "http://host:eighty", "http://[::1")
    ),
    *(
        (lambda: env.database("THING"), value)
        for value in ("mysql://a@b/c", "sqlite:///x", "b/c", "postgres://user@host:54a/x", "postgres://user@host")
    ),
]


@pytest.mark.parametrize(("read", "value"), BAD)
def test_an_odd_value_stops_and_is_named(monkeypatch: pytest.MonkeyPatch, read: Callable[[], Any], value: str) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(env.BadSetting, match=r"^THING: (is|use|name) .+\.$"):
        read()


def test_a_dotenv_file_fills_in_what_the_environment_leaves_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THING", "from the environment")
    monkeypatch.setenv("OTHER_THING", "removed again at the end")
    monkeypatch.delenv("OTHER_THING")
    (tmp_path / ".env").write_text("# a note\nTHING=from .env\nOTHER_THING='from .env'\n", encoding="utf-8")
    env.read_file(tmp_path / ".env")
    assert env.text("THING") == "from the environment"
    assert env.text("OTHER_THING") == "from .env"


def test_no_dotenv_file_is_no_trouble(tmp_path: Path) -> None:
    env.read_file(tmp_path / ".env")


@pytest.mark.parametrize(
    ("address", "host", "port", "tls", "ssl"),
    [
        ("smtp+tls://user:p%40ss@mail.example", "mail.example", 587, True, False),
        ("smtp+ssl://user:p%40ss@mail.example", "mail.example", 465, False, True),
        ("smtp://mail.example:2525", "mail.example", 2525, False, False),
    ],
)
def test_a_mail_server(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str, port: int, tls: bool, ssl: bool
) -> None:
    monkeypatch.setenv("THING", address)
    is_set, found = env.mail_server("THING")
    assert is_set
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)
    assert found["EMAIL_HOST_PASSWORD"] == ("p@ss" if "user" in address else "")


def test_mail_into_files_and_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    is_set, found = env.mail_server("THING")
    assert (is_set, found["EMAIL_BACKEND"]) == (False, "django.core.mail.backends.dummy.EmailBackend")
    monkeypatch.setenv("THING", "filemail:///tmp/mails")
    assert env.mail_server("THING")[1]["EMAIL_FILE_PATH"] == "/tmp/mails"  # noqa: S108  nothing is written


@pytest.mark.parametrize("address", ["mail.example", "imap://mail.example", "smtp://", "smtp://mail.example:port"])
def test_no_mail_server(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("THING", address)
    with pytest.raises(env.BadSetting, match=r"^THING: is no address of a mail server"):
        env.mail_server("THING")


def test_a_mail_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.mail_address("THING", "desk@localhost") == "desk@localhost"
    monkeypatch.setenv("THING", "Partnerdesk <desk@example.com>")
    assert env.mail_address("THING", "") == "Partnerdesk <desk@example.com>"
    for odd in ("desk", "desk@example.com\nBcc: all@example.com"):
        monkeypatch.setenv("THING", odd)
        with pytest.raises(env.BadSetting, match=r"is no e-mail address"):
            env.mail_address("THING", "")
