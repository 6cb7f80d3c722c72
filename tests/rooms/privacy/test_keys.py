"""Rotation of keys while others write: nothing unreadable, nothing left under the old key."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.db import connections
from django.db.models import BinaryField
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cli import keys as command
from anlan.intake.models import Contact
from anlan.intake.queries import find_contact
from anlan.intake.rules import ContactDetails
from anlan.kernel import permits, seal
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.kernel.keyring import KeyRing
from anlan.ledger.models import LedgerEntry
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people.actions import begin_totp, create_person
from anlan.people.queries import open_email
from anlan.privacy import actions, queries, rules, tasks
from tests.make import NOW, World

DETAILS = ContactDetails(name="陈晓", phone="13800000000", email="chen@example.org")
WRITERS, EACH = 4, 25


@pytest.fixture(autouse=True)
def ring(tmp_path: Path) -> Iterator[KeyRing]:
    """A ring of the test's own: it must not rotate that of the whole run."""
    before = seal.get_ring()
    ring = KeyRing(tmp_path / "secret.key", before.instance_key)
    seal.use_ring(ring)
    yield ring
    seal.use_ring(before)


def used() -> dict[int, int]:
    return {number: sum(rows.values()) for number, rows in queries.count_sealed().items()}


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    listed = {(column.model, column.field) for column in queries.SEALED_COLUMNS}
    found = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField) and "sealed" in field.name
    }
    assert listed == found


def test_every_kind_of_sealed_row_is_sealed_anew_and_opens(world: World) -> None:
    taken = world.take(contact=DETAILS)
    person = create_person(
        actor=SYSTEM, login="li.na", name="李娜", password="枫桥经验 一九六三 2026",
        email="li@example.org", at=NOW,
    )  # fmt: skip
    begin_totp(actor=Actor(ActorKind.PERSON, person.id, person.name), at=NOW)
    notify(
        channel=Channel.EMAIL, address="chen@example.org", subject="s", body="b",
        about_kind="case", about_id=taken.case_id, at=NOW,
    )  # fmt: skip
    assert set(used()) == {0}
    labels = {label for rows in queries.count_sealed().values() for label in rows}
    assert len(labels) == len(queries.SEALED_COLUMNS), "the scene lacks a kind of sealed row"
    before = used()[0]
    assert actions.rotate_keys(actor=SYSTEM, at=NOW) == 1
    assert actions.reseal_all() == before
    assert used() == {1: before}
    assert actions.reseal_all() == 0
    person.refresh_from_db()
    assert open_email(person) == "li@example.org"
    signal_id = Contact.objects.get().signal_id
    assert find_contact(signal_id=signal_id) == DETAILS


def test_nobody_but_the_installation_rotates(world: World) -> None:
    desk = world.actor("desk")
    for refused in (
        lambda: actions.rotate_keys(actor=desk, at=NOW),
        lambda: actions.prepare_key(actor=desk, at=NOW),
        lambda: actions.retire_key(actor=desk, number=0, at=NOW),
        lambda: actions.recall_key(actor=desk, number=0, at=NOW),
        lambda: actions.destroy_key(actor=desk, number=0, at=NOW),
        lambda: actions.retire_unused(actor=desk, at=NOW),
    ):
        with pytest.raises(permits.InstallationOnly):
            refused()
    assert seal.newest() == 0


def test_a_rotation_stands_in_the_ledger_and_starts_the_job(world: World) -> None:
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    entry = LedgerEntry.objects.get(what="key.rotated")
    assert (entry.about_kind, entry.about_id) == ("key", "1")
    job = ProcrastinateJob.objects.get(task_name="privacy.reseal")
    assert job.args == {"number": 1}


