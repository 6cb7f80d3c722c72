"""Storm nights: plan the open cases of a place over all teams on duty, look, and confirm.

A worker plans and sends; the page asks how far it is. Nothing is sent before somebody confirms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.cases import rules as case_rules
from anlan.dispatch import actions, queries, rules
from anlan.kernel.actor import ROLE_LABELS, Actor, Role
from anlan.kernel.clock import now
from anlan.kernel.errors import Conflict
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.web.desk import sketch
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import show_card, show_class

if TYPE_CHECKING:
    from anlan.dispatch.models import Batch, BatchItem
    from anlan.places.rules import PlaceInfo

ROLES = tuple(sorted(rules.SENDING_ROLES))
REASONS = {
    rules.storm.Reason.NO_POINT: _("no point on the map"),
    rules.storm.Reason.NO_SKILL: _("nobody on duty has the role or department it needs"),
    rules.storm.Reason.NOT_THEIR_PLACE: _("nobody who could do it takes cases of this place"),
    rules.storm.Reason.SHIFT_ENDS: _("every shift ends before it could be done"),
    rules.storm.Reason.ALL_TAKEN: _("all who could do it are full until their shifts end"),
}
STATES = {
    rules.ItemState.PLANNED: _("proposed"),
    rules.ItemState.SENT: _("sent"),
    rules.ItemState.CHANGED: _("moved meanwhile: not sent"),
    rules.ItemState.REFUSED: _("not sent"),
}
BATCH_STATES = {
    rules.BatchState.PLANNING: _("being planned"),
    rules.BatchState.READY: _("waits for a person to confirm"),
    rules.BatchState.SENDING: _("being sent"),
    rules.BatchState.SENT: _("sent"),
    rules.BatchState.FAILED: _("could not be planned"),
}


def may_plan_storms(actor: Actor) -> bool:
    """Tell whether the page of storm nights is open to an actor."""
    return bool(_places_of(actor))


def _places_of(actor: Actor) -> list[PlaceInfo]:
    """List the places that an actor is wholly in charge of, the widest first."""
    gazetteer = get_gazetteer()
    paths = {s.place_path for s in actor.seats if s.role in ROLES and not s.department}
    found = [place for path in paths if (place := gazetteer.find_place_by_path(path))]
    return sorted(found, key=lambda place: (place.depth, place.code))


@policies.seated(*ROLES)
@never_cache
@require_safe
def show_storm(request: StaffRequest) -> HttpResponse:
    """Show the form and one's own plans."""
    at = now()
    batches = queries.list_batches(actor=request.actor)
    context = {
        "key": uuid4(),
        "places": [(p.code, words.name(p)) for p in _places_of(request.actor)],
        "levels": [
            (v.value, words.from_pair(case_rules.LEVEL_LABELS[v])) for v in case_rules.Level
        ],
        "classes": [(c.value, show_class(c)) for c in case_rules.MatterClass],
        "batches": [_line(batch, at) for batch in batches],
    }
    return render(request, "desk/storm.html", context)


@policies.seated(*ROLES)
@require_POST
def plan(request: StaffRequest) -> HttpResponse:
    """Ask for a plan; without a place, of the widest one's own."""
    own = _places_of(request.actor)
    place_code = request.POST.get("place", "") or (own[0].code if own else "")
    if not place_code:
        return flash.tell(redirect("desk:storm"), rules.BatchNotYours().message)
    batch = actions.plan_batch(
        actor=request.actor,
        batch_id=_read_key(request.POST.get("key", "")),
        place_code=place_code,
        levels=request.POST.getlist("level"),
        classes=request.POST.getlist("class"),
        at=now(),
    )
    return redirect("desk:storm_batch", batch_id=batch.id)


