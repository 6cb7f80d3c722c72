"""The analysis paper of a month: one table, its parts, the findings and what is still open. Prints on A4."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.rollup.rules import read_month
from anlan.situation import actions, queries
from anlan.situation.printing import to_pdf
from anlan.situation.rules.findings import READERS
from anlan.situation.rules.papers import Line, MeetingUnfit, change
from anlan.web.desk.curves import draw
from anlan.web.desk.situation import show_finding
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import zone_of

SHOWN = 20


@policies.seated(*READERS)
@never_cache
@require_safe
def show_paper(request: StaffRequest) -> HttpResponse:
    """Show the paper of a place and month; of one's widest place and the last month where none is named."""
    actor = request.actor
    today = local_date(now(), zone_of(actor))
    own = queries.list_own_places(actor=actor)
    last = today.replace(day=1) - timedelta(days=1)
    month = request.GET.get("month", "") or f"{last:%Y-%m}"
    place_code = request.GET.get("place", "") or own[0].code if own else ""
    choices: dict[str, Any] = {
        "places": [(place.code, words.name(place)) for place in _list_choices(own)],
        "month": month, "place_code": place_code, "newest": f"{today:%Y-%m}",
    }  # fmt: skip
    if not own:
        none = gettext("None of your seats reads the figures of a whole place.")
        return render(request, "desk/paper.html", choices | {"obstacle": none})
    try:
        paper = queries.read_paper(actor=actor, place_code=place_code, month=month, today=today)
    except Invalid as error:
        return render(request, "desk/paper.html", choices | {"obstacle": error.message}, status=422)
    return render(request, "desk/paper.html", choices | _show(paper, request))


