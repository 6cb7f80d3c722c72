"""Is it known already? Asked while a report is written; joining what was shown, afterwards.

What is told is what the public page tells, to everybody alike: matter, blurred place, state, since when.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import BaseModel

from anlan.api import wire
from anlan.api.description import obstacle
from anlan.api.door import PolicyRouter, caller_of
from anlan.cases.rules import case_procedure
from anlan.intake.rules import Channel, Report, check_point
from anlan.kernel import codes
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people.actions import count_likeness_of, count_tracking_try
from anlan.places.queries import get_gazetteer
from anlan.places.rules import to_wgs84
from anlan.triage import actions as triage
from anlan.triage.queries.duplicates import PublicAlike, find_known
from anlan.triage.rules.duplicates import JoinedTooLate

router = PolicyRouter(tags=["signals"])


class DraftIn(BaseModel):
    """A report that is still being written: as much of it as there is."""

    text: wire.Note
    lon: float | None = None
    lat: float | None = None
    datum: wire.Datum = "wgs84"
    place_code: wire.Code = ""
    matter: wire.Code = ""


class AlikeOut(Schema):
    """Somebody else's open case, as anybody may know of it: no words, no point, a blurred place."""

    code: str
    matter: wire.MatterOut
    place: wire.PlaceOut
    state: str
    state_name: str
    state_name_en: str
    opened_at: str


class AllAlikeOut(Schema):
    alike: list[AlikeOut]


class JoinIn(Schema):
    code: wire.Code


class JoinedOut(Schema):
    """The report goes on with `case_code`; its own tracking code stays good."""

    code: str
    case_code: str
    state: str


@router.post("/signals/alike", response=AllAlikeOut)
@policies.signed_in
def find_alike(request: HttpRequest, body: DraftIn) -> HttpResponse:
    """Find up to three open cases that a report may be about; keeps nothing of it.

    Empty for fewer than six characters, without a place, for disputes, and where nothing is alike.
    """
    at = now()
    count_likeness_of(actor=caller_of(request).actor, at=at)
    lon, lat = body.lon, body.lat
    point = check_point(lon, lat)
    if point is not None and body.datum == "gcj02":
        lon, lat = (float(degrees) for degrees in to_wgs84(*point))
    report = Report(
        text=body.text.strip(), channel=Channel.API, lon=lon, lat=lat, place_code=body.place_code,
        stated_matter=body.matter,
    )  # fmt: skip
    found = find_known(report=report, at=at)
    return wire.reply({"alike": [_describe(each) for each in found]})


def _describe(found: PublicAlike) -> dict[str, Any]:
    state = case_procedure(found.procedure_version).states[found.state]
    return {
        "code": codes.show(found.code),
        "matter": wire.matter(found.matter_id),
        "place": wire.place(get_gazetteer().place(found.place_id)),
        "state": found.state,
        "state_name": state.zh,
        "state_name_en": state.en,
        "opened_at": wire.instant(found.opened_at),
    }


@router.post(
    "/track/{tracking_code}/join",
    response=JoinedOut,
    openapi_extra=obstacle("It cannot be joined any more", JoinedTooLate),
)
@policies.public
def join(request: HttpRequest, tracking_code: str, body: JoinIn) -> HttpResponse:
    """Let a report that was just sent go on with one of the cases that were found alike.

    Within a day, while nothing has been done about it. `code`: as `POST /signals/alike` told it.
    """
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    count_tracking_try(address=address, code=codes.normalise(tracking_code), at=now())
    case = triage.join_case(tracking_code=tracking_code, code=body.code, at=now())
    return wire.reply(
        {
            "code": codes.show(codes.read_tracking_code(tracking_code) or ""),
            "case_code": codes.show(case.code),
            "state": case.state,
        }
    )
