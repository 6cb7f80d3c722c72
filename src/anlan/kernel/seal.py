"""Personal data at rest: AES-256-GCM under the instance's keys.

`context` names what is sealed and for whom ("intake.contact:<id>"); bytes sealed in one
context do not open in another, so a sealed value cannot be moved to a different row.
Layout: one byte key number, 12 bytes nonce, ciphertext with tag.
Which keys there are says the key ring (`anlan.kernel.keyring`), whose file is looked at each time.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anlan.kernel.errors import AnlanError
from anlan.kernel.keyring import KeyRing, Mark


class SealBroken(AnlanError):
    """Sealed data does not open with this instance's keys. Restore the key file and key ring that belong to this database; `anlan keys status` says which key is missing."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys as they were at one state of the ring's file; replaced in one step, never changed."""

    mark: Mark | None
    ciphers: dict[int, AESGCM]
    sealing: int


_ring: KeyRing | None = None
_keys = _Keys(None, {}, 0)


def use_ring(ring: KeyRing | None) -> None:
    """Take the keys from a ring, now and whenever its file changes. Called once at start."""
    global _ring
    _ring = ring
    if ring is not None:
        _load(ring, ring.mark())


def get_ring() -> KeyRing:
    """Give the ring in use."""
    assert _ring is not None, "seal.use_ring has not been called"
    return _ring


def set_keys(keys: dict[int, bytes]) -> None:
    """Set the keys by number (0–255) without a ring; the highest seals, all open."""
    global _ring
    _ring = None
    _hold(keys, sealing=max(keys), mark=None)


def newest() -> int:
    """Tell the number of the key that seals now."""
    return _current().sealing


def seal(data: bytes, context: bytes) -> bytes:
    """Encrypt `data` so that it opens only in `context`."""
    keys = _current()
    nonce = os.urandom(12)
    return bytes([keys.sealing]) + nonce + keys.ciphers[keys.sealing].encrypt(nonce, data, context)


def unseal(sealed: bytes, context: bytes) -> bytes:
    """Decrypt what `seal` made. Raises SealBroken."""
    try:
        keys = _current()
        return keys.ciphers[sealed[0]].decrypt(bytes(sealed[1:13]), bytes(sealed[13:]), context)
    except (KeyError, InvalidTag, IndexError, ValueError) as wrong:
        # ValueError: too short to hold a nonce.
        raise SealBroken() from wrong


def _current() -> _Keys:
    if _ring is not None:
        mark = _ring.mark()
        # A ring that vanished is not a fresh instance: go on with what is known.
        if mark is not None and mark != _keys.mark:
            _load(_ring, mark)
    return _keys


def _load(ring: KeyRing, mark: Mark | None) -> None:
    # The mark was taken before the file is read: a change in between is loaded again.
    keys, sealing = ring.secrets()
    _hold(keys, sealing=sealing, mark=mark)


def _hold(keys: dict[int, bytes], *, sealing: int, mark: Mark | None) -> None:
    global _keys
    ciphers = {
        number: AESGCM(hashlib.sha256(b"seal:" + key).digest()) for number, key in keys.items()
    }
    _keys = _Keys(mark, ciphers, sealing)
