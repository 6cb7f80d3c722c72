"""Storm nights: plan a batch (nothing is sent), and send it once a person has confirmed.

Sending goes case by case through `dispatch_case`, each in a transaction of its own with the item's
outcome, so that permissions, ledger and notices hold, a crash loses nothing and a second click or a
second worker sends nothing twice. Locking order: the item, then the case.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from anlan.cases.models import Case
from anlan.cases.rules import Level, MatterClass
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.sending import dispatch_case
from anlan.dispatch.models import Batch, BatchItem
from anlan.dispatch.rules import storm
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role, Seat
from anlan.kernel.errors import AnlanError
from anlan.ledger import actions as ledger
from anlan.people.queries import get_person_names
from anlan.places.models import Place
from anlan.places.rules import PlaceUnknown


@permits.scope
@transaction.atomic
def plan_batch(
    *,
    actor: Actor,
    batch_id: UUID,
    place_code: str,
    levels: Collection[str] = (),
    classes: Collection[str] = (),
    at: datetime,
) -> Batch:
    """Ask for a plan of the open cases of a place that nobody has been sent to. Nothing is sent.

    batch_id: chosen by whoever asks, so that asking twice plans once. levels, classes: only these;
    unknown ones are ignored. A worker makes the plan. Raises PlaceUnknown, BatchNotYours.
    """
    place = Place.objects.filter(code=place_code).first()
    if place is None:
        raise PlaceUnknown(place=place_code)
    if actor.id is None or not queries.may_plan(actor=actor, place=place):
        raise rules.BatchNotYours()
    batch, is_new = Batch.objects.get_or_create(
        pk=batch_id,
        defaults={
            "place": place, "state": rules.BatchState.PLANNING, "asked_by": actor.id,
            "asked_at": at, "levels": [v for v in Level if v in levels],
            "classes": [v for v in MatterClass if v in classes],
        },
    )  # fmt: skip
    if batch.asked_by != actor.id:
        raise rules.BatchNotVisible(batch=batch_id)
    if is_new:
        ledger.write(
            actor=actor, what="batch.asked", about_kind="batch", about_id=batch.id, at=at,
            data={"place": place.code, "levels": batch.levels, "classes": batch.classes},
        )  # fmt: skip
        events.emit(rules.BatchAsked(batch_id=str(batch.id)))
    return batch


@permits.inside
def solve_batch(*, batch_id: UUID, at: datetime, effort: storm.Effort = storm.EFFORT) -> None:
    """Make the plan that was asked for and keep it. Does nothing when there is one already.

    effort: how long is searched. Several seconds long; how far it is stands in the batch meanwhile.
    """
    batch = Batch.objects.filter(pk=batch_id, state=rules.BatchState.PLANNING).first()
    if batch is None:
        return
    night = queries.read_night(batch=batch, at=at)

    def tell(share: float) -> None:
        Batch.objects.filter(pk=batch_id).update(progress=round(share * 100))

    plan = storm.solve(
        night.calls, night.teams, policy=night.policy, effort=effort, clock=time.monotonic,
        tell=tell,
    )  # fmt: skip
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.state != rules.BatchState.PLANNING:
            return
        BatchItem.objects.bulk_create(_items(batch, night, plan, at))
        batch.state, batch.planned_at, batch.progress = rules.BatchState.READY, at, 100
        batch.figures = {
            "plan": asdict(plan.figures), "nearest": asdict(plan.nearest),
            "urgent_nearest": asdict(plan.urgent_nearest), "ratio": plan.ratio,
            "cases": len(night.calls), "teams": len(night.teams),
            "further": night.further, "is_cut": plan.is_cut,
        }  # fmt: skip
        batch.save()


@permits.inside
@transaction.atomic
def fail_batch(*, batch_id: UUID, at: datetime) -> None:
    """Give up a plan that could not be made; one that stands already stays."""
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state != rules.BatchState.PLANNING:
        return
    batch.state = rules.BatchState.FAILED
    batch.save(update_fields=["state"])
    ledger.write(
        actor=SYSTEM, what="batch.failed", about_kind="batch", about_id=batch.id, data={}, at=at
    )  # fmt: skip


def _items(
    batch: Batch, night: queries.NightInput, plan: storm.Plan, at: datetime
) -> list[BatchItem]:
    items = [
        BatchItem(
            batch=batch, case_id=night.cases[left.call].id, seq=night.cases[left.call].seq,
            state=rules.ItemState.LEFT, reason=left.reason,
        )
        for left in plan.left
    ]  # fmt: skip
    for team, visits in enumerate(plan.lists):
        for number, visit in enumerate(visits, start=1):
            case = night.cases[visit.call]
            items.append(
                BatchItem(
                    batch=batch, case_id=case.id, seq=case.seq, number=number,
                    duty_id=_duty_for(night.duties[team], case.place_path),
                    arrives_at=at + timedelta(minutes=visit.arrival_minutes),
                    state=rules.ItemState.PLANNED,
                )
            )  # fmt: skip
    return items


def _duty_for(duties: dict[str, int], place_path: str) -> int:
    """Choose the person's duty that stands nearest above a place."""
    fitting = [path for path in duties if (place_path + ".").startswith(path + ".")]
    return duties[max(fitting, key=len)]


