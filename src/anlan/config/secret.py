"""The instance key: 32 random bytes in a file only the owner may read, made on first start.

Django's own signing key is derived from it, and so is the first key that seals contact data: a
fresh instance has one file to back up. Keys made later stand in the ring beside it
(`anlan.kernel.keyring`).
"""

import hashlib
import os
import secrets
from pathlib import Path

from anlan.kernel.errors import Invalid

_SIZE = 32


class SecretKeyBroken(Invalid):
    """The key file {file} does not hold 64 hexadecimal digits. Restore it from your backup; data sealed with the old key cannot be read with a new one."""


def get_key(file: Path) -> bytes:
    """Read the instance key, making it first if there is none."""
    if not file.exists():
        _make(file)
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        raise SecretKeyBroken(file=file) from None
    if len(key) != _SIZE:
        raise SecretKeyBroken(file=file)
    return key


def get_django_key(file: Path) -> str:
    """Derive the key Django signs its tokens with."""
    return hashlib.sha256(b"django:" + get_key(file)).hexdigest()


def _make(file: Path) -> None:
    if not file.parent.exists():
        file.parent.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as writer:
        writer.write(secrets.token_hex(_SIZE) + "\n")
        writer.flush()
        os.fsync(writer.fileno())
    try:
        # A link instead of a rename: of two that start together, the first one's key stays.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
