"""What persons may ask for: their data in a file, and that it be erased.

A reporter shows the tracking code and, where a contact was left, that contact. The contact is erased
at once. Words and photos are needed until the case has ended: the request waits, and the first night
after the close does the rest. What is erased and what stays: docs/explanation/charter-and-privacy.md.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import queries as case_queries
from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible, ContactClosed
from anlan.documents import actions as documents
from anlan.documents import queries as document_queries
from anlan.intake import actions as intake
from anlan.intake.queries import find_contact, has_contact
from anlan.kernel import permits, scope
from anlan.kernel.actor import REPORTER, Actor, ActorKind
from anlan.ledger import actions as ledger
from anlan.people.actions import count_try
from anlan.privacy import queries, rules
from anlan.privacy.actions.looks import record_look
from anlan.privacy.actions.retention import erase_cases
from anlan.privacy.models import Request
from anlan.ratings.queries import access_signal

WAITING, DONE = "WAITING", "DONE"


@permits.proof
def export_by_code(*, tracking_code: str, typed: str, at: datetime) -> bytes:
    """Give a reporter a copy of all that is held about him: a zip of data.json and the photos.

    typed: the contact that was left. Source: 个人信息保护法 art. 45.
    Raises CodeMalformed, TrackingCodeWrong, ContactNeeded, ContactNotYours, TooMany.
    """
    signal = access_signal(tracking_code=tracking_code)
    _verify(signal_id=signal.id, typed=typed, at=at)
    return _export(actor=REPORTER, signal_id=signal.id, at=at)


@permits.scope
def export_at_desk(
    *, actor: Actor, case_id: UUID, signal_id: UUID, typed: str, at: datetime
) -> bytes:
    """Give whoever handles a case a copy of its reporter's data, to be handed over to him.

    Raises CaseNotVisible, ContactClosed, NoContactOnFile, ContactNeeded, ContactNotYours, TooMany.
    """
    case = _access_reporter(actor=actor, case_id=case_id, signal_id=signal_id, typed=typed, at=at)
    record_look(actor=actor, case=case, what=rules.Looked.EXPORT, at=at)
    return _export(actor=actor, signal_id=signal_id, at=at)


@permits.installation
def export_signal(*, actor: Actor, signal_id: UUID, at: datetime) -> bytes:
    """Give a copy of a reporter's data to those who run the installation; they have seen who asks."""
    return _export(actor=actor, signal_id=signal_id, at=at)


@scope.under(scope.EVERYTHING)
@transaction.atomic
def _export(*, actor: Actor, signal_id: UUID, at: datetime) -> bytes:
    data, photos = queries.describe_signal(signal_id=signal_id, at=at)
    ledger.write(
        actor=actor,
        what="privacy.exported",
        about_kind="signal",
        about_id=signal_id,
        data={},
        at=at,
    )
    return _pack(data, photos)


def _verify(*, signal_id: UUID, typed: str, at: datetime) -> None:
    """Make sure that whoever asks knows the contact that was left, and count the try.

    Before the transaction of the change, which a refusal would undo together with the count.
    """
    limit, window_seconds = rules.VERIFY_TRIES
    if typed.strip():
        count_try(key=f"verify:{signal_id}", limit=limit, window_seconds=window_seconds, at=at)
    rules.check_contact(find_contact(signal_id=signal_id), typed)


def _access_reporter(
    *, actor: Actor, case_id: UUID, signal_id: UUID, typed: str, at: datetime
) -> Case:
    case = case_queries.access_case(actor=actor, case_id=case_id)
    if signal_id not in case_queries.list_signal_ids(case_id=case_id):
        raise CaseNotVisible(case=case_id)
    if not case_queries.may_open_contact(actor=actor, case=case):
        raise ContactClosed()
    if not has_contact(signal_id=signal_id):
        raise rules.NoContactOnFile()
    _verify(signal_id=signal_id, typed=typed, at=at)
    return case


@permits.own
@transaction.atomic
def export_person(*, actor: Actor, person_id: UUID, at: datetime) -> bytes:
    """Give all that is held about a member of staff: a zip of data.json.

    Raises OwnDataOnly, PersonUnknown.
    """
    is_own = actor.kind is ActorKind.PERSON and actor.id == person_id
    if not is_own and actor.kind is not ActorKind.SYSTEM:
        raise rules.OwnDataOnly()
    data = queries.describe_person(person_id=person_id, at=at)
    ledger.write(
        actor=actor,
        what="privacy.exported",
        about_kind="person",
        about_id=person_id,
        data={},
        at=at,
    )
    return _pack(data, [])