def test_rotated_while_writers_run_nothing_is_lost_and_nothing_stays_behind(
    lasting_world: World,
) -> None:
    rotated = threading.Event()
    numbers: list[tuple[bool, int]] = []

    def write(writer: int) -> None:
        try:
            for number in range(EACH):
                if number == EACH - 1:
                    # However slow the machine is, somebody still writes when keys are rotated.
                    rotated.wait(60)
                was_rotated = rotated.is_set()
                taken = lasting_world.take(
                    contact=ContactDetails(name=f"{writer}-{number}", phone="13800000000")
                )
                sealed = Contact.objects.get(signal__code=taken.code).sealed
                numbers.append((was_rotated, bytes(sealed or b"")[0]))
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    while len(numbers) < WRITERS * EACH // 4:
        pass
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    rotated.set()
    resealed = actions.reseal_all()
    for writer in writers:
        writer.join()
    resealed += actions.reseal_all()
    assert resealed >= WRITERS * EACH // 4
    assert {number for was_rotated, number in numbers if was_rotated} == {1}
    assert set(used()) == {1}
    names = {find_contact(signal_id=contact.signal_id).name for contact in Contact.objects.all()}  # type: ignore[union-attr]
    assert names == {f"{w}-{n}" for w in range(WRITERS) for n in range(EACH)}


def test_it_goes_on_where_it_was_cut_off(world: World) -> None:
    for _ in range(7):
        world.take()
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    contacts = queries.SEALED_COLUMNS[0]
    first = actions.reseal_batch(column=contacts, limit=3)
    assert first.count == 3
    assert used()[1] == 3
    # The worker was killed here; the next one starts from the beginning and finds only the rest.
    assert actions.reseal_batch(column=contacts, limit=100).count == 4


def test_another_process_seals_with_the_new_key_at_once(ring: KeyRing) -> None:
    code = (
        "import sys; from pathlib import Path; from anlan.kernel import seal\n"
        "from anlan.kernel.keyring import KeyRing\n"
        f"seal.use_ring(KeyRing(Path({str(ring.instance_file)!r}), bytes.fromhex({ring.instance_key.hex()!r})))\n"
        "for line in sys.stdin: print(seal.seal(b'x', b'y').hex(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def ask() -> bytes:
            other.stdin.write("\n")  # type: ignore[union-attr]
            other.stdin.flush()  # type: ignore[union-attr]
            return bytes.fromhex(other.stdout.readline())  # type: ignore[union-attr]

        assert ask()[0] == 0
        ring.rotate(at=NOW)
        sealed = ask()
        assert sealed[0] == 1
        assert seal.unseal(sealed, b"y") == b"x"
        other.stdin.close()


def test_an_old_backup_opens_after_its_key_is_recalled(
    world: World, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anlan.cli._close_connections", lambda: None)
    world.take(contact=DETAILS)
    backup = Contact.objects.get()
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    with pytest.raises(rules.KeyStillNeeded):
        actions.retire_key(actor=SYSTEM, number=0, at=NOW)
    tasks.reseal()
    assert actions.retire_unused(actor=SYSTEM, at=NOW + timedelta(hours=23)) == []
    assert actions.retire_unused(actor=SYSTEM, at=NOW + timedelta(days=1)) == [0]
    assert find_contact(signal_id=backup.signal_id) == DETAILS
    backup.save()  # the restore
    with pytest.raises(seal.SealBroken):
        find_contact(signal_id=backup.signal_id)
    status = CliRunner().invoke(command.group, ["status"])
    assert status.exit_code == 1
    assert "1 rows need key 0, which is in the archive" in status.output
    later = NOW + timedelta(days=400)
    actions.recall_key(actor=SYSTEM, number=0, at=later)
    assert find_contact(signal_id=backup.signal_id) == DETAILS
    assert actions.retire_unused(actor=SYSTEM, at=later + timedelta(days=9)) == []
    actions.reseal_all()
    assert actions.retire_unused(actor=SYSTEM, at=later + timedelta(days=9)) == [0]


def test_a_destroyed_key_takes_its_backups_with_it(world: World, ring: KeyRing) -> None:
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    world.take(contact=DETAILS)
    backup = Contact.objects.get()
    actions.rotate_keys(actor=SYSTEM, at=NOW)
    actions.reseal_all()
    actions.retire_key(actor=SYSTEM, number=1, at=NOW)
    actions.destroy_key(actor=SYSTEM, number=1, at=NOW)
    backup.save()
    with pytest.raises(seal.SealBroken):
        find_contact(signal_id=backup.signal_id)
    assert LedgerEntry.objects.filter(what="key.destroyed", about_id="1").exists()
