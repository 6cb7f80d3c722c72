"""What is unusual: findings in sentences with numbers, the curve behind each, and what becomes of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.situation import actions, queries
from anlan.situation.rules.findings import READERS, USUAL_DUTY, Given, finding_procedure
from anlan.situation.rules.watching import Method
from anlan.web.desk.curves import Curve, draw
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import lineage_of, zone_of

if TYPE_CHECKING:
    from anlan.situation.models import Finding, Resolution

LEAST_TOLD = 0.05
"""Less than so much of a week more or less is not worth a sentence."""
TABS = {
    "open": (_("To be decided"), ("PROPOSED",)),
    "duties": (_("Made duties"), ("ACCEPTED",)),
    "closed": (_("Closed"), ("DONE", "DISMISSED", "OFFLINE")),
}
SAID = {
    "accept": _("It is a duty now."),
    "dismiss": _("Dismissed; the reason is kept."),
    "finish": _("Done; it is kept with the finding."),
    "go_offline": _("Arranged offline; it is kept with the finding."),
}


def may_read_findings(actor: Actor) -> bool:
    """Tell whether the page of findings is open to an actor."""
    return any(seat.role in READERS for seat in actor.seats)


@policies.seated(*READERS)
@never_cache
@require_safe
def list_findings(request: StaffRequest) -> HttpResponse:
    """List what stands out in one's places, by what has become of it."""
    actor, at = request.actor, now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "open"
    overview = queries.find_overview(actor=actor)
    counts = queries.count_states(actor=actor)
    counts["ACCEPTED"] = counts.get("ACCEPTED", 0) + queries.count_open_resolutions(actor=actor)
    found = queries.list_findings(
        actor=actor, states=TABS[tab][1], is_newest_first=tab != "duties"
    )  # fmt: skip
    context = {
        "tabs": [
            (code, label, sum(counts.get(state, 0) for state in states) if code != "closed" else 0)
            for code, (label, states) in TABS.items()
        ],
        "tab": tab,
        "findings": [show_finding(finding, actor) for finding in found],
        "resolutions": list_shown_resolutions(actor, TABS[tab][1]) if tab != "open" else [],
        "review": _tell_review(overview, zone_of(actor)) if overview.week_date else "",
        "looked": words.show_ago(overview.judged_at, at) if overview.judged_at else "",
    }  # fmt: skip
    return render(request, "desk/situation.html", context)


@policies.seated(*READERS)
@require_POST
def move_finding(request: StaffRequest, finding_id: UUID, move: str) -> HttpResponse:
    """Make a move with a finding and come back to the list it stood in."""
    tab = request.POST.get("tab", "open")
    back = redirect("desk:situation")
    back["Location"] += f"?tab={tab if tab in TABS else 'open'}"
    given = Given(
        note=request.POST.get("note", ""),
        unit_id=read_whole(request.POST.get("unit", "")),
        due_date=read_day(request.POST.get("due_date", "")),
    )
    try:
        actions.move_finding(
            actor=request.actor, finding_id=finding_id, move=move, given=given, at=now()
        )
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(back, str(SAID[move]))


