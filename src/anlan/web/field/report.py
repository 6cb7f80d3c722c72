"""Report on the spot: photo, words, and the phone's own position."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.intake import rules as intake
from anlan.kernel import codes
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.triage import actions as triage
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, moves, words
from anlan.web.staff.cases import show_class

PLACES_SHOWN = 60


class ReportForm(forms.Form):
    """What a worker reports. The position comes from the phone or not at all."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("What is wrong?"), max_length=intake.TEXT_LIMIT)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    place = forms.CharField(label=_("Place"), required=False, max_length=32)
    place_text = forms.CharField(label=_("Where exactly"), required=False, max_length=300)
    matter = forms.CharField(label=_("Matter"), required=False, max_length=64)
    photos = moves.PhotosField(label=_("Photos"), required=False)


def list_own_places(actor: Actor) -> list[PlaceInfo]:
    """List the places that a report may name: one's own and the grids right below them."""
    gazetteer = get_gazetteer()
    found: dict[int, PlaceInfo] = {}
    for seat in actor.watching_seats:
        place = gazetteer.find_place_by_path(seat.place_path)
        if place is not None:
            found.setdefault(place.id, place)
            found.update({child.id: child for child in gazetteer.children(place.id)})
    return list(found.values())[:PLACES_SHOWN]


@policies.seated(*PLACE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: StaffRequest) -> HttpResponse:
    """Show the form; take it and open its case."""
    if request.method != "POST":
        return _render(request, ReportForm(initial={"key": uuid4()}))
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _render(request, form, status=422)
    try:
        taken = _take(request.actor, form.cleaned_data)
    except Invalid as wrong:
        form.add_error(None, wrong.message)
        return _render(request, form, status=wrong.status)
    return flash.tell(
        redirect("field:case", case_id=taken.case_id),
        gettext("Reported as %(code)s. It is already at the desk.")
        % {"code": codes.show(taken.code)},
    )


def _take(actor: Actor, given: dict[str, Any]) -> triage.Taken:
    places = list_own_places(actor)
    photos = moves.keep_photos(actor=actor, files=given["photos"])
    chosen = given["place"] or (places[0].code if places else "")
    return triage.take_signal(
        actor=actor,
        report=intake.Report(
            text=given["text"],
            channel=intake.Channel.FIELD,
            lon=given["lon"],
            lat=given["lat"],
            place_code=chosen,
            place_text=given["place_text"],
            stated_matter=given["matter"],
            sender=actor.as_sender,
            idempotency_key=str(given["key"]),
        ),
        at=now(),
        photos=photos,
    )


def _render(request: StaffRequest, form: ReportForm, *, status: int = 200) -> HttpResponse:
    places = list_own_places(request.actor)
    jurisdiction = places[0].jurisdiction if places else ""
    groups = [
        (
            show_class(matter_class),
            [
                (matter.code, words.name(matter))
                for matter in cases.get_catalogue().offered
                if matter.jurisdiction == jurisdiction and matter.matter_class == matter_class
            ],
        )
        for matter_class in case_rules.MatterClass
    ]
    context = {
        "form": form,
        "places": [(place.code, words.name(place)) for place in places],
        "groups": groups,
        "photos_limit": moves.PHOTOS_LIMIT,
    }
    return render(request, "field/report.html", context, status=status)
