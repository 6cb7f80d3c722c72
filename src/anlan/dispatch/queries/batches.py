"""What a storm night's plan is made from, and the batches that somebody asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from anlan.cases.models import Case, CaseSignal, subtree
from anlan.cases.queries import get_catalogue
from anlan.dispatch import rules
from anlan.dispatch.models import Batch, BatchItem
from anlan.dispatch.queries.candidates import reach_of
from anlan.dispatch.queries.run_cards import get_run_card
from anlan.dispatch.rules import storm
from anlan.kernel import sql
from anlan.kernel.actor import Actor, Role
from anlan.kernel.reading import read_yaml
from anlan.places.models import Place
from anlan.places.queries import get_gazetteer

DUTIES_LIMIT = 2000
UNASSIGNED = ("RECEIVED", "ACCEPTED")


@dataclass(frozen=True, slots=True)
class NightInput:
    """What is planned: calls beside their cases, teams beside their duties by place path.

    further: people on duty beyond those that a plan looks at.
    """

    cases: list[Case]
    calls: list[storm.Call]
    teams: list[storm.Team]
    duties: list[dict[str, int]]
    further: int
    policy: storm.Policy


@cache
def get_storm_policy() -> Mapping[str, Any]:
    """Give the policy of storm nights: defaults to be checked, from the room's file."""
    path = Path(__file__).resolve().parent.parent / "storm.yaml"
    found: Mapping[str, Any] = read_yaml(path.read_text(encoding="utf-8"))
    return found


def may_plan(*, actor: Actor, place: Place) -> bool:
    """Tell whether an actor is in charge of all cases at a place."""
    return bool(actor.roles_over(place.path, ()) & rules.SENDING_ROLES)


def access_batch(*, actor: Actor, batch_id: UUID, lock: bool = False) -> Batch:
    """Fetch one's own batch. Raises BatchNotVisible."""
    found = (
        Batch.objects.filter(pk=batch_id, asked_by=actor.id) if actor.id else Batch.objects.none()
    )
    batch = (found.select_for_update() if lock else found).first()
    if batch is None:
        raise rules.BatchNotVisible(batch=batch_id)
    return batch


def list_batches(*, actor: Actor, limit: int = 10) -> list[Batch]:
    """List one's own batches, the newest first."""
    if actor.id is None:
        return []
    return list(Batch.objects.filter(asked_by=actor.id).order_by("-asked_at")[:limit])


def list_items(*, batch_id: UUID) -> list[BatchItem]:
    """List the cases of a batch by team and order; those that nobody takes last."""
    found = BatchItem.objects.filter(batch_id=batch_id)
    found = found.select_related("case", "duty__person")
    return list(found.order_by("duty_id", "number", "id"))


def list_waiting(
    *, place_path: str, levels: Collection[str], classes: Collection[str], limit: int
) -> list[Case]:
    """List the open cases of a place that nobody has been sent to, nearest deadline first."""
    found = Case.objects.filter(subtree(place_path), state__in=UNASSIGNED, responders=[]).open()
    if levels:
        found = found.filter(level__in=list(levels))
    if classes:
        ids = [m.id for m in get_catalogue().matters.values() if m.matter_class in classes]
        found = found.filter(matter_id__in=ids)
    return list(found.order_by("due_at", "id")[:limit])


def read_night(*, batch: Batch, at: datetime) -> NightInput:
    """Put together what is planned: three statements and the run cards from memory."""
    policy = get_storm_policy()
    path = get_gazetteer().place(batch.place_id).path
    cases = list_waiting(
        place_path=path, levels=batch.levels, classes=batch.classes, limit=rules.CALLS_LIMIT
    )
    joined = CaseSignal.objects.filter(case_id__in=[case.id for case in cases])
    joined = joined.order_by("-joined_at", "-signal_id")
    # The last written of a case is its first: the order is turned round.
    channels: dict[UUID, str] = dict(joined.values_list("case_id", "signal__channel"))
    needs = {case.id: _needs(case, channels.get(case.id, "")) for case in cases}
    teams, duties, further = _teams(batch, at, {need for each in needs.values() for need in each})
    return NightInput(
        cases=cases,
        calls=[_call(case, needs[case.id], policy, at) for case in cases],
        teams=teams, duties=duties, further=further,
        policy=storm.Policy(
            detour=policy["detour"], speed_kmh=policy["speed_kmh"], waiting=policy["waiting"],
            lateness=policy["lateness"], left_minutes=policy["left_minutes"],
        ),
    )  # fmt: skip