@permits.scope
@transaction.atomic
def send_batch(*, actor: Actor, batch_id: UUID, at: datetime) -> Batch:
    """Confirm a plan: a worker then sends it, case by case. Confirming twice sends once.

    Raises BatchNotVisible, BatchNotReady, BatchTooOld.
    """
    batch = queries.access_batch(actor=actor, batch_id=batch_id, lock=True)
    if batch.state in (rules.BatchState.SENDING, rules.BatchState.SENT):
        return batch
    if batch.state != rules.BatchState.READY or batch.planned_at is None:
        raise rules.BatchNotReady(state=batch.state)
    if at - batch.planned_at > timedelta(minutes=rules.STALE_MINUTES):
        raise rules.BatchTooOld(minutes=rules.STALE_MINUTES)
    batch.state, batch.confirmed_at = rules.BatchState.SENDING, at
    batch.seats = [[s.role, s.place_path, s.department] for s in actor.seats if s.case_id is None]
    batch.save(update_fields=["state", "confirmed_at", "seats"])
    planned = batch.items.filter(state=rules.ItemState.PLANNED).count()
    ledger.write(
        actor=actor, what="batch.confirmed", about_kind="batch", about_id=batch.id, at=at,
        data={"cases": planned},
    )  # fmt: skip
    events.emit(rules.BatchConfirmed(batch_id=str(batch.id)))
    return batch


@permits.inside
def send_items(*, batch_id: UUID, at: datetime) -> None:
    """Send what a confirmed batch still has to send; begun again, it goes on where it stopped."""
    batch = Batch.objects.filter(pk=batch_id, state=rules.BatchState.SENDING).first()
    if batch is None:
        return
    actor = _confirmer(batch)
    waiting = batch.items.filter(state=rules.ItemState.PLANNED).order_by("number", "id")
    for item_id in list(waiting.values_list("id", flat=True)):
        _send_item(actor, item_id, at)
    Batch.objects.filter(pk=batch_id).update(state=rules.BatchState.SENT, sent_at=at)


def _confirmer(batch: Batch) -> Actor:
    """Give whoever confirmed, with the seats held at that moment: the dispatches are his."""
    name = get_person_names([batch.asked_by])[batch.asked_by]
    seats: Sequence[Sequence[str]] = batch.seats
    return Actor(
        ActorKind.PERSON, batch.asked_by, name,
        tuple(Seat(Role(role), path, department) for role, path, department in seats),
    )  # fmt: skip


@transaction.atomic
def _send_item(actor: Actor, item_id: int, at: datetime) -> None:
    item = BatchItem.objects.select_for_update().get(pk=item_id)
    if item.state != rules.ItemState.PLANNED or item.duty_id is None:
        return
    case = Case.objects.select_for_update().get(pk=item.case_id)
    if case.seq != item.seq or case.responders:
        item.state = rules.ItemState.CHANGED
    else:
        try:
            with transaction.atomic():
                dispatch_case(actor=actor, case_id=case.id, duty_ids=[item.duty_id], at=at)
            item.state = rules.ItemState.SENT
        except AnlanError as refused:
            item.state, item.reason = rules.ItemState.REFUSED, refused.code
    item.save(update_fields=["state", "reason"])