@policies.seated(*READERS)
@require_POST
def move_resolution(request: StaffRequest, resolution_id: UUID, move: str) -> HttpResponse:
    """Tell that what a meeting decided is done, and come back to the list."""
    back = redirect("desk:situation")
    back["Location"] += "?tab=duties"
    try:
        actions.move_resolution(
            actor=request.actor, resolution_id=resolution_id, move=move, note=request.POST.get("note", ""), at=now()
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(
        back,
        gettext("Done; it is kept with the minutes.")
        if move == "finish"
        else gettext("Arranged offline; it is kept with the minutes."),
    )


def list_shown_resolutions(actor: Actor, states: tuple[str, ...]) -> list[dict[str, Any]]:
    """List in words what meetings decided, with what an actor may do with it."""
    found = queries.list_resolutions(actor=actor, states=states)
    return [show_resolution(one, actor) for one in found]


def show_resolution(one: Resolution, actor: Actor) -> dict[str, Any]:
    """Show what a meeting decided."""
    gazetteer, at = get_gazetteer(), now()
    zone = gazetteer.time_zone(one.place_id)
    unit = gazetteer.unit(one.unit_id)
    return {
        "id": one.id, "place": words.name(gazetteer.place(one.place_id)), "text": one.text, "unit": words.name(unit) if unit else "",
        "held": words.show_day(one.held_date), "state": one.state,
        "state_words": words.label(finding_procedure(one.procedure_version).states[one.state]), "closing_note": one.closing_note,
        "due": words.show_instant(one.due_at - timedelta(minutes=1), zone=zone, at=at) if one.due_at else None,
        "remaining": words.show_remaining(one.due_at, at), "is_late": one.due_at is not None and at >= one.due_at,
        "moves": queries.list_resolution_moves(actor=actor, one=one),
    }  # fmt: skip


def read_whole(typed: str) -> int | None:
    """Read a whole number; None for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None


def read_day(typed: str) -> date | None:
    """Read a date; None for anything else."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _tell_review(overview: queries.Overview, zone: str) -> str:
    assert overview.week_date is not None
    return ngettext(
        "In the week of %(week)s %(count)s series of place and matter was looked at.",
        "In the week of %(week)s %(count)s series of place and matter were looked at.",
        overview.series_count,
    ) % {"week": _show_week(overview.week_date), "count": overview.series_count}


def _show_week(monday: date) -> str:
    return f"{words.show_day(monday)} – {words.show_day(monday + timedelta(days=6))}"


def show_finding(finding: Finding, actor: Actor) -> dict[str, Any]:
    """Show a finding in words, with its curve and what an actor may do with it."""
    gazetteer, at = get_gazetteer(), now()
    zone = gazetteer.time_zone(finding.place_id)
    place = gazetteer.place(finding.place_id)
    matter = get_catalogue().matters.get(finding.matter_id)
    moves = queries.list_moves(actor=actor, finding=finding)
    unit = gazetteer.unit(finding.unit_id) if finding.unit_id else None
    today = local_date(at, zone)
    procedure = finding_procedure(finding.procedure_version)
    return {
        "id": finding.id,
        "place": words.name(place),
        "place_full": " › ".join(words.name(p) for p in lineage_of(gazetteer, place.id)),
        "matter": words.name(matter) if matter else gettext("No longer in the catalogue"),
        "week": _show_week(finding.week_date),
        "sentence": _tell(finding),
        "past": _tell_past(finding),
        "chance": _tell_chance(finding),
        "exposure": _tell_exposure(finding),
        "curve": _draw(finding),
        "state": finding.state,
        "state_words": words.label(procedure.states[finding.state]),
        "unit": words.name(unit) if unit else "",
        "note": finding.note,
        "closing_note": finding.closing_note,
        "due": words.show_instant(finding.due_at - timedelta(minutes=1), zone=zone, at=at) if finding.due_at else None,
        "remaining": words.show_remaining(finding.due_at, at),
        "is_late": finding.due_at is not None and at >= finding.due_at,
        "decided": words.show_instant(finding.decided_at, zone=zone, at=at) if finding.decided_at else None,
        "moves": moves,
        "owners": [(unit.id, words.name(unit)) for unit in queries.list_owners(finding=finding)] if "accept" in moves else [],
        "first_due": (today + timedelta(days=1)).isoformat(),
        "usual_due": (today + USUAL_DUTY).isoformat(),
    }  # fmt: skip


def _tell(finding: Finding) -> str:
    """Say what was counted against what is usual."""
    return ngettext(
        "%(count)s case; usual are %(expected)s, up to %(bound)s.",
        "%(count)s cases; usual are %(expected)s, up to %(bound)s.",
        finding.observed,
    ) % {
        "count": finding.observed, "expected": f"{finding.expected:.1f}", "bound": f"{finding.bound:.0f}",
    }  # fmt: skip


def _tell_past(finding: Finding) -> str:
    if finding.method == Method.YEARS:
        return gettext(
            "Compared with the same season of the years before, trend taken into account."
        )
    return gettext("Compared with the weeks before: there are not yet three years to compare with.")


def _tell_exposure(finding: Finding) -> str:
    """Say what was taken into account of the week: days off or made up, and what is still to be reported."""
    said = []
    if abs(finding.worth - 1) >= LEAST_TOLD:
        said.append(
            gettext("By its days off and on the week is worth %(worth)s of a usual one.") % {"worth": f"{100 * finding.worth:.0f} %"}
        )  # fmt: skip
    if 1 - finding.known >= LEAST_TOLD:
        said.append(
            gettext("By experience %(known)s of its cases were reported by then: in the end about %(end)s.")
            % {"known": f"{100 * finding.known:.0f} %", "end": round(finding.observed / finding.known)}
        )  # fmt: skip
    return " ".join(said)


def _tell_chance(finding: Finding) -> str:
    """Say how seldom chance alone does that, and how far the list can be trusted."""
    if finding.p_value <= 0.0001:
        return gettext("Chance alone would do this less than once in 10,000 weeks.")
    weeks = round(1 / finding.p_value)
    return gettext("Chance alone would do this about once in %(weeks)s weeks.") % {
        "weeks": f"{weeks:,}"
    }


def _draw(finding: Finding) -> Curve:
    past = [
        (int(count), None if bound is None else float(bound)) for count, bound in finding.history
    ]
    first = finding.week_date - timedelta(days=7 * (len(past) - 1))
    return draw(past, first=words.show_day(first), last=words.show_day(finding.week_date))
