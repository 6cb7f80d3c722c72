"""The backup key, which opens backups, and the instance's key files, which never lie in an archive.

The backup key is an age identity in a file of its own (ANLAN_BACKUP_KEY_FILE), made with the first
backup. The instance's keys (they seal contacts, sign checkpoints) go into a second, small archive,
`keys.age`, so that it can be kept apart from the data that it opens.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity

from anlan.backup import archive
from anlan.backup.errors import BackupKeyBroken, BackupKeyMissing
from anlan.kernel.keyring import KeyRing

LEDGER_KEY = "ledger.key"
_LEFT_OVER = (".new", ".lock", ".age")


def get_backup_key(file: Path) -> Identity:
    """Read the backup key. Raises BackupKeyMissing, BackupKeyBroken."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except FileNotFoundError:
        raise BackupKeyMissing(file=file) from None
    except (UnicodeDecodeError, StopIteration, pyrage.IdentityError):
        raise BackupKeyBroken(file=file) from None


def make_backup_key(file: Path) -> bool:
    """Make the backup key if there is none, readable by its owner only; tell whether it was made."""
    if file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    identity = Identity.generate()
    text = f"# anlan backup key; public: {identity.to_public()}\n{identity}\n"
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    try:
        # A link instead of a rename: of two that start together, the first one's key stays.
        os.link(fresh, file)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def list_key_files(home: Path, secret_key_file: Path) -> dict[str, Path]:
    """List an instance's key files that exist: the instance key, its ring, the ledger's key."""
    ring = sorted(secret_key_file.parent.glob(f"{secret_key_file.name}*"))
    found = {f"secret.key{path.name[len(secret_key_file.name) :]}": path for path in ring}
    found = {name: path for name, path in found.items() if not name.endswith(_LEFT_OVER)}
    if (home / LEDGER_KEY).exists():
        found[LEDGER_KEY] = home / LEDGER_KEY
    return found


def fingerprints(files: Mapping[str, bytes]) -> dict[str, str]:
    """Give what tells keys apart and says nothing of them."""
    return {
        name: hashlib.sha256(b"anlan key file:" + data).hexdigest()[:16]
        for name, data in sorted(files.items())
    }


def write(target: Path, identity: Identity, files: Mapping[str, bytes]) -> None:
    """Write key files into an archive of their own."""

    def members() -> Iterator[archive.Member]:
        yield from files.items()
        yield "end.json", b"{}"

    archive.write(target, identity, members())


def keep(path: Path, identity: Identity, files: Mapping[str, bytes], *, key_file: Path) -> bool:
    """Have an archive hold just these key files; tell whether it had to be written."""
    if path.exists() and read(path, identity, key_file=key_file) == files:
        return False
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        write(fresh, identity, files)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def recall_all(secret_key_file: Path, *, at: datetime) -> list[int]:
    """Put every archived key that has not been destroyed back on the ring; give their numbers.

    What was restored may be older than the ring. The nightly job retires what no row needs.
    """
    ring = KeyRing(secret_key_file, b"")
    numbers = [key.number for key in ring.list_archived() if key.secret != b""]
    for number in numbers:
        ring.recall(number, at=at)
    return numbers


def read(path: Path, identity: Identity, *, key_file: Path) -> dict[str, bytes]:
    """Read the key files of an archive. Raises BackupKeyWrong, BackupDamaged."""
    with archive.reading(path, identity, key_file=key_file) as members:
        return {name: data for name, data in members if name != "end.json"}
