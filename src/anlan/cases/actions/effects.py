"""What each move changes beyond the state: one small function a move, found by its code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from anlan.cases import queries, rules
from anlan.cases.models import Case
from anlan.kernel.actor import Actor
from anlan.kernel.calendars import amber, due
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK, GRID_TEAM

Effect = Callable[[Case, Actor, rules.Given, datetime], dict[str, Any]]


def _restart_clocks(case: Case, at: datetime) -> None:
    gazetteer = get_gazetteer()
    catalogue = queries.get_catalogue()
    clocks = rules.set_clocks(
        at,
        catalogue.profile(catalogue.matters[case.matter_id]),
        calendar=gazetteer.calendar(case.place_id),
        time_zone=gazetteer.time_zone(case.place_id),
    )
    case.close_due_at, case.close_amber_at = clocks.close_due_at, clocks.close_amber_at
    if case.state == "RECEIVED":
        case.due_at, case.amber_at = clocks.ack_due_at, clocks.ack_amber_at
    else:
        case.due_at, case.amber_at = clocks.close_due_at, clocks.close_amber_at
    case.told_light = ""


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
    _restart_clocks(case, case.opened_at)
    return {"from_matter": was, "to_matter": matter.code}


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
    case.extension_asked_by = None


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
    _restart_clocks(case, at)
    return {}


def _ask_extension(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    catalogue = queries.get_catalogue()
    limit = catalogue.profile(catalogue.matters[case.matter_id]).extensions_limit
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
    catalogue, gazetteer = queries.get_catalogue(), get_gazetteer()
    term = catalogue.profile(catalogue.matters[case.matter_id]).extension
    zone = {
        "calendar": gazetteer.calendar(case.place_id),
        "time_zone": gazetteer.time_zone(case.place_id),
    }
    start_at = max(at, case.close_due_at - timedelta(microseconds=1))
    case.close_due_at = due(start_at, term, **zone)
    case.close_amber_at = amber(start_at, case.close_due_at, term, **zone)
    case.due_at, case.amber_at, case.told_light = (
        case.close_due_at,
        case.close_amber_at,
        "",
    )
    case.extension_count += 1
    return {"close_due_at": case.close_due_at.isoformat()}


def _refuse_extension(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
    _answer_extension(case, actor)
    return {}


def _answer_extension(case: Case, actor: Actor) -> None:
    if case.extension_asked_by is None:
        raise rules.ExtensionNotAsked()
    if case.extension_asked_by == actor.id:
        raise rules.OwnExtension()
    case.extension_asked_by = None


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
    "close": _close,
    "reopen": _reopen,
    "reopen_unsatisfied": _reopen,
    "ask_extension": _ask_extension,
    "approve_extension": _approve_extension,
    "refuse_extension": _refuse_extension,
    "supervise_yellow": _supervise(rules.Card.YELLOW),
    "supervise_red": _supervise(rules.Card.RED),
    "go_offline": _end,
}
