"""Following a report by its tracking code: what was done, by whom, by when; and rating it.

Whoever shows the code is the reporter and sees what is meant for the reporter: the steps that
tell him, notes written for him, the photos he sent and was sent. Pages are kept by no cache and found by no
search engine. Every look is counted, so that codes cannot be guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.documents import queries as documents
from anlan.documents.rules import DocumentUnknown
from anlan.kernel import codes
from anlan.kernel.actor import ROLE_LABELS, Role
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.people.actions import count_tracking_try
from anlan.places.queries import get_gazetteer
from anlan.ratings import actions as ratings
from anlan.ratings import queries as rating_queries
from anlan.ratings.rules import COMMENT_LIMIT
from anlan.triage.queries import find_decision
from anlan.web.resident import known, photos, places, stages
from anlan.web.resident.photos import Address
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case, Step
    from anlan.documents.models import Document
    from anlan.intake.models import Signal

UNIT_ACTS = frozenset({"ASSIGNED", "HANDLING"})
"""States in which the next step is the responsible unit's; in the others it is the desk's."""


@dataclass(frozen=True, slots=True)
class Told:
    """One step as the reporter reads it."""

    title: str
    by: str
    at: words.Instant
    note: str
    is_own: bool = False
    """Written by the reporter."""
    photos: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """The deadline that runs now. `until`: what has to be done by then."""

    until: str
    due: words.Instant
    light: str
    words: str


@policies.public
@never_cache
@require_safe
def reported(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """The page after sending: the code to keep, who acts next and by when, and why they."""
    signal, case = find_report(request, tracking_code)
    at = now()
    zone = get_gazetteer().time_zone(case.place_id)
    return render(
        request,
        "resident/reported.html",
        {
            **_about(signal, case, at=at),
            "qr": _draw_qr(settings.PUBLIC_URL + reverse("tracking", args=[show_code(signal)])),
            "accept_by": _deadline(case.due_at, zone, at)
            if case.accepted_at is None and case.due_at
            else None,
            "close_by": _deadline(case.close_due_at, zone, at) if case.due_at else None,
            "reasons": _explain(signal, case),
            "alike": [] if "asked" in request.GET else known.find_alike_after(signal, case, at=at),
            "is_late": "late" in request.GET,
        },
    )


@policies.public
@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The way in for those who have a code."""
    typed = request.GET.get("code", "").strip()
    fault = ""
    if typed:
        try:
            signal, _ = find_report(request, typed)
        except AnlanError as wrong:
            if wrong.status not in (404, 422):
                raise
            fault = wrong.message
        else:
            return redirect("tracking", tracking_code=show_code(signal))
    status = 404 if fault else 200
    return render(request, "resident/find.html", {"typed": typed, "fault": fault}, status=status)


