"""The weekly review, and what leaders decide about its findings."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.rollup.queries import count_weeks
from anlan.situation import queries
from anlan.situation.models import Finding, Review
from anlan.situation.rules import findings as rules
from anlan.situation.rules.resolutions import DutySet
from anlan.situation.rules.watching import (
    WATCH,
    WEEK,
    WEEKS_BACK,
    WEEKS_LATELY,
    Judged,
    judge_week,
    leave_out_explained,
    monday_of,
)

LEVELS_BELOW = 2
"""Villages and grids are not judged: too few cases to tell chance from change."""


@permits.inside
@transaction.atomic
def review_week(*, at: datetime) -> int:
    """Judge the newest week that is over, in every jurisdiction; give how many findings are new.

    at: UTC. Run again it adds what late figures brought, and changes no finding that stands.
    """
    gazetteer = get_gazetteer()
    count = 0
    for root in gazetteer.roots:
        jurisdiction = gazetteer.jurisdiction(root.id)
        week = monday_of(local_date(at, jurisdiction.time_zone)) - WEEK
        first = week - WEEK * WEEKS_BACK
        levels = [level.code for level in jurisdiction.levels][:-LEVELS_BELOW]
        weeks = count_weeks(
            place_code=root.code, levels=levels, matters=get_catalogue().matters, first_date=first, until_date=week + WEEK,
            lately=WEEKS_LATELY, least=WATCH.least,
        )  # fmt: skip
        exposure = queries.read_exposure(
            root=root, jurisdiction=jurisdiction, matters={one.matter_id for one in weeks.series}, begun=weeks.begun or week,
            first=first, week=week, at=at,
        )  # fmt: skip
        looked_at, found = judge_week(
            weeks.series, week=week, first=first, begun=weeks.begun, quiet_count=weeks.quiet_count, exposure=exposure
        )  # fmt: skip
        inside = {
            one.key[0]: {place.id for place in gazetteer.ancestors(one.key[0])} for one in found
        }
        found = leave_out_explained(found, inside)
        for one in found:
            count += _propose(one, week, at)
        Review.objects.update_or_create(
            jurisdiction_id=jurisdiction.code, week_date=week,
            defaults={"series_count": looked_at, "found_count": len(found), "judged_at": at},
        )  # fmt: skip
    return count


def _propose(one: Judged, week: date, at: datetime) -> bool:
    place_id, matter_id = one.key
    place = get_gazetteer().place(place_id)
    finding, is_new = Finding.objects.get_or_create(
        place_id=place_id, matter_id=matter_id, week_date=week,
        defaults={
            "place_path": place.path, "method": one.method, "observed": one.observed,
            "expected": one.expected, "bound": one.bound, "p_value": one.p_value,
            "adjusted": one.adjusted, "history": one.past, "found_at": at,
            "procedure_version": rules.PROCEDURE_VERSION,
            "worth": round(one.worth, 3), "known": round(one.known, 3),
            "state": rules.finding_procedure().initial, "due_at": at + rules.DECIDE_WITHIN,
        },
    )  # fmt: skip
    if is_new:
        ledger.write(
            actor=SYSTEM, what="finding.proposed", about_kind="finding", about_id=finding.id, at=at,
            data={
                "place": place.code, "matter": matter_id, "week": str(week),
                "observed": one.observed, "bound": round(one.bound, 2),
            },
        )  # fmt: skip
    return is_new


@permits.scope
@transaction.atomic
def move_finding(
    *, actor: Actor, finding_id: UUID, move: str, given: rules.Given, at: datetime
) -> Finding:
    """Make a finding a duty of a unit, dismiss it, or tell that the duty is done.

    Raises FindingUnknown, FindingChanged, MoveNotYours, MoveIncomplete, NoteUnfit, OwnerUnfit, DueUnfit.
    """
    finding = queries.access_finding(actor=actor, finding_id=finding_id, lock=True)
    procedure = rules.finding_procedure(finding.procedure_version)
    if move in procedure.moves and finding.state not in procedure.moves[move].sources:
        raise rules.FindingChanged()
    roles = queries.roles_over(actor=actor, finding=finding)
    made = procedure.check(finding.state, move, roles=roles, given=given.names())
    note = rules.check_note(given.note)
    before = finding.state
    if move == "accept":
        assert given.due_date is not None
        if given.unit_id not in {unit.id for unit in queries.list_owners(finding=finding)}:
            raise rules.OwnerUnfit()
        zone = get_gazetteer().time_zone(finding.place_id)
        finding.due_at = rules.end_of(given.due_date, zone=zone, at=at)
        finding.unit_id = given.unit_id
    else:
        finding.due_at = None
        finding.closed_at = at
    if before == procedure.initial:
        finding.note, finding.decided_at = note, at
    else:
        finding.closing_note = note
    finding.state = made.to or finding.state
    finding.save()
    ledger.write(
        actor=actor, what=f"finding.{move}", about_kind="finding", about_id=finding.id, at=at,
        data={
            "from": before, "to": finding.state, "unit": finding.unit_id,
            "due_date": str(given.due_date or ""), "note": digest({"note": note}),
        },
    )  # fmt: skip
    if move == "accept":
        events.emit(DutySet("FINDING", str(finding.id)))
    return finding