def _read_key(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return uuid4()


@policies.seated(*ROLES)
@never_cache
@require_safe
def show_batch(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Show a plan by team, on the map and against nearest-first; while it is made, how far it is."""
    batch = queries.access_batch(actor=request.actor, batch_id=batch_id)
    at = now()
    is_moving = batch.state in (rules.BatchState.PLANNING, rules.BatchState.SENDING)
    items = queries.list_items(batch_id=batch.id) if batch.planned_at else []
    counts = {state: sum(item.state == state for item in items) for state in rules.ItemState}
    progress = batch.progress
    if batch.state == rules.BatchState.SENDING:
        whole = len(items) - counts[rules.ItemState.LEFT]
        progress = round(100 * (1 - counts[rules.ItemState.PLANNED] / whole)) if whole else 100
    context: dict[str, Any] = {
        "batch": batch, "line": _line(batch, at), "is_moving": is_moving, "progress": progress,
    }  # fmt: skip
    if request.headers.get("HX-Request") and is_moving:
        return render(request, "desk/_storm_progress.html", context)
    if not is_moving and request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    teams = _teams(items, at)
    context |= {
        "teams": teams,
        "left": [
            {"card": show_card(i.case, at=at), "reason": REASONS[rules.storm.Reason(i.reason)]}
            for i in items if i.state == rules.ItemState.LEFT
        ],
        "counts": {state.value.lower(): count for state, count in counts.items()},
        "figures": _figures(batch),
        "where": sketch.draw_routes(
            batch.place_id, [[(i.case.lon, i.case.lat) for i in team["items"]] for team in teams]
        ) if teams else None,
        "may_send": batch.state == rules.BatchState.READY and counts[rules.ItemState.PLANNED] > 0,
    }  # fmt: skip
    return render(request, "desk/storm_batch.html", context)


@policies.seated(*ROLES)
@require_POST
def send(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Confirm a plan."""
    answer = redirect("desk:storm_batch", batch_id=batch_id)
    try:
        actions.send_batch(actor=request.actor, batch_id=batch_id, at=now())
    except Conflict as refused:
        return flash.tell(answer, refused.message)
    return flash.tell(
        answer, gettext("Confirmed. Each case is sent through the ordinary dispatch.")
    )


def _line(batch: Batch, at: Any) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    narrowed = [words.from_pair(case_rules.LEVEL_LABELS[case_rules.Level(v)]) for v in batch.levels]
    narrowed += [show_class(value) for value in batch.classes]
    return {
        "id": batch.id,
        "place": words.name(gazetteer.place(batch.place_id)),
        "narrowed": " · ".join(narrowed),
        "asked": words.show_instant(
            batch.asked_at, zone=gazetteer.time_zone(batch.place_id), at=at
        ),
        "state": BATCH_STATES[rules.BatchState(batch.state)],
        "cases": batch.figures.get("cases", ""),
    }


def _teams(items: list[BatchItem], at: Any) -> list[dict[str, Any]]:
    """Put the cases of each person together, in the order in which he goes."""
    gazetteer = get_gazetteer()
    found: dict[Any, dict[str, Any]] = {}
    for item in items:
        if item.duty is None or item.arrives_at is None:
            continue
        team = found.setdefault(
            item.duty.person_id,
            {
                "name": item.duty.person.name,
                "role": words.from_pair(ROLE_LABELS[Role(item.duty.role)]),
                "items": [],
            },
        )
        item.card = show_card(item.case, at=at)  # type: ignore[attr-defined]
        item.arrives = words.show_instant(  # type: ignore[attr-defined]
            item.arrives_at, zone=gazetteer.time_zone(item.case.place_id), at=at
        )
        item.words = STATES[rules.ItemState(item.state)]  # type: ignore[attr-defined]
        team["items"].append(item)
    for team in found.values():
        team["items"].sort(key=lambda item: item.number)
    return sorted(found.values(), key=lambda team: -len(team["items"]))


def _figures(batch: Batch) -> list[dict[str, Any]]:
    """Give the rows of the comparison: the plan beside both ways of nearest-first."""
    told = batch.figures
    if not told:
        return []
    columns = [told["plan"], told["nearest"], told["urgent_nearest"]]
    rows = (
        ("cost", gettext("Cost (minutes of waiting and weighted lateness)"), "{:,.0f}", 1),
        ("weighted_lateness", gettext("Weighted lateness, minutes"), "{:,.0f}", 1),
        ("mean_wait_minutes", gettext("Mean wait, minutes"), "{:,.0f}", 1),
        ("longest_wait_minutes", gettext("Longest wait, minutes"), "{:,.0f}", 1),
        ("within_limits", gettext("Reached within their limit"), "{:.0f} %", 100),
        ("left", gettext("Taken by nobody"), "{:,.0f}", 1),
    )
    return [
        {"name": name, "values": [form.format(column[field] * times) for column in columns]}
        for field, name, form, times in rows
    ]
