"""Personal data at rest: AES-256-GCM under the instance's key.

`context` names what is sealed and for whom ("intake.contact:<id>"); bytes sealed in one
context do not open in another, so a sealed value cannot be moved to a different row.
Layout: one byte key number, 12 bytes nonce, ciphertext with tag.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anlan.kernel.errors import AnlanError

_ciphers: dict[int, AESGCM] = {}
_newest = 0


class SealBroken(AnlanError):
    """Sealed data does not open with this instance's keys. Restore the key file that belongs to this database."""


def set_keys(keys: dict[int, bytes]) -> None:
    """Set the keys by number (0–255); the highest seals, all open. Called once at start."""
    global _ciphers, _newest
    _ciphers = {
        number: AESGCM(hashlib.sha256(b"seal:" + key).digest()) for number, key in keys.items()
    }
    _newest = max(keys)


def seal(data: bytes, context: bytes) -> bytes:
    """Encrypt `data` so that it opens only in `context`."""
    nonce = os.urandom(12)
    return bytes([_newest]) + nonce + _ciphers[_newest].encrypt(nonce, data, context)


def unseal(sealed: bytes, context: bytes) -> bytes:
    """Decrypt what `seal` made. Raises SealBroken."""
    try:
        return _ciphers[sealed[0]].decrypt(bytes(sealed[1:13]), bytes(sealed[13:]), context)
    except (KeyError, InvalidTag, IndexError, ValueError) as wrong:
        # ValueError: too short to hold a nonce.
        raise SealBroken() from wrong
