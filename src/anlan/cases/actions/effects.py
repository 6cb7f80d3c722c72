"""What each move changes beyond the state: one small function a move, found by its code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from anlan.cases import queries, rules
from anlan.cases.models import Case, CasePhoto
from anlan.kernel import scope
from anlan.kernel.actor import Actor
from anlan.kernel.calendars import amber, due
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK, GRID_TEAM

Effect = Callable[[Case, Actor, rules.Given, datetime], dict[str, Any]]


def profile_of(case: Case) -> rules.Profile:
    """Give the terms that hold for a case."""
    catalogue = queries.get_catalogue()
    return catalogue.profile(catalogue.matters[case.matter_id])


def counting_of(case: Case) -> dict[str, str]:
    """Give the calendar and the time zone that a case's terms are counted in."""
    gazetteer = get_gazetteer()
    return {
        "calendar": gazetteer.calendar(case.place_id),
        "time_zone": gazetteer.time_zone(case.place_id),
    }


def _restart_clocks(case: Case, at: datetime) -> dict[str, Any]:
    clocks = rules.set_clocks(at, profile_of(case), **counting_of(case))
    case.close_due_at, case.close_amber_at = clocks.close_due_at, clocks.close_amber_at
    if case.state == "RECEIVED":
        case.response_due_at = clocks.ack_due_at
        case.due_at, case.amber_at = clocks.ack_due_at, clocks.ack_amber_at
    else:
        case.due_at, case.amber_at = clocks.close_due_at, clocks.close_amber_at
    return due_times(case)


def due_times(case: Case) -> dict[str, Any]:
    """Give the due times of a case's clocks as they stand, for the step that has set them."""
    instants = {
        "response_due_at": case.response_due_at,
        "close_due_at": case.close_due_at,
    }
    return {name: at.isoformat() for name, at in instants.items() if at is not None}