@policies.seated(*READERS)
@never_cache
@require_safe
def download_paper(request: StaffRequest) -> HttpResponse:
    """Give the paper of a place and month as PDF. Raises FindingUnknown, MonthMalformed, MonthAhead, FontMissing."""
    today = local_date(now(), zone_of(request.actor))
    place_code, month = request.GET.get("place", ""), request.GET.get("month", "")
    paper = queries.read_paper(actor=request.actor, place_code=place_code, month=month, today=today)
    data = to_pdf(tell_print(_show(paper, request), paper))
    name = f"analysis-{paper.place.code}-{month}.pdf"
    return HttpResponse(
        data, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip


@policies.seated(*READERS)
@require_POST
def note_meeting(request: StaffRequest) -> HttpResponse:
    """Keep the minutes of a meeting over a paper."""
    given = {
        name: request.POST.get(name, "")
        for name in ("place", "month", "held", "present", "decided")
    }
    back = redirect("desk:paper")
    back["Location"] += "?" + urlencode({"place": given["place"], "month": given["month"]})
    try:
        held = date.fromisoformat(given["held"])
    except ValueError:
        return flash.tell(back, MeetingUnfit().message)
    try:
        actions.note_meeting(
            actor=request.actor, place_code=given["place"], month=given["month"], held=held, present=given["present"],
            decided=given["decided"], at=now(),
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(back, gettext("The minutes are kept with the paper."))


def tell_print(shown: dict[str, Any], paper: queries.Paper) -> dict[str, Any]:
    """Put the page's words where the printed paper has them."""
    first = paper.last_week - timedelta(days=51 * 7)
    title = gettext("%(place)s: analysis of %(month)s") % {
        "place": shown["place"],
        "month": shown["title_month"],
    }

    def lines(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
        return [{name: str(value) for name, value in row.items()} for row in rows]

    def said(one: dict[str, Any]) -> dict[str, str]:
        parts = [
            one["state_words"],
            one["unit"],
            one["note"],
            one["closing_note"],
            one["remaining"] if one["is_late"] else "",
        ]
        return {
            "head": f"{one['place']} · {one['matter']}", "says": f"({one['week']}) {one['sentence']}",
            "state": " · ".join(part for part in parts if part),
        }  # fmt: skip

    left = shown["matters_left"]
    return {
        "lang": "zh" if words.is_chinese() else "en", "title": title,
        "note": "" if paper.is_over else gettext("This month is not over: figures until today, compared with whole months."),
        "lead": " ".join(shown["sentences"]), "weeks": paper.weeks, "weeks_title": gettext("Cases opened a week, over a year"),
        "first": words.show_day(first), "last": words.show_day(paper.last_week),
        "open_title": gettext("Open questions"), "open": [said(one) for one in shown["open"]],
        "no_open": gettext("None: everything that stood out is decided, and no duty is late."),
        "findings_title": gettext("What stood out"), "findings": [said(one) for one in shown["findings"]], "nothing": gettext("Nothing."),
        "columns": [
            "", gettext("Opened"), gettext("Month before"), pgettext("figures", "Change"), gettext("Year before"), pgettext("figures", "Change"),
            pgettext("figures", "Closed"), pgettext("figures", "Late"),
        ],
        "matters_title": gettext("By matter"), "matters": lines(shown["matters"]), "total": lines([shown["total"]])[0],
        "left": ngettext(
            "%(number)s smaller matter is counted in the sum only.", "%(number)s smaller matters are counted in the sum only.", left
        ) % {"number": left} if left else "",
        "places_title": gettext("By place"), "parts": lines(shown["parts"]),
        "sources": gettext(
            "Changes against less than 20 cases are told in cases, others in per cent. Made %(made)s from the daily figures, which equal a recount of the cases."
        ) % {"made": shown["made"].full},
        "duties_title": gettext("Follow-up"), "duties": [said(one) for one in shown["duties"]], "no_duty": gettext("No duty is open."),
        "minutes_title": gettext("Minutes"),
        "minutes": [
            {"head": one["held"], "says": one["decided"], "state": one["present"]} for one in shown["minutes"]
        ],
        "footer": title,
    }  # fmt: skip


def _show(paper: queries.Paper, request: StaffRequest) -> dict[str, Any]:
    actor, month = request.actor, paper.month
    gazetteer = get_gazetteer()
    matters = {m.code: words.name(m) for m in get_catalogue().matters.values() if m.jurisdiction == paper.place.jurisdiction}  # fmt: skip
    first = paper.last_week - timedelta(days=51 * 7)
    findings = [show_finding(finding, actor) for finding in paper.findings]
    return {
        "place": words.name(paper.place),
        "title_month": _show_month(month),
        "is_over": paper.is_over,
        "sentences": _tell(paper),
        "total": _show_line(paper.total, gettext("Together")),
        "matters": [_show_line(line, matters.get(line.key, line.key)) for line in paper.matters[:SHOWN]],
        "matters_left": max(0, len(paper.matters) - SHOWN),
        "parts": [
            _show_line(line, words.name(gazetteer.place_by_code(line.key)))
            for line in paper.places
            if line.key != paper.place.code
        ],
        "curve": draw(
            [(count, None) for count in paper.weeks],
            first=words.show_day(first), last=words.show_day(paper.last_week),
        ),
        "findings": findings,
        "duties": [show_finding(finding, actor) for finding in paper.duties],
        "minutes": [
            {"held": words.show_day(one.held_date), "present": one.present, "decided": one.decided} for one in paper.minutes
        ],
        "today": f"{local_date(now(), zone_of(actor)):%Y-%m-%d}",
        "open": [one for one in findings if one["state"] == "PROPOSED" or one["is_late"]],
        "made": words.show_instant(now(), zone=zone_of(actor), at=now()),
    }  # fmt: skip


def _list_choices(own: list[Any]) -> list[Any]:
    """One's own places, and those just below them."""
    gazetteer = get_gazetteer()
    found = {place.id: place for place in own}
    for place in own:
        if len(gazetteer.jurisdiction(place.id).levels) - place.depth > 3:
            found.update({child.id: child for child in gazetteer.children(place.id)})
    return list(found.values())


def _show_month(month: str) -> str:
    first, _ = read_month(month)
    if words.is_chinese():
        return f"{first.year}年{first.month}月"
    return f"{words.MONTHS_EN[first.month - 1]} {first.year}"


def _show_line(line: Line, name: str) -> dict[str, Any]:
    return {
        "name": name, "now": line.now, "before": line.before, "year_before": line.year_before,
        "to_before": _show_change(line.now, line.before), "to_year": _show_change(line.now, line.year_before),
        "closed": line.closed,
        "late": "–" if line.late_share is None else f"{100 * line.late_share:.0f} %",
    }  # fmt: skip


def _show_change(count: int, then: int) -> str:
    """Say a change in per cent; of small counts in cases, because per cent would only show chance."""
    share = change(count, then)
    if then < SMALL:
        return _sign(f"{count - then:+d}")
    assert share is not None
    return _sign(f"{100 * share:+.0f} %")


def _sign(change: str) -> str:
    """Write a true minus, and no sign before nothing."""
    return change.replace("-", "−").replace("+0", "±0").replace("−0", "±0")


SMALL = 20


def _tell(paper: queries.Paper) -> list[str]:
    total = paper.total
    said = [
        ngettext("%(count)s case was opened.", "%(count)s cases were opened.", total.now)
        % {"count": f"{total.now:,}"},
        gettext("The month before: %(before)s (%(change)s). A year before: %(year)s (%(year_change)s).")
        % {
            "before": f"{total.before:,}", "change": _show_change(total.now, total.before),
            "year": f"{total.year_before:,}", "year_change": _show_change(total.now, total.year_before),
        },
    ]  # fmt: skip
    if total.closed:
        said.append(
            gettext("%(closed)s were closed, %(late)s of them late.")
            % {"closed": f"{total.closed:,}", "late": f"{total.closed_late:,}"}
        )
    return said
