"""Checkpoints as signed notes: what was signed is what is read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from anlan.ledger import rules

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VERIFIER = rules.verifier_of(KEY)
NOTE = rules.sign_checkpoint(key=KEY, size=3, root=bytes(32), at=NOW)


def test_form() -> None:
    lines = NOTE.split("\n")
    assert lines[:5] == [VERIFIER.name, "3", "A" * 43 + "=", "at 2026-11-24T08:00:00+00:00", ""]
    assert lines[5].startswith(f"— {VERIFIER.name} ")
    assert lines[6:] == [""]


@given(st.integers(0, 1 << 60), st.binary(min_size=32, max_size=32), st.datetimes())
def test_read_gives_what_was_signed(size: int, root: bytes, at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    note = rules.read_checkpoint(rules.sign_checkpoint(key=KEY, size=size, root=root, at=at))
    assert (note.origin, note.size, note.root, note.at) == (VERIFIER.name, size, root, at)
    assert VERIFIER.has_signed(note)
    assert not VERIFIER.has_signed(replace(note, size=size + 1))
    assert not rules.verifier_of(OTHER_KEY).has_signed(note)


def test_windows_line_ends_are_understood() -> None:
    assert VERIFIER.has_signed(rules.read_checkpoint(NOTE.replace("\n", "\r\n")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n4\n"),
        ("08:00:00", "08:00:01"),
        ("AAAA", "AAAB"),
        ("anlan-ledger", "other-ledger"),
    ],
)
def test_changed_text_is_not_signed(old: str, new: str) -> None:
    assert not VERIFIER.has_signed(rules.read_checkpoint(NOTE.replace(old, new, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n-3\n"),
        NOTE.replace("\n3\n", "\nthree\n"),
        NOTE.replace("+00:00", ""),
        NOTE.replace("A" * 43, "A" * 39),
        NOTE.split("—", maxsplit=1)[0],
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", ""),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(rules.CheckpointUnreadable):
        rules.read_checkpoint(text)


def test_verifier_key_as_a_line() -> None:
    assert rules.read_verifier(f"{VERIFIER}\n").has_signed(rules.read_checkpoint(NOTE))


@pytest.mark.parametrize(
    "text",
    ["", "a+b", "a+00000000+AQ==", str(VERIFIER)[1:], str(VERIFIER) + "x"],
)
def test_damaged_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(rules.VerifierKeyUnreadable):
        rules.read_verifier(text)


def test_proof_survives_its_file() -> None:
    leaf = rules.leaf_hash("b")
    proof = rules.InclusionProof(
        entry_id=9,
        body="b",
        leaf_index=1,
        size=2,
        root=rules.node_hash(rules.leaf_hash("a"), leaf),
        hashes=(rules.leaf_hash("a"),),
        checkpoint=NOTE,
    )
    assert rules.read_proof(proof.to_json()) == proof
    assert proof.is_valid()
    assert not replace(proof, body="c").is_valid()
    assert not replace(proof, leaf_index=0).is_valid()
    assert not replace(proof, root=leaf).is_valid()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "other"}', '{"kind": 3}', "null"])
def test_anything_else_is_no_proof(text: str) -> None:
    with pytest.raises(rules.ProofUnreadable):
        rules.read_proof(text)
