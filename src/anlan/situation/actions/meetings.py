"""Meetings over a month's paper: their minutes are kept with it, and what they decided is a duty until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from anlan.cases.rules import local_date
from anlan.kernel import events, permits
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.rollup.rules import read_month
from anlan.situation import queries
from anlan.situation.models import Minute, Resolution
from anlan.situation.rules import findings as rules
from anlan.situation.rules.papers import check_minute
from anlan.situation.rules.resolutions import STATE, Agreed, DutySet, check_agreed


@permits.scope
@transaction.atomic
def note_meeting(
    *,
    actor: Actor,
    place_code: str,
    month: str,
    held: date,
    present: str,
    decided: str,
    agreed: Sequence[Agreed] = (),
    at: datetime,
) -> Minute:
    """Keep the minutes of a meeting over a paper: when, who by function, what was decided; each of `agreed` becomes a duty of its owner.

    The same minutes sent again, as after an answer that got lost, are kept once.
    Raises FindingUnknown (not one's place), MonthMalformed, MeetingUnfit, MinuteUnfit, ResolutionIncomplete, ResolutionsTooMany, NoteUnfit,
    OwnerUnfit, DueUnfit.
    """
    place = queries.find_paper_place(actor=actor, place_code=place_code)
    today = local_date(at, get_gazetteer().time_zone(place.id))
    present, decided = check_minute(present, decided, held=held, month=month, today=today)
    agreed = check_agreed(agreed)
    said = {
        "place_id": place.id, "month_date": read_month(month)[0], "held_date": held, "present": present, "decided": decided,
    }  # fmt: skip
    for there in Minute.objects.filter(**said):
        if sorted(one.text for one in there.resolutions.all()) == sorted(
            one.text for one in agreed
        ):
            return there
    minute = Minute.objects.create(**said, place_path=place.path, noted_at=at)
    ledger.write(
        actor=actor, what="minute.noted", about_kind="minute", about_id=minute.id, at=at,
        data={
            "place": place.code, "month": month, "held": str(held), "text": digest({"present": present, "decided": decided}),
            "resolutions": len(agreed),
        },
    )  # fmt: skip
    made = [_resolve(minute, place, one, at) for one in agreed]
    Resolution.objects.bulk_create(made)
    ledger.write_many(
        actor=actor, what="resolution.noted", about_kind="resolution", at=at,
        entries=[
            (one.id, {"minute": str(minute.id), "unit": one.unit_id, "due_at": str(one.due_at), "text": digest({"text": one.text})})
            for one in made
        ],
    )  # fmt: skip
    events.emit(*(DutySet("RESOLUTION", str(one.id)) for one in made))
    return minute


def _resolve(minute: Minute, place: PlaceInfo, one: Agreed, at: datetime) -> Resolution:
    assert one.due_date is not None
    gazetteer = get_gazetteer()
    owners = {unit.id: unit for unit in queries.list_paper_owners(place=place)}
    unit = owners.get(one.unit_id or 0)
    if unit is None:
        raise rules.OwnerUnfit()
    seat = gazetteer.place(unit.place_id)
    held_by = seat if (seat.path + ".").startswith(place.path + ".") else place
    return Resolution(
        minute=minute, place_id=held_by.id, place_path=held_by.path, unit_id=unit.id, held_date=minute.held_date, text=one.text,
        procedure_version=rules.PROCEDURE_VERSION, state=STATE,
        due_at=rules.end_of(one.due_date, zone=gazetteer.time_zone(place.id), at=at),
    )  # fmt: skip


@permits.scope
@transaction.atomic
def move_resolution(
    *, actor: Actor, resolution_id: UUID, move: str, note: str, at: datetime
) -> Resolution:
    """Tell that what a meeting decided is done, or arranged offline.

    Raises ResolutionUnknown, FindingChanged, MoveNotYours, MoveIncomplete, NoteUnfit.
    """
    one = queries.access_resolution(actor=actor, resolution_id=resolution_id, lock=True)
    procedure = rules.finding_procedure(one.procedure_version)
    if move in procedure.moves and one.state not in procedure.moves[move].sources:
        raise rules.FindingChanged()
    roles = actor.reader_roles_over(one.place_path, rules.READERS)
    made = procedure.check(one.state, move, roles=roles, given=rules.Given(note=note).names())
    one.closing_note = rules.check_note(note)
    before, one.state = one.state, made.to or one.state
    one.due_at, one.closed_at = None, at
    one.save()
    ledger.write(
        actor=actor, what=f"resolution.{move}", about_kind="resolution", about_id=one.id, at=at,
        data={"from": before, "to": one.state, "note": digest({"note": one.closing_note})},
    )  # fmt: skip
    return one
