"""
Encrypt secrets that have to be stored for a time.

The key is derived from SECRET_KEY for each purpose, so a secret of one purpose cannot be used for another. After
SECRET_KEY has changed, earlier secrets can be decrypted while the old key is in SECRET_KEY_FALLBACKS.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

_LENGTH_OF_A_FERNET_KEY = 32


class CannotUnseal(ValueError):
    """What lies there was not sealed here for this purpose, or SECRET_KEY has changed since."""

    trouble = "cannot unseal"


def seal(secret: bytes | str, *, purpose: str) -> bytes:
    """
    Encrypt a secret for one purpose.

    Args:
        secret: what nobody may read; a text is sealed as UTF-8.
        purpose: what it is for, such as ``operation``; the same word opens it again.

    Returns:
        Printable ASCII, longer than the secret by about half and 100; each time another.
    """
    return _locks(purpose).encrypt(force_bytes(secret))


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """
    Decrypt what ``seal`` answered.

    Args:
        sealed: as it was stored; a binary column answers it as a memoryview.
        purpose: the word with which it was sealed.

    Raises:
        CannotUnseal: it was altered, was sealed for something else, or the key is another by now.
    """
    try:
        return _locks(purpose).decrypt(bytes(sealed))
    except InvalidToken:
        reason = f"What was sealed for {purpose} cannot be opened: it was altered, or SECRET_KEY has changed."
    raise CannotUnseal(reason)


def _locks(purpose: str) -> MultiFernet:
    """The first locks and opens; the others, of earlier keys, only open."""
    return MultiFernet([_lock(key, purpose) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _lock(key: str | bytes, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=_LENGTH_OF_A_FERNET_KEY, salt=None, info=purpose.encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(key))))