@permits.proof
def erase_by_code(*, tracking_code: str, typed: str, at: datetime) -> bool:
    """Erase a reporter's data: the contact now, the rest now or when the case has ended.

    Tells whether everything is done. Repeating it changes nothing. Source: 个人信息保护法 art. 47.
    Raises CodeMalformed, TrackingCodeWrong, ContactNeeded, ContactNotYours, TooMany.
    """
    signal = access_signal(tracking_code=tracking_code)
    _verify(signal_id=signal.id, typed=typed, at=at)
    return _erase(actor=REPORTER, signal_id=signal.id, at=at)


@permits.scope
def erase_at_desk(
    *, actor: Actor, case_id: UUID, signal_id: UUID, typed: str, at: datetime
) -> bool:
    """Erase a reporter's data as `erase_by_code` does, at the desk of whoever handles the case.

    Raises CaseNotVisible, ContactClosed, NoContactOnFile, ContactNeeded, ContactNotYours, TooMany.
    """
    _access_reporter(actor=actor, case_id=case_id, signal_id=signal_id, typed=typed, at=at)
    return _erase(actor=actor, signal_id=signal_id, at=at)


@permits.installation
def erase_signal(*, actor: Actor, signal_id: UUID, at: datetime) -> bool:
    """Erase a reporter's data as `erase_by_code` does; those who run the installation have seen who asks."""
    return _erase(actor=actor, signal_id=signal_id, at=at)


@scope.under(scope.EVERYTHING)  # who asks has been proved; what is erased lies in many tables
@transaction.atomic
def _erase(*, actor: Actor, signal_id: UUID, at: datetime) -> bool:
    request, is_new = Request.objects.get_or_create(
        signal_id=signal_id, defaults={"state": WAITING, "asked_at": at}
    )
    if is_new:
        intake.erase_contact(signal_id=signal_id, at=at)
        ledger.write(
            actor=actor, what="privacy.erasure_asked", about_kind="signal", about_id=signal_id,
            data={}, at=at,
        )  # fmt: skip
    return request.state == DONE or answer_erasure(actor=actor, signal_id=signal_id, at=at)


@permits.inside
@transaction.atomic
def answer_erasure(*, actor: Actor, signal_id: UUID, at: datetime) -> bool:
    """Erase what a waiting request asked for if the case has ended; tell whether it has."""
    case = case_queries.get_case_of_signal(signal_id=signal_id)
    if case.closed_at is None:
        return False
    others = queries.list_other_signals(case_id=case.id, signal_id=signal_id)
    if others:
        _erase_one_of_several(actor=actor, case_id=case.id, signal_id=signal_id, at=at)
    else:
        erase_cases(actor=actor, case_ids=[case.id], why="REQUEST", at=at)
    # What he wrote while his report was merged with another's lies with that one.
    sent = cases.erase_messages(signal_id=signal_id)
    documents.erase_documents(actor=actor, document_ids=sent, at=at)
    Request.objects.filter(signal_id=signal_id).update(state=DONE, done_at=at)
    ledger.write(
        actor=actor, what="privacy.erased", about_kind="signal", about_id=signal_id, data={}, at=at
    )
    return True


@permits.inside
def answer_requests(*, actor: Actor, at: datetime) -> int:
    """Erase for every waiting request whose case has ended by now; give how many."""
    waiting = list(Request.objects.filter(done_at__isnull=True).values_list("signal_id", flat=True))
    return sum(answer_erasure(actor=actor, signal_id=each, at=at) for each in waiting)


def _erase_one_of_several(*, actor: Actor, case_id: UUID, signal_id: UUID, at: datetime) -> None:
    """Erase one report of a case that others reported, too: theirs and the handling stay."""
    photos = queries.list_photos_of_signal(signal_id=signal_id)
    # Where it was merged into another's case, the title stands with the case it had of its own.
    cases.erase_title(case_id=queries.get_titled_case(signal_id=signal_id), photos=photos)
    intake.erase_signals(signal_ids=[signal_id], at=at)
    cases.take_words(case_ids=[case_id])
    documents.erase_documents(actor=actor, document_ids=photos, at=at)


def _pack(data: dict[str, Any], photo_ids: list[UUID]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        for document in document_queries.list_documents(photo_ids):
            with document_queries.open_document(document) as file:
                archive.writestr(f"photos/{document.id}-{document.name}", file.read())
    return out.getvalue()
