"""Who could come to a case, as a recommendation looks at them; and one's own switched-on position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.dispatch import rules
from anlan.dispatch.models import Dispatch, Position
from anlan.dispatch.queries.run_cards import get_run_card
from anlan.kernel import sql
from anlan.kernel.actor import Actor, Role
from anlan.places.queries import get_gazetteer

CANDIDATES_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The card of a case, and a proposal for each of its needs."""

    card: rules.RunCard
    proposals: tuple[rules.Proposal, ...]
    candidates: tuple[rules.Candidate, ...]

    @property
    def duty_ids(self) -> list[int]:
        """Give the duties of all who are proposed: what one click sends."""
        return [c.duty_id for proposal in self.proposals for c in proposal.chosen]


def reach_of(place_id: int) -> str:
    """Give the path of the place whose people may be asked: a grid's whole village, else the place.

    The grid team of a village helps out in each of its grids.
    """
    gazetteer = get_gazetteer()
    place = gazetteer.place(place_id)
    is_leaf = place.level == gazetteer.jurisdiction(place_id).leaf_level
    if is_leaf and place.parent_id is not None:
        return gazetteer.place(place.parent_id).path
    return place.path


def list_candidates(*, case: Case, roles: Collection[Role], at: datetime) -> list[rules.Candidate]:
    """List who holds a duty of some roles at a case's place, above it or within reach. One statement.

    The caller has been let in to the case. No position leaves the database: only rounded metres.
    """
    gazetteer = get_gazetteer()
    place = gazetteer.place(case.place_id)
    lon, lat = (case.lon, case.lat) if case.lon is not None else (place.lon, place.lat)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.dispatch", "list_candidates"),
            {
                "case_id": case.id,
                "place_path": case.place_path,
                "reach_path": reach_of(case.place_id),
                "lon": lon,
                "lat": lat,
                "roles": [role.value for role in roles],
                "at": at,
                "row_limit": CANDIDATES_LIMIT,
            },
        )
        rows = cursor.fetchall()
    return [
        rules.Candidate(
            duty_id=row[0], person_id=row[1], name=row[2], role=Role(row[3]), department=row[4],
            place_id=row[5], is_on_duty=row[6], on_until=row[7], elsewhere=row[8], here=row[9],
            position_m=row[10], seen_minutes=row[11], seat_m=row[12], waiting=row[13],
        )
        for row in rows
    ]  # fmt: skip


def recommend_for(
    *, case: Case, at: datetime, sent: Sequence[Dispatch] | None = None, channel: str | None = None
) -> Recommendation:
    """Recommend whom to send to a case, with a reason for everybody who is not. One to three statements.

    The caller has been let in to the case. sent: all its dispatches with their duties; channel: that of
    its first signal; where the caller has them they are not asked for again.
    """
    card = get_run_card(case=case, channel=channel)
    if sent is None:
        sent = list(Dispatch.objects.filter(case_id=case.id).select_related("duty"))
    needs = rules.needs_for(card, get_catalogue().matters[case.matter_id])
    candidates = list_candidates(case=case, roles=rules.RESPONDER_ROLES, at=at)
    proposals = rules.recommend(
        needs, candidates, asked=_count_asked(sent, needs), minutes_per_km=card.minutes_per_km
    )
    return Recommendation(card, tuple(proposals), tuple(candidates))


def _count_asked(
    sent: Sequence[Dispatch], needs: Collection[rules.Need]
) -> dict[tuple[Role, str], int]:
    """Count who was asked for each need and has not given it up; who was chosen by hand counts, too."""
    counts: Counter[tuple[Role, str]] = Counter()
    for each in sent:
        if each.state not in (*rules.RUNNING_STATES, "DONE"):
            continue
        for need in needs:
            if need.role == each.role and rules.stands_for(each.duty.department, need):
                counts[need.role, need.department] += 1
                break
    return dict(counts)


def list_running_duties(*, person_id: UUID, at: datetime) -> list[datetime | None]:
    """List until when somebody stands his responder duties now; None for a standing duty."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.dispatch", "list_running_duties"),
            {
                "person_id": person_id,
                "roles": [role.value for role in rules.RESPONDER_ROLES],
                "at": at,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def find_switch(*, actor: Actor, at: datetime) -> Position | None:
    """Find one's own switch, if it is on: nobody reads that of somebody else."""
    if actor.id is None:
        return None
    return Position.objects.filter(person_id=actor.id, ends_at__gt=at).first()


def list_old_positions(*, before: datetime) -> QuerySet[Position]:
    """Select the rows last touched before an instant, and those whose permission ended before it."""
    touched = Coalesce("seen_at", "allowed_at")
    return Position.objects.annotate(touched=touched).filter(
        Q(touched__lt=before) | Q(ends_at__lt=before)
    )
