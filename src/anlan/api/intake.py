"""Signals, transfers from 110, and photos: before a report, or after it by whoever sent it."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Schema
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from anlan.api import wire
from anlan.api.door import Caller, PolicyRouter, caller_of
from anlan.cases.actions import PhotosLate, add_photos
from anlan.cases.queries import access_sent_case
from anlan.dispatch import actions as dispatch
from anlan.documents import actions as documents
from anlan.documents.queries import check_own_photos
from anlan.intake.rules import ContactDetails, Report, check_point
from anlan.kernel import codes
from anlan.kernel.clock import now
from anlan.kernel.errors import Conflict, Invalid
from anlan.people import policies
from anlan.people.actions import count_photo
from anlan.places.queries import get_gazetteer
from anlan.places.rules import to_wgs84
from anlan.triage import actions as triage

router = PolicyRouter(tags=["signals"])

PHOTOS_LIMIT = 9
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
KEY_HEADER: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"},
            "description": "The same key with the same body gives the same answer and takes "
            "nothing twice; with another body 409.",
        }
    ]
}


class KeyUnusable(Invalid):
    """An Idempotency-Key has 1 to 100 visible ASCII characters, such as a UUID."""


class PhotoUsed(Conflict):
    """One of these photos belongs to a report already. Send it again to use it here."""


class ContactIn(BaseModel):
    """How to reach whoever raised the matter; sealed at rest, erased after its time."""

    name: wire.Name = ""
    phone: wire.Name = ""
    email: wire.Name = ""


class SignalIn(BaseModel):
    """A report. Either a point or a place_code; the text's limit is that of intake."""

    text: str
    lon: float | None = None
    lat: float | None = None
    datum: wire.Datum = "wgs84"
    place_code: wire.Code = ""
    place_text: wire.Line = ""
    matter: wire.Code = ""
    contact: ContactIn = ContactIn()
    external_ref: wire.Name = ""
    photos: Annotated[list[UUID], Field(max_length=PHOTOS_LIMIT)] = []


class TransferIn(SignalIn):
    """A non-police matter handed over; external_ref is the sender's incident number."""

    external_ref: Annotated[wire.Name, Field(min_length=1)]


class SignalOut(Schema):
    """What became of a report. The tracking code is the reporter's alone: show it to nobody else."""

    code: str
    tracking_code: str
    case_id: UUID
    state: str
    matter: wire.MatterOut
    place: wire.PlaceOut
    unit: wire.UnitOut
    needs_person: bool
    accept_due_at: str | None
    close_due_at: str


class PhotoOut(Schema):
    id: UUID
    media_type: str
    width: int
    height: int


@router.post(
    "/signals",
    response={201: SignalOut, 200: SignalOut},
    openapi_extra=KEY_HEADER,
    url_name="signals",
)
@policies.signed_in
def create_signal(request: HttpRequest, body: SignalIn) -> HttpResponse:
    """Take a report: classified, routed, its clocks running, before the answer is sent."""
    caller = caller_of(request)
    report = make_report(caller, body, key=read_key(request))
    taken = take(caller, report, photos=tuple(body.photos))
    return wire.reply(describe(taken), 201 if taken.is_new else 200)


@router.post("/transfers", response={201: SignalOut, 200: SignalOut}, openapi_extra=KEY_HEADER)
@policies.token("POLICE_110")
def create_transfer(request: HttpRequest, body: TransferIn) -> HttpResponse:
    """Take a non-police matter from 110: at the town desk at once, people sent in parallel.

    Without an Idempotency-Key the incident number serves as one. Progress goes to the callback
    address of the token's account.
    """
    caller = caller_of(request)
    report = make_report(caller, body, key=read_key(request) or f"ref:{body.external_ref}"[:100])
    check_own_photos(actor=caller.actor, ids=body.photos)
    taken = dispatch.take_transfer(
        actor=caller.actor, report=report, at=now(), fallback_place_id=seat_place_id(caller)
    )
    return wire.reply(describe(taken), 201 if taken.is_new else 200)