def _needs(case: Case, channel: str) -> tuple[rules.Need, ...]:
    card = get_run_card(case=case, channel=channel)
    return rules.needs_for(card, get_catalogue().matters[case.matter_id])


def _skill(need: rules.Need) -> str:
    return f"{need.role}:{need.department}"


def _call(
    case: Case, needs: Sequence[rules.Need], policy: Mapping[str, Any], at: datetime
) -> storm.Call:
    matter = get_catalogue().matters[case.matter_id]
    service = float(policy["service_minutes"][matter.matter_class][case.level])
    terms = [
        (need.ack_minutes or 0) + need.arrive_minutes for need in needs if need.arrive_minutes
    ]  # fmt: skip
    due_at = (
        case.opened_at + timedelta(minutes=min(terms))
        if terms
        else case.close_due_at - timedelta(minutes=service)
    )
    place = get_gazetteer().place(case.place_id)
    has_point = case.lon is not None and case.lat is not None
    return storm.Call(
        key=str(case.id), lon=case.lon if has_point else place.lon,
        lat=case.lat if has_point else place.lat, service_minutes=service,
        due_minutes=(due_at - at).total_seconds() / 60,
        weight=float(policy["weights"][case.level]),
        fits=frozenset(_skill(need) for need in needs), place_path=case.place_path,
    )  # fmt: skip


def _teams(
    batch: Batch, at: datetime, needs: Collection[rules.Need]
) -> tuple[list[storm.Team], list[dict[str, int]], int]:
    """Make one team of each person on duty, with the first role that he stands.

    Beside them: their duties by place path, and how many more are on duty than a plan looks at.
    """
    gazetteer = get_gazetteer()
    policy = get_storm_policy()
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.dispatch", "list_teams"),
            {
                "place_path": gazetteer.place(batch.place_id).path,
                "roles": [role.value for role in rules.RESPONDER_ROLES],
                "at": at,
                "row_limit": DUTIES_LIMIT,
            },
        )
        rows = cursor.fetchall()
    first: dict[UUID, tuple[str, str]] = {}
    held: dict[UUID, list[tuple[Any, ...]]] = {}
    for row in rows:
        if first.setdefault(row[1], (row[3], row[4])) == (row[3], row[4]):
            held.setdefault(row[1], []).append(row)
    each_minutes = float(policy["service_minutes"]["OTHER"]["ORDINARY"])
    teams, duties = [], []
    for person_id, own in held.items():
        place = gazetteer.place(own[0][5])
        role, department = Role(own[0][3]), own[0][4]
        paths = {reach_of(row[5]): int(row[0]) for row in own}
        ends = [row[6] for row in own if row[6] is not None]
        until = (min(ends) - at).total_seconds() / 60 if ends else float(policy["shift_minutes"])
        teams.append(
            storm.Team(
                key=str(person_id), lon=place.lon or 0.0, lat=place.lat or 0.0,
                skills=frozenset(
                    _skill(need) for need in needs
                    if need.role is role and rules.stands_for(department, need)
                ),
                free_minutes=each_minutes * own[0][7], until_minutes=until,
                place_paths=tuple(sorted(paths)),
            )
        )  # fmt: skip
        duties.append(paths)
    chosen = storm.choose_teams(teams, rules.TEAMS_LIMIT)
    return [teams[n] for n in chosen], [duties[n] for n in chosen], len(teams) - len(chosen)