@policies.public
@never_cache
@require_safe
def tracking(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """How far a report is."""
    signal, case = find_report(request, tracking_code)
    return show(request, signal, case)


@policies.public
@never_cache
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Say whether it was done; not satisfied sends it back to the unit."""
    signal, case = find_report(request, tracking_code)
    if request.method == "GET":  # come back to after a fault, or after switching the language
        return redirect("tracking", tracking_code=show_code(signal))
    answer, comment = request.POST.get("satisfied", ""), request.POST.get("comment", "").strip()
    fault = ""
    if answer not in ("yes", "no"):
        fault = gettext("Choose one of the two.")
    elif answer == "no" and not comment:
        fault = gettext("Say in a few words what is not done: the unit starts from there.")
    if fault:
        return show(request, signal, case, comment=comment, answer=answer, fault=fault)
    try:
        ratings.rate_case(
            tracking_code=show_code(signal), is_satisfied=answer == "yes", comment=comment, at=now()
        )
    except AnlanError as wrong:
        if wrong.status not in (409, 422):
            raise
        return show(request, signal, case, comment=comment, answer=answer, fault=wrong.message)
    return redirect(reverse("tracking", args=[show_code(signal)]) + "#rating")


@policies.public
@require_safe
def photo(request: HttpRequest, tracking_code: str, document_id: UUID, size: str) -> FileResponse:
    """A photo that the reporter sent, or was sent with an answer. Raises DocumentUnknown for any other."""
    is_sealed = photos.is_sealed(request, code=tracking_code, document_id=document_id)
    signal, case = find_report(request, tracking_code, is_counted=not is_sealed)
    steps = cases.list_told_steps(signal=signal, case=case)
    document = photos.find_photos(signal=signal, case=case, steps=steps).find(document_id)
    if document is None:
        raise DocumentUnknown(document_id=document_id)
    is_small = size == "small"
    opened = documents.open_thumbnail(document) if is_small else documents.open_document(document)
    response = FileResponse(opened, content_type=document.media_type)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def find_report(
    request: HttpRequest, tracking_code: str, *, is_counted: bool = True
) -> tuple[Signal, Case]:
    """Count the look, and fetch what a code proves. Raises TooMany, CodeMalformed, TrackingCodeWrong."""
    if is_counted:
        address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
        count_tracking_try(address=address, code=codes.normalise(tracking_code), at=now())
    signal = rating_queries.access_signal(tracking_code=tracking_code)
    return signal, cases.get_case_of_signal(signal_id=signal.id)


def show(
    request: HttpRequest,
    signal: Signal,
    case: Case,
    *,
    answer: str = "",
    comment: str = "",
    fault: str = "",
    message: str = "",
    message_fault: str = "",
    photos_fault: str = "",
    had_photos: bool = False,
    status: int = 422,
) -> HttpResponse:
    """Show how far a report is; with what was wrong about a rating or a message, and then with `status`.

    had_photos: photos came with the message that was not taken; no browser keeps them for a second try.
    """
    at = now()
    steps = cases.list_told_steps(signal=signal, case=case)
    given = [r for r in rating_queries.list_ratings(case_id=case.id) if r.signal_id == signal.id]
    code, found = show_code(signal), photos.find_photos(signal=signal, case=case, steps=steps)
    may_rate = rating_queries.may_rate(case=case, signal=signal)
    context = {
        **_about(signal, case, at=at),
        "steps": [_tell(step, case, signal, at=at, shown=found.told[step.pk]) for step in steps],
        "clock": _clock(case, at=at),
        "parts": [
            codes.tracking_code(step.data["part_code"])
            for step in steps
            if step.move == "split" and step.data["of_signal"] == str(signal.id)
        ],
        "photos": [photos.find_address(code=code, document_id=d.id) for d in found.reported],
        "may_rate": may_rate,
        "rating": given[-1] if given else None,
        "comment": comment,
        "comment_limit": COMMENT_LIMIT,
        "answer": answer,
        "fault": fault,
        "may_write": case.state in cases.get_procedure(case).moves[case_rules.HEAR].sources,
        "message": message,
        "message_fault": message_fault,
        "photos_fault": photos_fault,
        "had_photos": had_photos,
        "photos_limit": photos.PHOTOS_LIMIT,
        "message_limit": case_rules.MESSAGE_LIMIT,
        "key": uuid4(),
    }
    is_wrong = fault or message_fault or photos_fault
    return render(request, "resident/tracking.html", context, status=status if is_wrong else 200)


def _about(signal: Signal, case: Case, *, at: datetime) -> dict[str, object]:
    """Say what both pages say: what, where, who, in which state."""
    gazetteer = get_gazetteer()
    matter = cases.get_catalogue().matters.get(case.matter_id)
    state = cases.get_procedure(case).states[case.state]
    # Of a report that joined another's case, its own place: where the other one is, is not told.
    is_joined = signal.code != case.code
    place_id = signal.place_id if is_joined else case.place_id
    unit, desk = gazetteer.units[case.unit_id], gazetteer.units[case.desk_id]
    return {
        "code": show_code(signal),
        "text": signal.text,
        "matter": words.name(matter) if matter else "",
        "place": places.show_place(gazetteer.place(place_id)),
        "is_joined": is_joined,
        "unit": words.name(unit),
        "desk": words.name(desk),
        "acting": words.name(unit if case.state in UNIT_ACTS else desk),
        "received": show_instant(signal.received_at, gazetteer.time_zone(case.place_id), at),
        "state": case.state,
        "state_words": words.label(state),
        "stage": stages.explain(case.state, unit=words.name(unit), desk=words.name(desk)),
        "is_over": state.is_final or case.state == "CLOSED",
    }


def _tell(step: Step, case: Case, signal: Signal, *, at: datetime, shown: list[Document]) -> Told:
    code = show_code(signal)
    gazetteer = get_gazetteer()
    move = cases.get_procedure(case).moves.get(step.move)
    is_own = step.move == case_rules.HEAR
    unit = gazetteer.units.get(step.data.get("to_unit", 0))
    by = ""
    if unit is not None:
        by = words.name(unit)
    elif step.actor_role:
        by = words.from_pair(ROLE_LABELS[Role(step.actor_role)])
    return Told(
        title=gettext("You wrote")
        if is_own
        else words.label(move)
        if move
        else gettext("Received"),
        by=by,
        at=show_instant(step.at, gazetteer.time_zone(case.place_id), at),
        note=cases.note_told(step, case=case, signal=signal),
        is_own=is_own,
        photos=tuple(photos.find_address(code=code, document_id=d.id) for d in shown),
    )


def _clock(case: Case, *, at: datetime) -> Clock | None:
    if case.due_at is None:
        return None
    light = case_rules.light(case.due_at, case.amber_at, at, paused_at=case.paused_at)
    until = gettext("To be accepted by") if case.accepted_at is None else gettext("To be done by")
    return Clock(
        until=until,
        due=_deadline(case.due_at, get_gazetteer().time_zone(case.place_id), at),
        light=light.value,
        words=gettext("The clock stands still for a while")
        if light is case_rules.Light.PAUSED
        else words.show_remaining(case.due_at, at),
    )


def _explain(signal: Signal, case: Case) -> list[str]:
    """Say in plain words why the report was understood so and went there; not why another's did."""
    if signal.code != case.code:
        return []
    decision = find_decision(case_id=case.id)
    gazetteer = get_gazetteer()
    matter = cases.get_catalogue().matters.get(case.matter_id)
    if decision is None or matter is None:
        return []
    by, phrases = decision.reason["matter"]["by"], decision.reason["matter"]["phrases"]
    about = {"matter": words.name(matter), "phrases": gettext(", ").join(phrases)}
    if by == "DESK":
        reasons = [
            gettext("Your report held two matters; this is the one about “%(matter)s”.") % about
        ]
    elif by == "STATED":
        reasons = [gettext("You chose “%(matter)s”.") % about]
    elif phrases:
        reasons = [gettext("Your text mentions “%(phrases)s”: we read it as “%(matter)s”.") % about]
    else:
        reasons = [gettext("It reads like other reports about “%(matter)s”.") % about]
    here = gazetteer.place(case.place_id)
    known = next((p for p in (here, *gazetteer.ancestors(here.id)) if not p.is_generated), here)
    names = {"unit": words.name(gazetteer.units[case.unit_id]), "place": words.name(known)}
    match decision.reason["route"]["by"]:
        case "GRID":
            reasons.append(
                gettext("“%(unit)s” looks after such matters on the spot in %(place)s.") % names
            )
        case "SEAT":
            reasons.append(
                gettext(
                    "“%(unit)s” is the nearest office responsible for such matters in %(place)s."
                )
                % names
            )
        case _:
            reasons.append(gettext("“%(unit)s” finds out who is responsible in %(place)s.") % names)
    if decision.needs_person:
        reasons.append(gettext("We are not quite sure, so a person looks at it first."))
    return reasons


def show_code(signal: Signal) -> str:
    """Give the tracking code of a signal in groups of five."""
    return codes.tracking_code(signal.code)


def show_instant(instant: datetime, zone: str, at: datetime) -> words.Instant:
    """Show an instant as people in a time zone read it."""
    return words.show_instant(instant, zone=zone, at=at)


def _deadline(instant: datetime, zone: str, at: datetime) -> words.Instant:
    """Show the end of a term; one at midnight as the last minute of the day that it closes."""
    here = instant.astimezone(ZoneInfo(zone))
    return show_instant(instant - timedelta(minutes=here.hour == here.minute == 0), zone, at)


def _draw_qr(link: str) -> SafeString:
    svg = segno.make(link, error="m", micro=False).svg_inline(
        border=2,
        light="#fff",
        dark="#000",
        omitsize=True,
        title=None,
        svgclass=None,
        lineclass=None,
    )
    return mark_safe(svg)  # noqa: S308 – drawn here from our own address
