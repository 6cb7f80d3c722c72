"""One's own position: switched on and off by the worker, kept as the last one, deleted after a day.

The ledger tells of the switch and of deletions, never of a place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from anlan.dispatch import queries, rules
from anlan.dispatch.models import Position
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.ledger import actions as ledger


@permits.own
@transaction.atomic
def switch_on_position(*, actor: Actor, at: datetime) -> Position:
    """Let one's own position be used for sending, until one's duty ends or one switches it off.

    Raises NotOnDuty.
    """
    if actor.id is None:
        raise rules.NotOnDuty()
    duties = queries.list_running_duties(person_id=actor.id, at=at)
    ends_at = rules.ends_at(duties, at=at)
    found, is_new = Position.objects.update_or_create(
        person_id=actor.id, defaults={"ends_at": ends_at}, create_defaults={
            "allowed_at": at, "ends_at": ends_at,
        },
    )  # fmt: skip
    if is_new:
        ledger.write(
            actor=actor, what="position.switched_on", about_kind="person", about_id=actor.id,
            data={"ends_at": ends_at.isoformat()}, at=at,
        )  # fmt: skip
    return found


@permits.own
@transaction.atomic
def switch_off_position(*, actor: Actor, at: datetime) -> None:
    """Let one's own position be used no longer; the last one is deleted at once."""
    if actor.id is None:
        return
    count, _rows = Position.objects.filter(person_id=actor.id).delete()
    if count:
        ledger.write(
            actor=actor, what="position.switched_off", about_kind="person", about_id=actor.id,
            data={}, at=at,
        )  # fmt: skip


@permits.own
@transaction.atomic
def send_position(*, actor: Actor, lon: float, lat: float, at: datetime) -> None:
    """Keep one's own position in place of the one before; WGS-84 degrees.

    Not in the ledger: that would be a history of where somebody was.
    Raises PointImpossible, PositionNotAllowed when it was not switched on, NotOnDuty when the duty
    has ended, though the switch has not.
    """
    rules.check_point(lon, lat)
    if actor.id is None or queries.find_switch(actor=actor, at=at) is None:
        raise rules.PositionNotAllowed()
    if not queries.list_running_duties(person_id=actor.id, at=at):
        raise rules.NotOnDuty()
    Position.objects.filter(person_id=actor.id).update(lon=lon, lat=lat, seen_at=at)


@permits.inside
@transaction.atomic
def forget_positions(*, at: datetime) -> int:
    """Delete positions before they are 24 hours old and those whose permission has ended; give how many.

    What is left afterwards is counted by a question of its own and stands in the ledger beside the number:
    the proof. Runs every ten minutes and takes what would be over before the next run.
    """
    before = at - timedelta(hours=rules.KEPT_HOURS) + timedelta(minutes=rules.SWEEP_MINUTES)
    count, _rows = Position.objects.filter(
        pk__in=queries.list_old_positions(before=before).values("pk")
    ).delete()
    ended, _rows = Position.objects.filter(ends_at__lte=at).delete()
    if count + ended:
        left = queries.list_old_positions(before=before).count()
        ledger.write(
            actor=SYSTEM, what="positions.forgotten", about_kind="retention", about_id="POSITION",
            data={"erased": count + ended, "left": left}, at=at,
        )  # fmt: skip
    return count + ended
