"""The environment that Partnerdesk's processes get."""

from pathlib import Path

import pytest

from portal.dev.server import environment, keys
from portal.dev.server.environment import Keys


@pytest.fixture
def some_keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def test_the_shell_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\nPORT=9000\nexport SANDBOX_PORT='9001'\n\n"
        'PARTNER_SCOPE="partner read"  \nBUSINESS_TIME_ZONE=Asia/Tokyo # the vendor\'s\nno assignment\n'
    )
    for name in ("SANDBOX_PORT", "PARTNER_SCOPE", "BUSINESS_TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "9100")
    found = environment.given(file)
    assert found["PORT"] == "9100"
    assert found["SANDBOX_PORT"] == "9001"
    assert found["PARTNER_SCOPE"] == "partner read"
    assert found["BUSINESS_TIME_ZONE"] == "Asia/Tokyo"


def test_portal_and_sandbox_agree(tmp_path: Path, some_keys: Keys) -> None:
    filled = environment.complete({"SANDBOX_PORT": "9001"}, home=tmp_path, keys=some_keys)
    assert filled["PORT"] == "8000"
    assert filled["PARTNER_API_URL"] == "http://127.0.0.1:9001/v1.0"
    assert filled["PARTNER_AUTH_URL"] == "http://127.0.0.1:9001/oauth2/v2.0"
    for what in ("CLIENT_ID", "CLIENT_SECRET_FILE", "SERVICE_ACCOUNT"):
        assert filled[f"PARTNER_{what}"] == filled[f"SANDBOX_{what}"]
    assert filled["BUSINESS_DATE_FILE"] == str(tmp_path / "business-date")
    assert filled["SANDBOX_STATE_FILE"] == str(tmp_path / "sandbox.sqlite3")


def test_the_sandbox_knows_where_the_portal_is_come_back_to(tmp_path: Path, some_keys: Keys) -> None:
    filled = environment.complete({"PORT": "9000"}, home=tmp_path, keys=some_keys)
    assert "http://127.0.0.1:9000/settings/connection/callback/" in filled["SANDBOX_REDIRECT_URIS"].split(",")


def test_set_to_nothing_the_service_account_stays_away_and_a_person_signs_in(tmp_path: Path, some_keys: Keys) -> None:
    filled = environment.complete({"PARTNER_SERVICE_ACCOUNT": ""}, home=tmp_path, keys=some_keys)
    assert filled["PARTNER_SERVICE_ACCOUNT"] == ""
    assert filled["SANDBOX_SERVICE_ACCOUNT"]
    theirs = environment.complete({"PARTNER_SERVICE_ACCOUNT": "theirs"}, home=tmp_path, keys=some_keys)
    assert theirs["PARTNER_SERVICE_ACCOUNT"] == theirs["SANDBOX_SERVICE_ACCOUNT"]


def test_another_vendor_is_left_as_given(tmp_path: Path, some_keys: Keys) -> None:
    given = {"PARTNER_API_URL": "https://vendor.example.com/v1.0", "PARTNER_CLIENT_SECRET": "theirs"}
    filled = environment.complete(given, home=tmp_path, keys=some_keys)
    assert filled["PARTNER_API_URL"] == "https://vendor.example.com/v1.0"
    assert filled["PARTNER_CLIENT_SECRET"] == "theirs"
    assert not [name for name in filled if name.startswith("SANDBOX_")]
    assert "BUSINESS_DATE_FILE" not in filled
    assert not environment.wants_sandbox(given)


def test_a_secret_key_of_ones_own_is_kept(tmp_path: Path, some_keys: Keys) -> None:
    assert "SECRET_KEY_FILE" not in environment.complete({"SECRET_KEY": "own"}, home=tmp_path, keys=some_keys)
    filled = environment.complete({"SECRET_KEY_FILE": "/own"}, home=tmp_path, keys=some_keys)
    assert filled["SECRET_KEY_FILE"] == "/own"


def test_a_date_file_of_ones_own_is_kept(tmp_path: Path, some_keys: Keys) -> None:
    filled = environment.complete({"BUSINESS_DATE_FILE": "/own"}, home=tmp_path, keys=some_keys)
    assert filled["BUSINESS_DATE_FILE"] == "/own"


def test_keys_are_made_once_and_for_their_owner_alone(some_keys: Keys) -> None:
    keys.ensure(some_keys)
    made = {path.name: path.read_bytes() for path in some_keys.folder.iterdir()}
    assert sorted(made) == ["client-secret", "secret-key", "service-account.pem", "service-account.pub"]
    assert {path.stat().st_mode & 0o777 for path in some_keys.folder.iterdir()} == {0o600}
    assert some_keys.folder.stat().st_mode & 0o777 == 0o700
    assert len(some_keys.secret_key.read_text()) >= 50

    keys.ensure(some_keys)

    assert {path.name: path.read_bytes() for path in some_keys.folder.iterdir()} == made
