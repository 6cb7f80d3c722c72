"""Backups: an archive, its manifest or its open note with something wrong in it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pyrage
from hypothesis import example
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from anlan.backup import archive, rules
from anlan.backup.rules import Kind, LogPoint, Manifest
from tests.fuzz.making import bitten, nested, spoilt, texts
from tests.fuzz.running import fuzz, refusal_allowed
from tests.make import NOW

_identity = Identity.generate()
MEMBERS = [("manifest.json", b"{}"), ("database/000000", bytes(3000)), ("end.json", b"{}")]
_manifest = Manifest(
    name="20260310T020000Z", kind=Kind.BASE, made_at=NOW, anlan="0.1.0", postgresql=180006,
    entries=3, root="00" * 32, rows={"cases_case": 3}, keys={"secret.key": "ab"},
    migrations=["cases.0001_initial"], log=LogPoint(system="7", segment="000000010000000000000002", segment_bytes=16 << 20),
)  # fmt: skip
MANIFEST = json.loads(_manifest.to_json())


@fuzz(
    data=spoilt(MANIFEST).map(lambda tree: json.dumps(tree, default=str).encode())
    | bitten(_manifest.to_json())
    | nested.map(str.encode)
    | st.binary(max_size=80)
)
@example(data=b"[" * 3000)
@example(data=b"[]")
@example(data=json.dumps(MANIFEST | {"name": "\ud800"}).encode())
def test_manifests(data: bytes) -> None:
    with refusal_allowed():
        found = rules.read_manifest(data)
        assert rules.read_manifest(found.to_json()).to_json() == found.to_json()


TAR = b"".join(archive._Source._make(iter(MEMBERS)))


@fuzz(data=bitten(TAR) | st.binary(max_size=600))
def test_archives_that_hold_something_else(data: bytes) -> None:
    with refusal_allowed():
        read(pyrage.encrypt(data, [_identity.to_public()]))


@fuzz(text=texts | nested | bitten(_manifest.to_json()).map(lambda b: b.decode("utf-8", "replace")))
@example(text="[" * 3000)
def test_open_notes(text: str) -> None:
    # What the shelf passes over, as its reader says
    with refusal_allowed(ValueError, KeyError, TypeError):
        rules.read_shelved(text)


def _archive() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "archive.age"
        archive.write(path, _identity, iter(MEMBERS))
        return path.read_bytes()


ARCHIVE = _archive()


def read(data: bytes) -> list[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "archive.age"
        path.write_bytes(data)
        with archive.reading(path, _identity, key_file=Path("backup.key")) as members:
            return list(members)


@fuzz(data=bitten(ARCHIVE) | st.binary(max_size=100))
def test_archives(data: bytes) -> None:
    with refusal_allowed():
        assert read(data) == MEMBERS


def test_an_archive_is_whole_before_it_is_bitten() -> None:
    assert read(ARCHIVE) == MEMBERS
