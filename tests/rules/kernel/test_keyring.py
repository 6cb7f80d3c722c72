"""The ring of keys: one seals, older ones open, retired ones wait in the archive."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from anlan.kernel import keyring, seal
from anlan.kernel.keyring import KeyRing, KeyState
from tests.rules.kernel.test_seal import CONTEXT, PLAIN, keys

__all__ = ["keys"]

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path: Path, keys: None) -> KeyRing:
    ring = KeyRing(tmp_path / "secret.key", b"i" * 32)
    seal.use_ring(ring)
    return ring


def states(ring: KeyRing) -> dict[int, KeyState]:
    return {key.number: key.state for key in ring.list_keys()}


def test_a_fresh_instance_seals_with_its_own_key_and_has_no_ring_file(ring: KeyRing) -> None:
    assert states(ring) == {0: KeyState.SEALING}
    assert seal.seal(PLAIN, CONTEXT)[0] == 0
    assert not ring.file.exists()


def test_after_a_rotation_the_new_key_seals_and_the_old_one_opens(ring: KeyRing) -> None:
    old = seal.seal(PLAIN, CONTEXT)
    assert ring.rotate(at=AT).number == 1
    new = seal.seal(PLAIN, CONTEXT)
    assert (old[0], new[0]) == (0, 1)
    assert seal.unseal(old, CONTEXT) == seal.unseal(new, CONTEXT) == PLAIN
    assert states(ring) == {0: KeyState.OPENING, 1: KeyState.SEALING}
    assert ring.file.stat().st_mode & 0o777 == 0o600


def test_keys_are_random_and_do_not_follow_from_the_instance_key(ring: KeyRing) -> None:
    ring.rotate(at=AT)
    ring.rotate(at=AT)
    first, second = (key.secret for key in ring.list_keys()[1:])
    assert first is not None
    assert second is not None
    assert len(first) == len(second) == 32
    assert first != second
    seal.set_keys({0: b"i" * 32, 1: b"i" * 32})
    sealed = seal.seal(PLAIN, CONTEXT)
    seal.use_ring(ring)
    with pytest.raises(seal.SealBroken):
        seal.unseal(sealed, CONTEXT)


def test_a_prepared_key_opens_everywhere_before_it_seals_anywhere(
    ring: KeyRing, tmp_path: Path
) -> None:
    assert ring.prepare(at=AT).number == ring.prepare(at=AT).number == 1
    assert seal.seal(PLAIN, CONTEXT)[0] == 0
    other_host = KeyRing(tmp_path / "other.key", b"i" * 32)
    other_host.file.write_bytes(ring.file.read_bytes())
    assert ring.rotate(at=AT).number == 1
    sealed = seal.seal(PLAIN, CONTEXT)
    assert sealed[0] == 1
    seal.use_ring(other_host)
    assert seal.unseal(sealed, CONTEXT) == PLAIN
    assert seal.seal(PLAIN, CONTEXT)[0] == 0


def test_a_retired_key_opens_nothing_until_it_is_recalled(ring: KeyRing) -> None:
    old = seal.seal(PLAIN, CONTEXT)
    ring.rotate(at=AT)
    ring.retire(0)
    with pytest.raises(seal.SealBroken):
        seal.unseal(old, CONTEXT)
    assert [key.number for key in ring.list_archived()] == [0]
    ring.recall(0, at=AT)
    assert seal.unseal(old, CONTEXT) == PLAIN
    assert ring.list_archived() == []


def test_the_sealing_key_and_the_next_one_cannot_be_retired(ring: KeyRing) -> None:
    ring.prepare(at=AT)
    for number in (0, 1):
        with pytest.raises(keyring.KeyInUse):
            ring.retire(number)
    with pytest.raises(keyring.KeyUnknown):
        ring.retire(2)


def test_a_destroyed_key_is_gone_and_its_number_is_not_used_again(ring: KeyRing) -> None:
    ring.rotate(at=AT)
    secret = ring.list_keys()[1].secret
    assert secret is not None
    sealed = seal.seal(PLAIN, CONTEXT)
    ring.rotate(at=AT)
    ring.retire(1)
    with pytest.raises(keyring.KeyUnknown):
        ring.destroy(0)
    ring.destroy(1)
    for file in ring.file.parent.iterdir():
        assert secret.hex() not in file.read_text()
    with pytest.raises(keyring.KeyUnknown):
        ring.recall(1, at=AT)
    assert ring.rotate(at=AT).number == 3
    with pytest.raises(seal.SealBroken):
        seal.unseal(sealed, CONTEXT)


def test_the_instance_key_is_not_destroyed_with_its_ring(ring: KeyRing) -> None:
    ring.rotate(at=AT)
    ring.retire(0)
    with pytest.raises(keyring.KeyIsInstanceKey):
        ring.destroy(0)


def test_cut_off_between_archive_and_ring_a_key_is_still_somewhere(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = seal.seal(PLAIN, CONTEXT)
    ring.rotate(at=AT)
    write = keyring._write

    def fail_at_the_ring(file: Path, keys: list[keyring.Key]) -> None:
        if file == ring.file:
            raise OSError("cut off")
        write(file, keys)

    monkeypatch.setattr(keyring, "_write", fail_at_the_ring)
    with pytest.raises(OSError, match="cut off"):
        ring.retire(0)
    assert seal.unseal(old, CONTEXT) == PLAIN
    monkeypatch.undo()
    ring.retire(0)
    assert [key.number for key in ring.list_archived()] == [0]


def test_a_ring_that_vanishes_does_not_bring_the_old_key_back(ring: KeyRing) -> None:
    ring.rotate(at=AT)
    assert seal.seal(PLAIN, CONTEXT)[0] == 1
    ring.file.unlink()
    assert seal.seal(PLAIN, CONTEXT)[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"keys": []}',
        '{"keys": [{"number": 1, "state": "SEALING", "secret": "ab", "made_at": null, "superseded_at": null}]}',
        '{"keys": [{"number": 1, "state": "LOST", "secret": null, "made_at": null, "superseded_at": null}]}',
    ],
)
def test_a_broken_ring_is_refused_and_named(ring: KeyRing, text: str) -> None:
    ring.file.write_text(text)
    with pytest.raises(keyring.KeyRingBroken) as refused:
        ring.list_keys()
    assert str(ring.file) in refused.value.message


def test_numbers_run_out_loudly(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "NUMBERS", 2)
    ring.rotate(at=AT)
    with pytest.raises(keyring.KeysUsedUp):
        ring.rotate(at=AT)
