"""Reads of the room: signals, whether a contact is known, runs of imports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from anlan.intake.models import Contact, ImportReject, ImportRun, Signal
from anlan.intake.rules import ContactDetails, SignalUnknown, contact_context
from anlan.kernel import seal


def get_signal(*, signal_id: UUID) -> Signal:
    """Fetch a signal. Raises SignalUnknown."""
    signal = Signal.objects.filter(pk=signal_id).first()
    if signal is None:
        raise SignalUnknown()
    return signal


def find_signal_by_code(*, code: str) -> Signal | None:
    """Find a signal by its plain code; the caller has proved the tracking code."""
    return Signal.objects.filter(code=code).first()


def has_contact(*, signal_id: UUID) -> bool:
    """Tell whether a signal came with a contact that has not been erased."""
    return Contact.objects.filter(signal_id=signal_id, sealed__isnull=False).exists()


def list_with_contact(*, signal_ids: Sequence[UUID]) -> set[UUID]:
    """List which of some signals came with a contact that has not been erased."""
    found = Contact.objects.filter(signal_id__in=signal_ids, sealed__isnull=False)
    return set(found.values_list("signal_id", flat=True))


def find_contact(*, signal_id: UUID) -> ContactDetails | None:
    """Open the contact of a signal, for whoever has been let in by the case.

    Faces go through `actions.open_contact`, which leaves a trace; notices use this one.
    """
    sealed = (
        Contact.objects.filter(signal_id=signal_id, sealed__isnull=False)
        .values_list("sealed", flat=True)
        .first()
    )
    if sealed is None:
        return None
    name, phone, email = json.loads(seal.unseal(bytes(sealed), contact_context(signal_id)))
    return ContactDetails(name, phone, email)


def find_running_import(*, file_digest: str, mapping_digest: str) -> ImportRun | None:
    """Find a run of the same file under the same mapping, finished or broken off."""
    return ImportRun.objects.filter(file_digest=file_digest, mapping_digest=mapping_digest).first()


def is_file_known(*, run: ImportRun) -> bool:
    """Tell whether the file of a run was also taken in under another mapping."""
    found = ImportRun.objects.filter(file_digest=run.file_digest).exclude(pk=run.pk)
    return found.filter(signals_taken__gt=0).exists()


def list_known_keys(*, sender: str, keys: Sequence[str]) -> set[str]:
    """List which of some idempotency keys of a sender were used before."""
    found = Signal.objects.filter(sender=sender, idempotency_key__in=keys)
    return {key for key in found.values_list("idempotency_key", flat=True) if key}


def list_rejects(*, run_id: UUID) -> list[tuple[int, str, str, str]]:
    """List the rows of a run that were set aside: number, code, problem, line."""
    found = ImportReject.objects.filter(run_id=run_id).order_by("row_number")
    return list(found.values_list("row_number", "code", "problem", "line"))


def check_contacts(*, limit: int) -> tuple[int, int]:
    """Try to open contacts, the newest first; give how many were tried and how many do not open.

    Nobody reads them: this proves that an instance has the keys that belong to its data.
    """
    newest = Contact.objects.filter(sealed__isnull=False).order_by("-signal_id")[:limit]
    tried = broken = 0
    for signal_id, sealed in newest.values_list("signal_id", "sealed"):
        assert sealed is not None
        tried += 1
        try:
            seal.unseal(bytes(sealed), f"intake.contact:{signal_id}".encode())
        except seal.SealBroken:
            broken += 1
    return tried, broken


def find_sealed_contact() -> tuple[bytes, bytes] | None:
    """Find one sealed contact and what it opens in, to try the keys on; not opened here."""
    found = Contact.objects.filter(sealed__isnull=False).order_by("-erase_after_date").first()
    if found is None or found.sealed is None:
        return None
    return bytes(found.sealed), contact_context(found.signal_id)