def _pause(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    if case.due_at is None:
        raise rules.ClockStopped()
    if case.paused_at is not None:
        raise rules.ClockPaused(since=case.paused_at.isoformat())
    case.paused_at = at
    case.pause_ends_at = due(at, profile_of(case).pause, **counting_of(case))
    return {"pause_ends_at": case.pause_ends_at.isoformat()}


def _resume(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    if case.paused_at is None:
        raise rules.ClockNotPaused()
    return resume_clocks(case, at)


def resume_clocks(case: Case, at: datetime) -> dict[str, Any]:
    """Let the clocks of a paused case run again, each put off by what it stood still."""
    assert case.paused_at is not None
    assert case.due_at is not None
    assert case.amber_at is not None
    profile = profile_of(case)
    pause = rules.Pause(case.paused_at, at, **counting_of(case))
    is_response = case.due_at == case.response_due_at
    running = profile.ack if is_response else profile.close
    case.due_at = pause.put_off(case.due_at, running)
    case.amber_at = pause.put_off_amber(case.amber_at, case.due_at, running)
    if is_response:
        case.response_due_at = case.due_at
    case.close_due_at = pause.put_off(case.close_due_at, profile.close)
    case.close_amber_at = pause.put_off_amber(case.close_amber_at, case.close_due_at, profile.close)
    if case.update_due_at is not None:
        case.update_due_at = pause.put_off(case.update_due_at, profile.update)
    paused_at, case.paused_at, case.pause_ends_at = case.paused_at, None, None
    return {"paused_at": paused_at.isoformat(), **due_times(case)}


def _serving_unit(case: Case, unit_id: int | None) -> Any:
    """Give the unit if it serves the case's place: its seat is there or above."""
    gazetteer = get_gazetteer()
    unit = gazetteer.unit(unit_id) if unit_id is not None else None
    lineage = {p.id for p in gazetteer.lineage(case.place_id)}
    if unit is None or unit.place_id not in lineage:
        raise rules.UnitOutOfReach(unit=unit_id)
    return unit


def _accept(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    case.accepted_at = case.accepted_at or at
    return {}


def _assign_down(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    unit = _serving_unit(case, given.unit_id)
    case.accepted_at = case.accepted_at or at
    case.unit_id, case.departments, case.needs_person = (
        unit.id,
        [unit.department],
        False,
    )
    return {"unit": unit.id}


def _assign_transfer(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    unit = _serving_unit(case, given.unit_id)
    case.accepted_at = at
    case.unit_id = unit.id
    case.departments = list(dict.fromkeys([unit.department, GRID_TEAM]))
    return {"unit": unit.id}


def _co_handle(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    unit = _serving_unit(case, given.unit_id)
    case.departments = [*case.departments, *({unit.department} - set(case.departments))]
    return {"unit": unit.id}


def _escalate_up(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    holder = gazetteer.units[case.unit_id]
    if holder.department == DESK:
        above = gazetteer.place(holder.place_id).parent_id
        desk = gazetteer.nearest_unit(above, DESK) if above is not None else None
    else:
        desk = gazetteer.nearest_unit(holder.place_id, DESK)
    if desk is None:
        raise rules.NoUnitAbove(place=gazetteer.place(holder.place_id).name)
    case.accepted_at = case.accepted_at or at
    case.unit_id = case.desk_id = desk.id
    case.departments = [DESK]
    return {}


def _return(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    case.unit_id, case.departments = case.desk_id, [DESK]
    return {}


def _reclassify(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    jurisdiction = gazetteer.place(case.place_id).jurisdiction
    matter = queries.get_catalogue().matter(jurisdiction, given.matter)
    was = queries.get_catalogue().matters[case.matter_id].code
    unit = gazetteer.nearest_unit(case.place_id, matter.department) or gazetteer.units[case.desk_id]
    case.unit_id, case.departments = unit.id, [unit.department]
    case.matter_id, case.level, case.needs_person = matter.id, matter.level, False
    clocks = _restart_clocks(case, case.opened_at)
    return {"from_matter": was, "to_matter": matter.code, **clocks}


def _close(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    if given.outcome not in rules.Outcome.__members__:
        raise rules.OutcomeUnknown(
            outcome=given.outcome, known=", ".join(rules.Outcome.__members__)
        )
    case.outcome = given.outcome
    _stop(case, at)
    return {"outcome": given.outcome}


def _stop(case: Case, at: datetime) -> None:
    case.closed_at, case.closed_date = at, _local_date(case, at)
    case.extension_asked_by = case.update_due_at = None
    case.needs_person = False
    _tell_merged(case)


def _tell_merged(case: Case) -> None:
    """Let cases that were merged into this one end and begin with it: their words are kept as long as its.

    Locking order: this one first, then those by id (`queries.lock_both`).
    """
    with scope.acting(scope.EVERYTHING):
        held = Case.objects.filter(merged_into=case).order_by("pk").select_for_update(of=("self",))
        Case.objects.filter(pk__in=held.values("pk")).update(
            closed_at=case.closed_at, closed_date=case.closed_date
        )


def _local_date(case: Case, at: datetime) -> date:
    return rules.local_date(at, get_gazetteer().time_zone(case.place_id))


def _end(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    if case.closed_at is None:
        _stop(case, at)
    return {}


def _reopen(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    case.closed_at = case.closed_date = None
    case.outcome = ""
    case.reopen_count += 1
    case.state = "HANDLING"
    _tell_merged(case)
    return _restart_clocks(case, at)


def _ask_extension(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    limit = profile_of(case).extensions_limit
    if case.extension_asked_by is not None:
        raise rules.ExtensionPending()
    if case.extension_count >= limit:
        raise rules.ExtensionsUsedUp(count=case.extension_count, limit=limit)
    case.extension_asked_by = actor.id
    return {}


def _approve_extension(
    case: Case, actor: Actor, given: rules.Given, at: datetime
) -> dict[str, Any]:
    _answer_extension(case, actor)
    term, counting = profile_of(case).extension, counting_of(case)
    start_at = max(at, case.close_due_at - timedelta(microseconds=1))
    case.close_due_at = due(start_at, term, **counting)
    case.close_amber_at = amber(start_at, case.close_due_at, term, **counting)
    case.due_at, case.amber_at = case.close_due_at, case.close_amber_at
    case.extension_count += 1
    return due_times(case)


def _refuse_extension(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    _answer_extension(case, actor)
    return {}


def _answer_extension(case: Case, actor: Actor) -> None:
    if case.extension_asked_by is None:
        raise rules.ExtensionNotAsked()
    if case.extension_asked_by == actor.id:
        raise rules.OwnExtension()
    case.extension_asked_by = None


def _relocate(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    """Let a case lie elsewhere: below what lies above the desk in charge, so that neighbours are reached.

    It goes to the matter's unit there, or to the one given; clocks and pin stay.
    """
    gazetteer = get_gazetteer()
    was, place = gazetteer.place(case.place_id), gazetteer.place_by_code(given.place_code)
    seat = gazetteer.place(gazetteer.units[case.desk_id].place_id)
    above = gazetteer.place(seat.parent_id) if seat.parent_id is not None else seat
    desk = gazetteer.nearest_unit(place.id, DESK)
    if desk is None or not f"{place.path}.".startswith(f"{above.path}."):
        raise rules.PlaceOutOfReach(place=place.name, above=above.name)
    case.place_id, case.place_path, case.desk_id = place.id, place.path, desk.id
    if given.unit_id is not None:
        unit = _serving_unit(case, given.unit_id)
    else:
        department = queries.get_catalogue().matters[case.matter_id].department
        unit = gazetteer.nearest_unit(place.id, department) or desk
    case.unit_id, case.departments, case.needs_person = unit.id, [unit.department], False
    return {"from_place": was.code, "to_place": place.code}


def _split(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    assert given.part is not None
    part = given.part
    photos = CasePhoto.objects.filter(case=case, document_id__in=part.photos)
    if photos.update(case_id=part.case_id, seq=1) != len(set(part.photos)):
        raise rules.PhotoElsewhere()
    return {
        "part": str(part.case_id), "part_code": part.code, "of_signal": str(part.of_signal),
        "photos": [str(photo) for photo in part.photos],
    }  # fmt: skip


def _part_of(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    """Count from the report that the part was in: its reporter has waited since then."""
    assert given.part is not None
    origin = Case.objects.get(pk=given.part.case_id)
    case.opened_at, case.opened_date = origin.opened_at, origin.opened_date
    case.lon, case.lat = origin.lon, origin.lat
    case.accepted_at = at
    data = _restart_clocks(case, case.opened_at)
    return {"origin": str(origin.id), "origin_code": origin.code, **data}


def _supervise(card: rules.Card) -> Effect:
    def show_card(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
        case.card = card
        return {"card": card.value}

    return show_card


EFFECTS: dict[str, Effect] = {
    "accept": _accept,
    "decline": _end,
    "reclassify": _reclassify,
    "assign_down": _assign_down,
    "assign_transfer": _assign_transfer,
    "escalate_up": _escalate_up,
    "return": _return,
    "co_handle": _co_handle,
    "join_transfer": _co_handle,
    "close": _close,
    "reopen": _reopen,
    "reopen_unsatisfied": _reopen,
    "ask_extension": _ask_extension,
    "approve_extension": _approve_extension,
    "refuse_extension": _refuse_extension,
    "pause": _pause,
    "resume": _resume,
    "resume_by_term": _resume,
    "supervise_yellow": _supervise(rules.Card.YELLOW),
    "supervise_red": _supervise(rules.Card.RED),
    "go_offline": _end,
    "split": _split,
    "relocate": _relocate,
    "part_of": _part_of,
}
