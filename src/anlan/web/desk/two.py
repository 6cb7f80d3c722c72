"""The two reports of a place and month: read, followed down to what a figure counts, signed, and noted as read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.indicators.queries import get_register, list_inherited, list_reported_levels
from anlan.indicators.rules import months
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports import actions, queries
from anlan.reports.printing import words as report_words
from anlan.reports.printing.alone import show_content
from anlan.reports.printing.long import show_curves as tell_curves
from anlan.reports.printing.pdf import to_pdf
from anlan.reports.printing.seals import seal_of, signed_of
from anlan.reports.printing.sparks import draw_chart
from anlan.reports.queries.curves import find_curves
from anlan.reports.queries.kinds import find_place
from anlan.reports.queries.one import newest_month
from anlan.reports.rules.content import Content
from anlan.reports.rules.signing import READERS, Kind, ReportUnknown
from anlan.web.desk.standing import list_drift, show_standing, version_of
from anlan.web.desk.undone import show_undone, tell_undone
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import show_card

if TYPE_CHECKING:
    from anlan.reports.models import Report


def _to_xlsx(content: Content, **given: Any) -> bytes:
    # Here, for openpyxl would make every process start a tenth slower.
    from anlan.reports.printing.xlsx import to_xlsx

    return to_xlsx(content, **given)


MONTHS_OFFERED = 24
FORMS = {
    "pdf": (to_pdf, "application/pdf"),
    "xlsx": (_to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
SAID = {
    "submit": _("Handed in; somebody else signs it."), "sign": _("Signed. It is frozen, and goes to its readers."),
    "send_back": _("Sent back; the note is kept."), "discard": _("Discarded; the note is kept."),
    "go_offline": _("Signed on paper; the note is kept."),
}  # fmt: skip


@policies.seated(*READERS)
@never_cache
@require_safe
def choose(request: StaffRequest) -> HttpResponse:
    """Go to the newest report of the place and month asked for, or of one's widest place."""
    own = queries.list_own_places(actor=request.actor)
    code = request.GET.get("place", "")
    if not code and not own:
        none = gettext("None of your seats reads the figures of a whole place.")
        return render(request, "desk/two.html", {"obstacle": none})
    code = code or own[0].code
    place = find_place(actor=request.actor, place_code=code)
    month = request.GET.get("month", "") or newest_month(place=place, at=now())
    return redirect("desk:two", place_code=place.code, month=month)


@policies.seated(*READERS)
@never_cache
@require_safe
def show_two(request: StaffRequest, place_code: str, month: str) -> HttpResponse:
    """Show the two reports, economy left and safety right."""
    actor, at = request.actor, now()
    place = find_place(actor=actor, place_code=place_code)
    choices = _choices(request, place.code, month)
    try:
        standing = queries.read_standing(
            actor=actor, place_code=place_code, month=month, version=version_of(request), at=at
        )
    except Invalid as obstacle:
        context = choices | {"obstacle": obstacle.message}
        return render(request, "desk/two.html", context, status=422)
    report, content = standing.report, standing.content
    shown = show_content(content, seal_of(content, signed_of(report)))
    red = [line.code for line in content.lines if line.is_red]
    undone = queries.count_undone(actor=actor, place=place, codes=red, at=at)
    for side in shown["sides"]:
        for row in side["rows"]:
            row["address"] = reverse("desk:figure", args=[place.code, month, row["line"].code])
            if report is not None:
                row["address"] += f"?version={report.version}"
            if row["line"].code in undone:
                row["undone"] = tell_undone(undone[row["line"].code])
    for one, decision in zip(shown["decisions"], content.decisions, strict=True):
        one["address"] = _address_of(decision.kind, decision.about, place.code, month)
    context = choices | shown | show_standing(request, report, standing.versions, place, at) | {
        "drift": list_drift(report, at), "draft_address": reverse("desk:draft_report", args=[place.code, month]),
    }  # fmt: skip
    return render(request, "desk/two.html", context)


