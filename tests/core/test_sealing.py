"""Secrets at rest: opened with the same key for the same purpose, and in no other way."""

import pytest
from pytest_django import Settings

from portal.core.encryption import CannotUnseal, seal, unseal

SECRET = "Cedar-Lantern-47"


@pytest.mark.parametrize("secret", [SECRET, "鍵", "", b"\x00\xff"])
def test_what_was_sealed_opens_again(secret: str | bytes) -> None:
    plain = secret.encode() if isinstance(secret, str) else secret
    assert unseal(seal(secret, purpose="test"), purpose="test") == plain
    assert unseal(memoryview(seal(secret, purpose="test")), purpose="test") == plain


def test_what_is_sealed_tells_nothing() -> None:
    sealed = seal(SECRET, purpose="test")
    assert SECRET.encode() not in sealed
    assert sealed != seal(SECRET, purpose="test")


def test_it_opens_for_its_purpose_alone() -> None:
    with pytest.raises(CannotUnseal, match="cannot be opened"):
        unseal(seal(SECRET, purpose="test"), purpose="another")


def test_it_does_not_open_once_altered() -> None:
    sealed = bytearray(seal(SECRET, purpose="test"))
    sealed[20] ^= 1
    with pytest.raises(CannotUnseal):
        unseal(bytes(sealed), purpose="test")


def test_an_earlier_key_opens_while_it_is_named_and_not_after(settings: Settings) -> None:
    earlier = settings.SECRET_KEY
    sealed = seal(SECRET, purpose="test")
    settings.SECRET_KEY = "the next key of this portal, which is fifty long or more"
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert unseal(sealed, purpose="test") == SECRET.encode()
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CannotUnseal):
        unseal(sealed, purpose="test")
