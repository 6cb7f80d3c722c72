"""The analysis paper of a month: one table, its parts, the findings and what is still open. Drafted, signed, printed on A4."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.cases.rules import local_date
from anlan.indicators.queries import list_reported_levels
from anlan.indicators.rules import months
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports import actions as reports
from anlan.reports.printing.papers import show_paper as tell_paper
from anlan.reports.printing.papers import to_paper_pdf
from anlan.reports.printing.seals import seal_of, signed_of
from anlan.reports.printing.words import show_month
from anlan.reports.queries import StandingPaper, read_standing_paper
from anlan.reports.rules.signing import Kind
from anlan.rollup.rules import MonthMalformed, read_month
from anlan.situation import actions, queries
from anlan.situation.rules.findings import READERS
from anlan.situation.rules.papers import MeetingUnfit
from anlan.situation.rules.resolutions import Agreed
from anlan.web.desk.curves import draw
from anlan.web.desk.situation import read_day, read_whole, show_resolution
from anlan.web.desk.standing import list_drift, show_standing, version_of
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import zone_of

MONTHS_OFFERED = 25
ROWS = 4
"""Rows for decisions in the form of a meeting."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row for a decision, as it was typed. unit: the id of its owner, as text."""

    number: int
    task: str = ""
    unit: str = ""
    due: str = ""


@policies.seated(*READERS)
@never_cache
@require_safe
def show_paper(request: StaffRequest) -> HttpResponse:
    """Show the paper of a place and month: the signed version, else the draft, else figures as they are. Of one's widest place and the last month where none is named."""
    return _show_page(request, request.GET.get("place", ""), request.GET.get("month", ""))


def _show_page(
    request: StaffRequest, place_code: str, month: str, *, typed: Mapping[str, Any] = MappingProxyType({})
) -> HttpResponse:  # fmt: skip
    """Make the page. typed: minutes that were refused, so that nobody writes them twice, and `problem`, why."""
    actor, at = request.actor, now()
    today = local_date(at, zone_of(actor))
    own = queries.list_own_places(actor=actor)
    offered = months.run_of(f"{today:%Y-%m}", MONTHS_OFFERED)[::-1]
    month = month or offered[1]
    place_code = place_code or own[0].code if own else ""
    choices: dict[str, Any] = {
        "places": [(place.code, words.name(place)) for place in _list_choices(own)],
        "months": _name_months(offered, month), "month": month, "place_code": place_code,
    }  # fmt: skip
    if not own:
        none = gettext("None of your seats reads the figures of a whole place.")
        return render(request, "desk/paper.html", choices | {"obstacle": none})
    try:
        standing = read_standing_paper(
            actor=actor, place_code=place_code, month=month, version=version_of(request), at=at
        )
    except Invalid as error:
        return render(request, "desk/paper.html", choices | {"obstacle": error.message}, status=422)
    context = choices | _show(request, standing, typed)
    return render(request, "desk/paper.html", context, status=422 if typed else 200)


def _name_months(offered: list[str], month: str) -> list[tuple[str, str]]:
    """The months to choose from in words, the one that is shown among them; an unreadable one is not."""
    with suppress(MonthMalformed):
        read_month(month)
        offered = offered if month in offered else [*offered, month]
    return [(one, show_month(one)) for one in offered]


def _show(
    request: StaffRequest, standing: StandingPaper, typed: Mapping[str, Any]
) -> dict[str, Any]:
    at, place, report = now(), standing.place, standing.report
    today = local_date(at, zone_of(request.actor))
    shown = tell_paper(standing.content)
    shown["curve"] = draw(
        [(count, None) for count in shown["weeks"]], first=shown["first_week"], last=shown["last_week"]
    )  # fmt: skip
    beside = show_standing(request, report, standing.versions, place, at)
    has_versions = place.level in list_reported_levels(place.jurisdiction)
    # Comparing reads all figures anew: only whoever asks for it waits for it.
    is_compared = bool(report) and "compare" in request.GET
    return shown | beside | {
        "seal": seal_of(standing.content, signed_of(report)), "may_draft": beside["may_draft"] and has_versions and standing.content.is_over,
        "query_of_paper": urlencode({"place": place.code, "month": standing.month}) + "&", "draft_address": reverse("desk:draft_paper"), "draft_fields": {"place": place.code, "month": standing.month},
        "may_compare": report is not None and report.state in ("DRAFT", "SIGNED"), "is_compared": is_compared,
        "drift": list_drift(report, at) if is_compared else [],
        "minutes": _list_minutes(request, standing), "today": f"{today:%Y-%m-%d}", "owners": _list_owners(place),
        "typed": typed, "rows": typed.get("rows") or [Row(number) for number in range(1, ROWS + 1)], "first_due": f"{today + timedelta(days=1):%Y-%m-%d}",
    }  # fmt: skip


