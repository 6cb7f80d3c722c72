"""Checkpoints as signed notes, in the form that transparency logs share (C2SP tlog-checkpoint).

    anlan-ledger/5f0c…            origin: names the log
    230000                        size
    mJ8a…=                        root, base64
    at 2026-11-24T08:00:00+00:00  an extension line: when it was made

    — anlan-ledger/5f0c… Az3X…=   name and base64(key number ‖ Ed25519 signature)

The signature covers everything up to and with the line break before the empty line. The verifier
key `name+number+key` is one line that can be printed, mailed, pinned to a wall.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from anlan.kernel.errors import Invalid

ED25519 = b"\x01"
ROOT_BYTES = 32


class CheckpointUnreadable(Invalid):
    """This is not a checkpoint of a ledger: {reason}."""


class VerifierKeyUnreadable(Invalid):
    """This is not a verifier key (name+number+key): {key}"""


@dataclass(frozen=True, slots=True)
class CheckpointNote:
    """What a checkpoint says, and the bytes that were signed."""

    origin: str
    size: int
    root: bytes
    at: datetime
    signatures: tuple[tuple[str, bytes], ...]
    """Name, and key number (4 bytes) with signature (64 bytes)."""

    @property
    def text(self) -> str:
        """The signed text."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nat {self.at.astimezone(UTC).isoformat()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a ledger's key, under the ledger's name."""

    name: str
    key: Ed25519PublicKey

    @property
    def number(self) -> bytes:
        """The first four bytes of the hash of name and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + _raw(self.key)).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(ED25519 + _raw(self.key)).decode()
        return f"{self.name}+{self.number.hex()}+{key}"

    def has_signed(self, note: CheckpointNote) -> bool:
        """Tell whether the note carries a valid signature of this key."""
        for name, signature in note.signatures:
            if name == self.name and signature[:4] == self.number:
                try:
                    self.key.verify(signature[4:], note.text.encode())
                except InvalidSignature:
                    return False
                return note.origin == self.name
        return False


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()


def verifier_of(key: Ed25519PrivateKey) -> Verifier:
    """Name a ledger by its key: one key, one origin, without anything to configure."""
    public = key.public_key()
    return Verifier(f"anlan-ledger/{hashlib.sha256(_raw(public)).hexdigest()[:16]}", public)


def read_verifier(text: str) -> Verifier:
    """Read a verifier key from its line. Raises VerifierKeyUnreadable."""
    try:
        name, number, key = text.strip().split("+", 2)
        raw = base64.b64decode(key, validate=True)
        verifier = Verifier(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
    except (ValueError, binascii.Error) as wrong:
        raise VerifierKeyUnreadable(key=text.strip()[:100]) from wrong
    if raw[:1] != ED25519 or str(verifier).split("+", 2)[1] != number:
        raise VerifierKeyUnreadable(key=text.strip()[:100])
    return verifier


def sign_checkpoint(*, key: Ed25519PrivateKey, size: int, root: bytes, at: datetime) -> str:
    """Write and sign a checkpoint; `at` is the UTC instant it is made."""
    verifier = verifier_of(key)
    unsigned = CheckpointNote(verifier.name, size, root, at, ())
    signature = verifier.number + key.sign(unsigned.text.encode())
    return f"{unsigned.text}\n— {verifier.name} {base64.b64encode(signature).decode()}\n"


def read_checkpoint(text: str) -> CheckpointNote:
    """Read a checkpoint from its text; the signature is not judged here.

    Raises CheckpointUnreadable.
    """
    head, gap, tail = text.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) != 4 or not lines[3].startswith("at "):
        raise CheckpointUnreadable(reason="four lines, an empty line and a signature are expected")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        at = datetime.fromisoformat(lines[3][3:])
        signatures = []
        for line in tail.splitlines():
            dash, name, signature = line.split(" ")
            raw = base64.b64decode(signature, validate=True)
            if dash == "—" and len(raw) == 4 + 64:
                signatures.append((name, raw))
    except (ValueError, binascii.Error) as wrong:
        raise CheckpointUnreadable(reason=str(wrong)) from wrong
    if size < 0 or str(size) != lines[1] or len(root) != ROOT_BYTES or at.tzinfo is None:
        raise CheckpointUnreadable(reason="size, root or time is malformed")
    if not signatures:
        raise CheckpointUnreadable(reason="it carries no signature")
    return CheckpointNote(lines[0], size, root, at, tuple(signatures))
