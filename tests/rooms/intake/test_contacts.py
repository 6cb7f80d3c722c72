"""Contacts: sealed at rest, opened with a trace, erased when their time is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from anlan.intake import actions, queries
from anlan.intake.models import Contact, Signal
from anlan.intake.rules import CONTACT_RETENTION_DAYS, ContactDetails, SignalUnknown
from anlan.kernel.seal import SealBroken
from anlan.ledger.models import LedgerEntry
from tests.make import NOW, World

DETAILS = ContactDetails(name="陈晓", phone="13800000000", email="chen@example.org")


@pytest.fixture
def signal_id(world: World) -> UUID:
    code = world.take(contact=DETAILS).code
    return Signal.objects.get(code=code).pk


def test_no_table_holds_the_contact_in_the_clear(signal_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            for secret in (DETAILS.name, DETAILS.phone, DETAILS.email):
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE position(%s in t::text) > 0', [secret]
                )
                assert cursor.fetchone() == (0,), f"{secret} stands in {table}"
    sealed = bytes(Contact.objects.get().sealed or b"")
    for secret in (DETAILS.name, DETAILS.phone, DETAILS.email):
        assert secret.encode() not in sealed


def test_opening_it_shows_all_and_leaves_a_trace(world: World, signal_id: UUID) -> None:
    found = actions.open_contact(actor=world.actor("desk"), signal_id=signal_id, at=NOW)
    assert found == DETAILS
    entry = LedgerEntry.objects.get(what="contact.opened")
    assert (entry.about_kind, entry.about_id) == ("signal", str(signal_id))
    assert str(world.person_ids["desk"]) in entry.body
    assert DETAILS.phone not in entry.body


def test_a_sealed_contact_moved_to_another_signal_does_not_open(
    world: World, signal_id: UUID
) -> None:
    other = Signal.objects.get(code=world.take(contact=DETAILS).code).pk
    sealed = Contact.objects.get(signal_id=signal_id).sealed
    Contact.objects.filter(signal_id=other).update(sealed=sealed)
    with pytest.raises(SealBroken):
        queries.find_contact(signal_id=other)


def test_it_is_erased_after_its_time_and_not_a_day_before(world: World, signal_id: UUID) -> None:
    last_day = NOW + timedelta(days=CONTACT_RETENTION_DAYS)
    assert actions.erase_contacts(at=last_day) == 0
    assert queries.has_contact(signal_id=signal_id)
    assert actions.erase_contacts(at=last_day + timedelta(days=1)) == 1
    assert actions.erase_contacts(at=last_day + timedelta(days=1)) == 0
    contact = Contact.objects.get()
    assert contact.sealed is None
    assert contact.erased_at == last_day + timedelta(days=1)
    assert not queries.has_contact(signal_id=signal_id)
    assert queries.find_contact(signal_id=signal_id) is None
    entries = LedgerEntry.objects.filter(what="contacts.erased")
    assert [str(signal_id) in e.body for e in entries] == [True]
    # Nothing is left to open, and nothing is written about it.
    assert actions.open_contact(actor=world.actor("desk"), signal_id=signal_id, at=NOW) is None
    assert not LedgerEntry.objects.filter(what="contact.opened").exists()


def test_an_unknown_signal_is_said_so(world: World) -> None:
    with pytest.raises(SignalUnknown):
        queries.get_signal(signal_id=world.person_ids["grid"])
    assert queries.find_signal_by_code(code="0000000000") is None