@router.post("/photos", response={201: PhotoOut})
@policies.signed_in
def keep_photo(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse:
    """Keep a photo (JPEG, PNG or WebP up to 10 MB), without metadata, to name it in a report."""
    return wire.reply(_keep(caller_of(request), file), 201)


@router.post("/signals/{code}/photos", response={201: PhotoOut})
@policies.signed_in
def add_photo(request: HttpRequest, code: str, file: File[UploadedFile]) -> HttpResponse:
    """Add a photo to a report that you have sent, while its matter is open."""
    caller = caller_of(request)
    case = access_sent_case(actor=caller.actor, code=code)
    if case.closed_at is not None:
        raise PhotosLate()
    photo = _keep(caller, file)
    add_photos(actor=caller.actor, code=code, photos=[UUID(photo["id"])], at=now())
    return wire.reply(photo, 201)


def _keep(caller: Caller, file: UploadedFile) -> dict[str, Any]:
    count_photo(actor=caller.actor, at=now())
    kept = documents.keep_photo(
        actor=caller.actor, file=cast(BinaryIO, file), name=file.name or "", at=now()
    )
    return {
        "id": str(kept.id),
        "media_type": kept.media_type,
        "width": kept.width,
        "height": kept.height,
    }


def read_key(request: HttpRequest) -> str | None:
    """Read the idempotency key of a request, if it has one. Raises KeyUnusable."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _KEY.fullmatch(key):
        raise KeyUnusable()
    return key


def make_report(caller: Caller, body: SignalIn, *, key: str | None) -> Report:
    """Turn a body into a report, its point in WGS-84 whatever datum it came in.

    Raises PointMalformed.
    """
    lon, lat = body.lon, body.lat
    point = check_point(lon, lat)
    if point is not None and body.datum == "gcj02":
        lon, lat = (float(degrees) for degrees in to_wgs84(*point))
    contact = body.contact
    return Report(
        text=body.text,
        channel=caller.channel,
        lon=lon,
        lat=lat,
        place_code=body.place_code,
        place_text=body.place_text,
        stated_matter=body.matter,
        contact=ContactDetails(contact.name, contact.phone, contact.email),
        sender=caller.sender,
        idempotency_key=key,
        external_ref=body.external_ref,
    )


def take(
    caller: Caller,
    report: Report,
    *,
    photos: tuple[UUID, ...],
    fallback_place_id: int | None = None,
) -> triage.Taken:
    """Take a report with the photos that its sender has sent before.

    Raises PhotoNotYours, PhotoUsed and what `triage.take_signal` raises.
    """
    check_own_photos(actor=caller.actor, ids=photos)
    try:
        # One statement needs no transaction of its own; a clash of photos must not break the caller's
        with transaction.atomic() if photos else nullcontext():
            return triage.take_signal(
                actor=caller.actor,
                report=report,
                at=now(),
                photos=photos,
                fallback_place_id=fallback_place_id,
            )
    except IntegrityError as clash:
        if photos and "cases_casephoto" in str(clash):
            raise PhotoUsed() from clash
        raise


def describe(taken: triage.Taken) -> dict[str, Any]:
    """Describe what became of a report to the one who sent it."""
    gazetteer = get_gazetteer()
    return {
        "code": codes.show(taken.code),
        "tracking_code": taken.tracking_code,
        "case_id": str(taken.case_id),
        "state": taken.state,
        "matter": wire.matter(taken.matter_id),
        "place": wire.place(gazetteer.place(taken.place_id)),
        "unit": wire.unit(gazetteer.units[taken.unit_id]),
        "needs_person": taken.needs_person,
        "accept_due_at": wire.instant(taken.due_at if taken.state == "RECEIVED" else None),
        "close_due_at": wire.instant(taken.close_due_at),
    }


def seat_place_id(caller: Caller) -> int:
    """Give the place that a partner system is seated at: where its reports go without a place."""
    return get_gazetteer().place_by_path(caller.actor.seats[0].place_path).id