def _choices(request: StaffRequest, place_code: str, month: str) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    place = gazetteer.place_by_code(place_code)
    newest = newest_month(place=place, at=now())
    offered = months.run_of(newest, MONTHS_OFFERED)[::-1]
    own = queries.list_own_places(actor=request.actor)
    near = [*gazetteer.ancestors(place.id)[::-1], place, *gazetteer.children(place.id)]
    reported = {one.id for root in own for one in queries.list_reported_places(under=root)}
    return {
        "place_code": place_code, "month": month,
        "places": [(one.code, words.name(one)) for one in near if one.id in reported],
        "months": [(one, report_words.show_month(one)) for one in offered],
    }  # fmt: skip


def _address_of(kind: str, about: str, place_code: str, month: str) -> str:
    match kind:
        case "LIGHT":
            return reverse("desk:figure", args=[place_code, month, about]) + "#undone"
        case "FINDING":
            return reverse("desk:situation")
        case "RETURN":
            return reverse("desk:returns")
        case _:
            return reverse("desk:queue") + "?tab=red"


@policies.seated(*READERS)
@never_cache
@require_safe
def download(request: StaffRequest, place_code: str, month: str, form: str) -> HttpResponse:
    """Give the reports as PDF or spreadsheet."""
    if form not in FORMS:
        raise ReportUnknown()
    standing = queries.read_standing(
        actor=request.actor,
        place_code=place_code,
        month=month,
        version=version_of(request),
        at=now(),
    )
    make, media_type = FORMS[form]
    seal = seal_of(standing.content, signed_of(standing.report))
    data = make(standing.content, language=get_language() or "zh-hans", seal=seal)
    name = f"two-reports-{standing.place.code}-{month}.{form}"
    return HttpResponse(
        data, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip


@policies.seated(*READERS)
@never_cache
@require_safe
def show_figure(request: StaffRequest, place_code: str, month: str, code: str) -> HttpResponse:
    """Follow a figure down: its months, its peers, the places and matters it is made of, what is still open."""
    actor, at = request.actor, now()
    standing = queries.read_standing(
        actor=actor, place_code=place_code, month=month, version=version_of(request), at=at
    )
    line = standing.content.find(code)
    if line is None:
        raise ReportUnknown()
    behind = queries.read_behind(actor=actor, place=standing.place, line=line, month=month, at=at)
    names = [report_words.show_month(one) for one in months.run_of(line.month, len(line.series))][
        :: line.step
    ]
    series = line.series[:: line.step]
    said = [report_words.number(value, line.decimals) for value in series]
    shown = report_words.show_line(line, standing.content)
    peers: list[dict[str, Any]] = [
        {"name": report_words.name(name), "value": value, "words": report_words.number(value, line.decimals), "is_own": name.code == standing.place.code}
        for name, value in zip(standing.content.peers, line.peers, strict=True)
    ]  # fmt: skip
    top = (
        max([abs(one["value"] or 0) for one in peers] + [abs(line.outer[1]) if line.outer else 0])
        or 1
    )
    for one in peers:
        one["width"] = round(100 * abs(one["value"] or 0) / top, 1)
    undone = queries.read_undone(
        actor=actor, place=standing.place, code=code, month=line.month, at=at
    )
    context = {
        "undone": show_undone(undone, at) if line.is_red or not undone.is_nothing else None,
        "place": words.name(standing.place), "place_code": standing.place.code, "month": month,
        "month_words": report_words.show_month(month), "line": shown, "is_counted": bool(behind.matters or behind.open),
        "inherited": _tell_inherited(standing.place, line), "limits": _tell_limits(line), "version": standing.report.version if standing.report else "",
        "chart": draw_chart(series, names, said, decimals=line.decimals, shown=(0, len(names) - 1)),
        "peers": sorted(peers, key=lambda one: -(one["value"] or 0)),
        "matters": [(words.name(matter), count) for matter, count in behind.matters],
        "below": [
            {"name": words.name(place), "value": report_words.number(part.value, line.decimals), "numerator": report_words.number(part.numerator, 0),
             "address": reverse("desk:figure", args=[place.code, month, code]) if _has_report(place.level, standing.place.jurisdiction) else ""}
            for place, part in behind.below
        ],
        "cards": [show_card(case, at=at) for case in behind.open],
        "source": line.source, "is_default": line.confidence < 0.9,
    }  # fmt: skip
    return render(request, "desk/figure.html", context)


def _has_report(level: str, jurisdiction: str) -> bool:
    return level in list_reported_levels(jurisdiction)


def _tell_inherited(place: PlaceInfo, line: Any) -> str:
    """Say which ended codes' figures a returned value holds."""
    indicator = get_register(place.jurisdiction).get(line.code)
    found = list_inherited(place=place, indicator_id=indicator.id, month=line.month) if line.is_returned else []  # fmt: skip
    if not found:
        return ""
    gazetteer = get_gazetteer()
    parts = [
        f"{words.name(old) if (old := gazetteer.find_place_by_code(code)) else code} ({code}): {report_words.number(amount, line.decimals)}"
        for code, amount in found
    ]
    return gettext("It holds what was returned under codes that ended: %(parts)s.") % {"parts": "; ".join(parts)}  # fmt: skip


def _tell_limits(line: Any) -> str:
    if line.inner is None or line.outer is None or line.centre is None:
        return ""
    return gettext("Together its peers come to %(centre)s. At this size chance explains %(low)s to %(high)s (95 %%), and nearly always %(lowest)s to %(highest)s (99.8 %%).") % {
        "centre": report_words.number(line.centre, line.decimals), "low": report_words.number(line.inner[0], line.decimals),
        "high": report_words.number(line.inner[1], line.decimals), "lowest": report_words.number(line.outer[0], line.decimals),
        "highest": report_words.number(line.outer[1], line.decimals),
    }  # fmt: skip


@policies.seated(*READERS)
@never_cache
@require_safe
def show_curves(request: StaffRequest) -> HttpResponse:
    """Show the two curves of one's jurisdiction: safety and the economy over many years."""
    own = queries.list_own_places(actor=request.actor)
    curves = find_curves(jurisdiction=own[0].jurisdiction) if own else None
    return render(request, "desk/curves.html", tell_curves(curves) if curves else {})


@policies.seated(*READERS)
@require_POST
def draft(request: StaffRequest, place_code: str, month: str) -> HttpResponse:
    """Draft a report, or a corrected version of a signed one."""
    back = redirect("desk:two", place_code=place_code, month=month)
    try:
        report = actions.draft_report(
            actor=request.actor, place_code=place_code, month=month, reason=request.POST.get("reason", ""), at=now()
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    back["Location"] += f"?version={report.version}"
    return flash.tell(back, gettext("Drafted from the figures as they are."))


@policies.seated(*READERS)
@require_POST
def move(request: StaffRequest, report_id: UUID, move: str) -> HttpResponse:
    """Hand a report or paper in, sign it, or send it back."""
    report = queries.access_report(actor=request.actor, report_id=report_id)
    back = _back_to(report)
    try:
        actions.move_report(
            actor=request.actor, report_id=report_id, move=move, note=request.POST.get("note", ""), at=now()
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(back, str(SAID.get(move, _("Done"))))


@policies.seated(*READERS)
@require_POST
def mark_read(request: StaffRequest, report_id: UUID) -> HttpResponse:
    """Note that its reader has read a report or paper."""
    report = queries.access_report(actor=request.actor, report_id=report_id)
    actions.mark_read(actor=request.actor, report_id=report_id, at=now())
    return flash.tell(_back_to(report), gettext("Noted as read."))


def _back_to(report: Report) -> HttpResponse:
    """Back to the page of a version."""
    place, month = get_gazetteer().place(report.place_id), months.name_of(report.month_date)
    if report.kind == Kind.PAPER:
        address = f"{reverse('desk:paper')}?place={place.code}&month={month}&"
    else:
        address = reverse("desk:two", args=[place.code, month]) + "?"
    return redirect(f"{address}version={report.version}")
