"""Reporting: the form, what helps while filling it in, and the page that hands over the code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.cases.rules import Level, MatterInfo
from anlan.intake.rules import (
    CONTACT_RETENTION_DAYS,
    TEXT_LIMIT,
    IdempotencyKeyReused,
)
from anlan.kernel.actor import REPORTER
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid, TooMany
from anlan.people import policies
from anlan.people.actions import count_report
from anlan.triage import actions as triage
from anlan.web import maps
from anlan.web.resident import alike, known, matters, photos, places
from anlan.web.resident import draft as drafts
from anlan.web.resident.draft import Draft
from anlan.web.staff import words


@policies.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The form; sent, it becomes a case and leads to the page with its code."""
    if request.method != "POST":
        return _show(request, Draft())
    try:
        draft = drafts.read(request)
    except (RequestDataTooBig, TooManyFilesSent):
        draft = Draft(faults={"photos": gettext("That was too much to send at once.")})
        return _show(request, draft, status=413)
    if "find" in request.POST:
        draft.choices = places.find_places(draft.place_text)
        draft.place_code = ""
        return _show(request, draft)
    if draft.listed and not draft.text:
        # Chosen instead of typed: the name of the matter is what is reported then.
        draft.text = matters.name_matter(draft, draft.listed)
    drafts.check(draft)
    at = now()
    if not draft.faults:
        address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
        try:
            count_report(address=address, at=at)
        except TooMany as wrong:
            draft.faults["form"] = wrong.message
            answer = _show(request, draft, status=429)
            answer["Retry-After"] = str(wrong.data["wait_seconds"])
            return answer
    kept = [] if draft.faults else _keep_photos(draft, at=at)
    if draft.faults:
        return _show(request, draft, status=422)
    try:
        taken = _take(draft, kept, at=at)
    except IdempotencyKeyReused:
        # Sent, then gone back to and changed: whether that is a second matter only its author knows.
        draft.token = Draft().token
        draft.faults["form"] = gettext(
            "This form has been sent already. Send it again if what you changed is a new matter; "
            "otherwise follow the first report by its code."
        )
    except AnlanError as wrong:
        draft.blame(wrong)
        draft.faults.setdefault(
            "form", gettext("Please look through your report and send it again.")
        )
    else:
        alike.join_chosen(draft, taken.tracking_code, at=at)
        # Who has been asked is not asked again.
        return redirect(
            reverse("reported", args=[taken.tracking_code]) + ("?asked" if draft.join else "")
        )
    return _show(request, draft, status=422)


@policies.public
@require_POST
def suggestions(request: HttpRequest) -> HttpResponse:
    """Up to three matters that the text may be about, while it is being typed."""
    draft = drafts.read(request)
    found = matters.suggest_matters(draft)
    return render(request, "resident/suggestions.html", _suggestion_context(draft, found))


@policies.public
@require_POST
def place_choices(request: HttpRequest) -> HttpResponse:
    """Places by a part of their name, while it is being typed."""
    draft = drafts.read(request)
    draft.choices = places.find_places(draft.place_text) if draft.place_text else []
    return render(request, "resident/place_choices.html", _place_context(draft))


@policies.public
@require_POST
def spot(request: HttpRequest) -> HttpResponse:
    """Where the pin stands, in words."""
    draft = drafts.read(request)
    found, fault = None, ""
    try:
        report = drafts.make_report(draft)
        if report.lon is not None and report.lat is not None:
            found = places.get_spot(report.lon, report.lat)
    except AnlanError as wrong:
        draft.blame(wrong)
        fault = draft.faults["place"]
    return render(
        request,
        "resident/spot.html",
        {
            "spot": found and places.show_place(found.place),
            "near_border": found and found.near_border,
            "fault": fault,
        },
    )


def _keep_photos(draft: Draft, *, at: datetime) -> list[UUID]:
    """Keep the photos; one that cannot be kept is named, and none stays."""
    try:
        return photos.keep_photos(draft.photos, at=at)
    except Invalid as wrong:
        draft.faults["photos"] = wrong.message
        return []


def _take(draft: Draft, kept: list[UUID], *, at: datetime) -> triage.Taken:
    """Take the report; without it, or when it came before, its photos go again."""
    areas = places.list_areas()
    fallback = areas[0].root.id if draft.is_elsewhere and areas else None
    try:
        taken = triage.take_signal(
            actor=REPORTER,
            report=drafts.make_report(draft),
            at=at,
            photos=tuple(kept),
            fallback_place_id=fallback,
        )
    except AnlanError:
        photos.drop_photos(kept, at=at)
        raise
    if not taken.is_new:
        photos.drop_photos(kept, at=at)
    return taken


def _suggestion_context(draft: Draft, found: list[MatterInfo]) -> dict[str, object]:
    return {
        "suggestions": [(matter.code, words.name(matter)) for matter in found],
        "chosen": draft.matter if draft.matter in {matter.code for matter in found} else "",
        # Whom to call stands at the top; on a small screen that is far away by now.
        "is_urgent": bool(found) and found[0].level == Level.URGENT,
    }


def _place_context(draft: Draft) -> dict[str, object]:
    return {
        "draft": draft,
        "choices": [(place, places.show_place(place)) for place in draft.choices],
        "elsewhere": drafts.ELSEWHERE,
        "not_served": places.find_elsewhere(draft.place_text)
        if draft.place_text and not draft.choices and not draft.is_elsewhere
        else [],
    }


def _show(request: HttpRequest, draft: Draft, *, status: int = 200) -> HttpResponse:
    found = matters.suggest_matters(draft)
    return render(
        request,
        "resident/home.html",
        {
            **_place_context(draft),
            **_suggestion_context(draft, found),
            "matters": matters.list_matters(draft),
            "text_limit": TEXT_LIMIT,
            "photos_limit": photos.PHOTOS_LIMIT,
            "retention_days": CONTACT_RETENTION_DAYS,
            "outlines": maps.list_outlines(),
            "alike": known.find_alike(draft, at=now()) if draft.join else [],
            "chosen": draft.join,
            "new": known.NEW,
        },
        status=status,
    )