def _list_minutes(request: StaffRequest, standing: StandingPaper) -> list[dict[str, Any]]:
    found = queries.list_minutes(actor=request.actor, place=standing.place, month=standing.month)
    return [
        {
            "held": words.show_day(one.held_date), "present": one.present, "decided": one.decided,
            "agreed": [show_resolution(each, request.actor) for each in one.resolutions.all()],
        }
        for one in found
    ]  # fmt: skip


def _list_owners(place: PlaceInfo) -> list[tuple[str, list[tuple[int, str]]]]:
    """Units that a meeting may charge, by their place."""
    gazetteer = get_gazetteer()
    found: dict[int, list[tuple[int, str]]] = {}
    for unit in queries.list_paper_owners(place=place):
        found.setdefault(unit.place_id, []).append((unit.id, words.name(unit)))
    return [(words.name(gazetteer.place(place_id)), units) for place_id, units in found.items()]


@policies.seated(*READERS)
@never_cache
@require_safe
def download_paper(request: StaffRequest) -> HttpResponse:
    """Give the paper of a place and month as PDF. Raises FindingUnknown, ReportUnknown, MonthMalformed, MonthAhead, FontMissing."""
    place_code, month = request.GET.get("place", ""), request.GET.get("month", "")
    standing = read_standing_paper(
        actor=request.actor, place_code=place_code, month=month, version=version_of(request), at=now()
    )  # fmt: skip
    data = to_paper_pdf(
        standing.content, language=get_language() or "zh-hans", seal=seal_of(standing.content, signed_of(standing.report)),
        minutes=_list_minutes(request, standing),
    )  # fmt: skip
    name = f"analysis-{standing.place.code}-{month}.pdf"
    return HttpResponse(
        data, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip


@policies.seated(*READERS)
@require_POST
def draft_paper(request: StaffRequest) -> HttpResponse:
    """Draft a paper, or a corrected version of a signed one."""
    place_code, month = request.POST.get("place", ""), request.POST.get("month", "")
    back = _back(place_code, month)
    try:
        report = reports.draft_report(
            actor=request.actor, place_code=place_code, month=month, kind=Kind.PAPER,
            reason=request.POST.get("reason", ""), at=now(),
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    back["Location"] += f"&version={report.version}"
    return flash.tell(back, gettext("Drafted from the figures as they are."))


@policies.seated(*READERS)
@require_POST
def note_meeting(request: StaffRequest) -> HttpResponse:
    """Keep the minutes of a meeting over a paper."""
    given = {
        name: request.POST.get(name, "")
        for name in ("place", "month", "held", "present", "decided")
    }
    rows = _read_rows(request)
    try:
        held = read_day(given["held"])
        if held is None:
            raise MeetingUnfit()
        # An owner alone is not typed: one always stands there.
        agreed = [
            Agreed(row.task, read_whole(row.unit), read_day(row.due))
            for row in rows if row.task.strip() or row.due.strip()
        ]  # fmt: skip
        actions.note_meeting(
            actor=request.actor, place_code=given["place"], month=given["month"], held=held, present=given["present"],
            decided=given["decided"], agreed=agreed, at=now(),
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        typed = given | {"problem": error.message, "rows": rows}
        return _show_page(request, given["place"], given["month"], typed=typed)
    back = _back(given["place"], given["month"])
    return flash.tell(back, gettext("The minutes are kept with the paper."))


def _read_rows(request: StaffRequest) -> list[Row]:
    """Read the rows of the form as they were typed, as many as it has."""
    parts = (request.POST.getlist(name) for name in ("task", "unit", "due"))
    found = [
        Row(number, *row) for number, row in enumerate(zip_longest(*parts, fillvalue=""), start=1)
    ]
    return found + [Row(number) for number in range(len(found) + 1, ROWS + 1)]


def _back(place_code: str, month: str) -> HttpResponse:
    back = redirect("desk:paper")
    back["Location"] += "?" + urlencode({"place": place_code, "month": month})
    return back


def _list_choices(own: list[Any]) -> list[Any]:
    """One's own places, and those just below them."""
    gazetteer = get_gazetteer()
    found = {place.id: place for place in own}
    for place in own:
        if len(gazetteer.jurisdiction(place.id).levels) - place.depth > 3:
            found.update({child.id: child for child in gazetteer.children(place.id)})
    return list(found.values())
