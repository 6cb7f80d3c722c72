"""All that is held about one person, in one structure that machines can read."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from anlan.cases import queries as cases
from anlan.cases.models import Case, CasePhoto, CaseSignal, SavedFilter, Step
from anlan.dispatch.models import Dispatch, Position
from anlan.intake.models import Contact, Signal
from anlan.intake.queries import find_contact, get_signal
from anlan.kernel import codes
from anlan.notices.models import Notice
from anlan.people.models import Duty, OrganisationLink, Passkey, Person, RecoveryCode, SignIn, Totp
from anlan.people.queries import open_email
from anlan.people.rules import PersonUnknown
from anlan.places.queries import get_gazetteer
from anlan.privacy import rules
from anlan.privacy.models import Look
from anlan.privacy.queries.looks import list_looks
from anlan.privacy.queries.terms import get_terms
from anlan.ratings.queries import list_ratings

FORMAT = "anlan-personal-data/1"


def list_other_signals(*, case_id: UUID, signal_id: UUID) -> list[UUID]:
    """List the other signals of a case."""
    found = CaseSignal.objects.filter(case_id=case_id).exclude(signal_id=signal_id)
    return list(found.values_list("signal_id", flat=True))


def get_titled_case(*, signal_id: UUID) -> UUID:
    """Give the case that took its title and its point from this signal: they share the code."""
    return Case.objects.values_list("pk", flat=True).get(code=get_signal(signal_id=signal_id).code)


def list_photos_of_signal(*, signal_id: UUID) -> list[UUID]:
    """List the photos that came with a signal: kept by no account in the instant it was received."""
    signal = get_signal(signal_id=signal_id)
    case = cases.get_case_of_signal(signal_id=signal_id)
    found = CasePhoto.objects.filter(
        case_id=case.id, document__kept_by__isnull=True, document__kept_at=signal.received_at
    )
    return list(found.values_list("document_id", flat=True))


def list_held_about_reporters() -> list[dict[str, Any]]:
    """List what is held about reporters: column, purpose, who sees it, days; for people to read."""
    terms = get_terms()
    return [
        {
            "field": field.name,
            "kind": dict(field.kind),
            "purpose": dict(field.purpose),
            "basis": dict(field.basis),
            "seen_by": dict(field.seen_by),
            "terms": [
                {"code": code, "days": terms[code].days, "since": dict(terms[code].since),
                 "source": terms[code].source}
                for code in field.terms
            ],
        }
        for field in rules.read_fields().personal.values()
        if field.about == "REPORTER"
    ]  # fmt: skip


def describe_signal(*, signal_id: UUID, at: datetime) -> tuple[dict[str, Any], list[UUID]]:
    """Describe all that is held about the sender of a signal, and list the photos that were sent."""
    signal = get_signal(signal_id=signal_id)
    case = cases.get_case_of_signal(signal_id=signal_id)
    contact = find_contact(signal_id=signal_id)
    erase_after = (
        Contact.objects.filter(signal_id=signal_id).values_list("erase_after_date").first()
    )
    told = cases.list_told_steps(signal=signal, case=case)
    with_steps = {step.pk: cases.list_photos_told(step, signal=signal) for step in told}
    photos = [
        *list_photos_of_signal(signal_id=signal_id),
        *chain.from_iterable(with_steps.values()),
    ]
    # What he wrote while his report was merged with another's stays with that one when they are separated.
    apart = [step for step in cases.list_heard(signal_id=signal_id) if step.pk not in with_steps]
    photos += chain.from_iterable(map(cases.list_photos_with, apart))
    gazetteer = get_gazetteer()
    data = {
        "format": FORMAT,
        "made_at": at,
        "report": _report(signal),
        "contact": None
        if contact is None
        else {
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "erase_after_date": erase_after[0] if erase_after else None,
        },
        "case": {
            "code": codes.show(case.code),
            "state": case.state,
            "matter_id": case.matter_id,
            "place": gazetteer.place(case.place_id).code,
            "unit": gazetteer.units[case.unit_id].name,
            "title": case.title if signal.code == case.code else "",
            "opened_at": case.opened_at,
            "closed_at": case.closed_at,
        },
        "steps": [
            {
                "at": step.at,
                "move": step.move,
                "state": step.to_state,
                "note": cases.note_told(step, case=case, signal=signal),
                "photos": [
                    str(photo) for photo in with_steps.get(step.pk, cases.list_photos_with(step))
                ],
            }
            for step in [*told, *apart]
        ],
        "ratings": [
            {"rated_at": r.rated_at, "is_satisfied": r.is_satisfied, "comment": r.comment}
            for r in list_ratings(case_id=case.id)
            if r.signal_id == signal.id
        ],
        "messages": [
            {"at": n.created_at, "channel": n.channel, "subject": n.subject, "body": n.body}
            for n in Notice.objects.filter(tracking_of=signal.code).order_by("created_at")
        ],
        "photos": [str(photo) for photo in dict.fromkeys(photos)],
        "looks": [
            {
                "first_at": look.first_at,
                "last_at": look.last_at,
                "times": look.times,
                "role": look.role,
                "place": look.place_path.rpartition(".")[2],
                "what": look.what,
                "why": look.why,
            }
            for look in list_looks(case_id=case.id, limit=10_000)
        ],
        "held": list_held_about_reporters(),
    }
    return data, photos


def _report(signal: Signal) -> dict[str, Any]:
    return {
        "code": codes.show(signal.code),
        "received_at": signal.received_at,
        "channel": signal.channel,
        "text": signal.text,
        "place_text": signal.place_text,
        "lon": signal.lon,
        "lat": signal.lat,
        "external_ref": signal.external_ref,
    }


def describe_person(*, person_id: UUID, at: datetime) -> dict[str, Any]:
    """Describe all that is held about a member of staff. Raises PersonUnknown."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise PersonUnknown(login=person_id)
    duties = Duty.objects.filter(person_id=person_id).select_related("place").order_by("id")
    steps = Step.objects.filter(actor_id=person_id).select_related("case").order_by("id")
    sent = Dispatch.objects.filter(person_id=person_id).select_related("case").order_by("id")
    looks = Look.objects.filter(actor_id=person_id).select_related("case").order_by("id")
    return {
        "format": FORMAT,
        "made_at": at,
        "account": {
            "login": person.login,
            "name": person.name,
            "email": open_email(person),
            "locale": person.locale,
            "is_active": person.is_active,
            "created_at": person.created_at,
            "closed_at": person.closed_at,
        },
        "duties": [
            {"role": d.role, "place": d.place.code, "department": d.department,
             "from_date": d.from_date, "until_date": d.until_date}
            for d in duties
        ],
        "sign_ins": list(
            SignIn.objects.filter(person_id=person_id)
            .order_by("created_at")
            .values("created_at", "last_seen_at", "expires_at", "user_agent")
        ),
        "second_factors": {
            "authenticator_app_since": Totp.objects.filter(person_id=person_id)
            .values_list("confirmed_at", flat=True)
            .first(),
            "passkeys": list(
                Passkey.objects.filter(person_id=person_id)
                .order_by("created_at")
                .values("name", "created_at", "last_used_at")
            ),
            "organisations": list(
                OrganisationLink.objects.filter(person_id=person_id)
                .order_by("created_at")
                .values("issuer", "subject", "created_at", "last_used_at")
            ),
            "recovery_codes_left": RecoveryCode.objects.filter(
                person_id=person_id, used_at__isnull=True
            ).count(),
        },
        "notices": list(
            Notice.objects.filter(person_id=person_id)
            .order_by("created_at")
            .values("created_at", "read_at", "channel", "subject", "body")
        ),
        "steps": [
            {"case": codes.show(s.case.code), "at": s.at, "move": s.move, "role": s.actor_role}
            for s in steps
        ],
        "dispatches": [
            {"case": codes.show(d.case.code), "asked_at": d.asked_at, "state": d.state, "ended_at": d.ended_at}
            for d in sent
        ],
        "kept_filters": list(
            SavedFilter.objects.filter(person_id=person_id)
            .order_by("name")
            .values("name", "fields", "lent_to", "kept_at")
        ),
        "position": Position.objects.filter(person_id=person_id)
        .values("allowed_at", "ends_at", "lon", "lat", "seen_at")
        .first(),
        "looks": [
            {"case": codes.show(k.case.code), "first_at": k.first_at, "what": k.what, "why": k.why}
            for k in looks
        ],
    }  # fmt: skip
