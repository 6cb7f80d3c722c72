"""Writes of the room: opening and erasing contacts, keeping the progress of imports.

Signals themselves are written together with their case by `anlan.triage`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from anlan.intake import queries, rules
from anlan.intake.models import Contact, ImportReject, ImportRun, Signal
from anlan.kernel import permits, sql
from anlan.kernel.actor import SYSTEM, Actor
from anlan.ledger import actions as ledger


@permits.inside
@transaction.atomic
def open_contact(
    *, actor: Actor, signal_id: UUID, at: datetime, reason: str = ""
) -> rules.ContactDetails | None:
    """Show a signal's contact to somebody who handles its case, leaving a trace of the look.

    reason: a code of what it was needed for, where that was asked.
    """
    contact = queries.find_contact(signal_id=signal_id)
    if contact is not None:
        ledger.write(
            actor=actor, what="contact.opened", about_kind="signal", about_id=signal_id,
            data={"reason": reason} if reason else {}, at=at,
        )  # fmt: skip
    return contact


@permits.inside
@transaction.atomic
def erase_contacts(*, at: datetime, limit: int = 1000) -> int:
    """Erase contacts whose retention has run out; give how many."""
    due = list(
        Contact.objects.select_for_update(skip_locked=True)
        .filter(erase_after_date__lt=at.date(), sealed__isnull=False)
        .values_list("signal_id", flat=True)[:limit]
    )
    Contact.objects.filter(signal_id__in=due).update(sealed=None, erased_at=at)
    if due:
        ledger.write(
            actor=SYSTEM, what="contacts.erased", about_kind="signal", about_id="",
            data={"signals": due}, at=at,
        )  # fmt: skip
    return len(due)


@permits.inside
def erase_contact(*, signal_id: UUID, at: datetime) -> None:
    """Erase a signal's contact before its time; for `privacy`, which writes the ledger entry."""
    Contact.objects.filter(signal_id=signal_id, sealed__isnull=False).update(
        sealed=None, erased_at=at
    )


@permits.inside
def erase_contact_with(*, signal_id: UUID, like_signal_id: UUID) -> None:
    """Let a contact that was taken over from another report end when that one's does."""
    day = Contact.objects.filter(signal_id=like_signal_id).values_list(
        "erase_after_date", flat=True
    )
    if (erase_after_date := day.first()) is not None:
        Contact.objects.filter(signal_id=signal_id).update(erase_after_date=erase_after_date)


@permits.inside
def date_contacts(*, days: int) -> int:
    """Move the day on which contacts are erased to `days` after their report; give how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.intake", "date_contacts"), {"days": days})
        return int(cursor.rowcount)


@permits.inside
@transaction.atomic
def erase_signals(*, signal_ids: Collection[UUID], at: datetime) -> None:
    """Erase what signals say and who sent them; that they came, when and where, stays.

    For `privacy`, which writes the ledger entry. The digest of what was sent goes, too: with the text known,
    a telephone number could be tried out against it.
    """
    Signal.objects.filter(pk__in=signal_ids).update(
        text="", place_text="", lon=None, lat=None, external_ref="", idempotency_key=None,
        body_digest="",
    )  # fmt: skip
    Contact.objects.filter(signal_id__in=signal_ids, sealed__isnull=False).update(
        sealed=None, erased_at=at
    )


@permits.inside
def forget_old_rejects(*, before: datetime) -> int:
    """Erase rows set aside by imports that were started before an instant and never finished."""
    return ImportReject.objects.filter(run__started_at__lt=before).delete()[0]


@permits.inside
def start_import(
    *, file_name: str, file_digest: str, mapping_digest: str, at: datetime
) -> ImportRun:
    """Start taking in a file, or go on with a run that was broken off."""
    run, _ = ImportRun.objects.get_or_create(
        file_digest=file_digest,
        mapping_digest=mapping_digest,
        defaults={"file_name": file_name, "state": rules.RunState.RUNNING, "started_at": at},
    )
    return run


@permits.inside
def advance_import(*, run: ImportRun, rows_done: int, taken: int, rejected: int) -> None:
    """Note how far a run has come, in the transaction of the batch that it took.

    Raises ImportOvertaken when somebody else has come further under the same run.
    """
    come_to = ImportRun.objects.select_for_update().values_list("rows_done", flat=True)
    if come_to.get(pk=run.pk) != run.rows_done:
        raise rules.ImportOvertaken()
    run.rows_done = rows_done
    run.signals_taken += taken
    run.rows_rejected += rejected
    run.save(update_fields=["rows_done", "signals_taken", "rows_rejected"])


@permits.inside
def forget_rejects(*, run_id: UUID) -> None:
    """Erase the rows that were set aside, once they stand in the reject file."""
    ImportReject.objects.filter(run_id=run_id).delete()


@permits.inside
def finish_import(*, run: ImportRun, at: datetime) -> None:
    """Note that a run took the whole file."""
    run.state, run.finished_at = rules.RunState.DONE, at
    run.save(update_fields=["state", "finished_at"])
