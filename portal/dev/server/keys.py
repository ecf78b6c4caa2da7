"""Secrets of ``make run`` on this machine, generated once and readable by their owner only."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.dev.server.environment import Keys


def ensure(keys: Keys) -> None:
    """Make what is missing: Django's key, the sandbox's client secret, the service account's pair of keys."""
    keys.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (keys.secret_key, keys.client_secret):
        if not path.exists():
            _write(path, secrets.token_urlsafe(60).encode())
    if not keys.private_key.exists() or not keys.public_key.exists():
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        _write(
            keys.public_key,
            private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        )
        _write(
            keys.private_key,
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )


def _write(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, whole or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    unfinished.rename(path)
