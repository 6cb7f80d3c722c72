"""What a meeting decided becomes a duty of its owner, and stays open in every later paper until it is done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from anlan.kernel import scope
from anlan.kernel.procedure import MoveIncomplete, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.places.queries import get_gazetteer
from anlan.reports.actions import tell_duty
from anlan.situation import queries
from anlan.situation.actions import move_finding, move_resolution, note_meeting
from anlan.situation.models import Minute, Resolution
from anlan.situation.queries import build_paper
from anlan.situation.rules.findings import DueUnfit, FindingChanged, Given, NoteUnfit, OwnerUnfit
from anlan.situation.rules.resolutions import (
    MOST,
    Agreed,
    ResolutionIncomplete,
    ResolutionsTooMany,
    ResolutionUnknown,
)
from tests.make import COUNTY, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.findings import make_finding

pytestmark = pytest.mark.django_db
DUE = date(2026, 3, 20)


def meet(
    world: World, *agreed: Agreed, place: str = TOWN, month: str = "2026-02", login: str = "leader"
) -> Minute:
    return note_meeting(
        actor=world.actor(login), place_code=place, month=month, held=NOW.date(), present="指挥室主任、建设办", decided="路灯专项整治",
        agreed=agreed, at=NOW,
    )  # fmt: skip


def task(world: World, **given: Any) -> Agreed:
    values = {"text": "换完十九盏灯", "unit_id": world.unit_id(TOWN, "CONSTRUCTION"), "due_date": DUE} | given  # fmt: skip
    return Agreed(**values)


def test_each_decision_is_a_duty_until_it_is_done(world: World) -> None:
    minute = meet(world, task(world), task(world, text="复查变压器负荷"))
    first, second = minute.resolutions.order_by("id")
    assert {first.state, second.state} == {"ACCEPTED"}
    assert first.due_at.isoformat() == "2026-03-20T16:00:00+00:00"
    desk = world.actor("desk")
    assert queries.list_resolution_moves(actor=desk, one=first) == ["finish"]
    done = move_resolution(actor=desk, resolution_id=first.id, move="finish", note="已换完十九盏", at=NOW)  # fmt: skip
    assert (done.state, done.due_at, done.closing_note, done.closed_at) == ("DONE", None, "已换完十九盏", NOW)  # fmt: skip
    assert queries.count_open_resolutions(actor=desk) == 1
    told = LedgerEntry.objects.filter(about_id=str(first.id)).order_by("id")
    assert [one.what for one in told] == ["resolution.noted", "resolution.finish"]
    assert "换完" not in "".join(one.body for one in told)
    with pytest.raises(FindingChanged):
        move_resolution(actor=desk, resolution_id=first.id, move="finish", note="再办一次", at=NOW)


def test_the_same_minutes_sent_again_are_kept_once(world: World) -> None:
    first = meet(world, task(world))
    assert meet(world, task(world)) == first
    assert Resolution.objects.count() == 1
    assert meet(world, task(world), task(world, text="复查变压器负荷")) != first
    assert LedgerEntry.objects.filter(what="minute.noted").count() == 2


def test_it_stands_in_the_follow_up_of_the_next_months_until_done(world: World) -> None:
    minute = meet(world, task(world), month="2026-01")
    finding = make_finding(world)
    move_finding(
        actor=world.actor("leader"), finding_id=finding.id, move="accept", at=NOW,
        given=Given("逐灯排查", unit_id=world.unit_id(TOWN, "CONSTRUCTION"), due_date=date(2026, 3, 15)),
    )  # fmt: skip
    later = NOW + timedelta(days=31)
    for code in (TOWN, COUNTY):
        place = get_gazetteer().place_by_code(code)
        duties = build_paper(place=place, month="2026-03", at=later).duties
        assert [(one.note, one.held, one.due, one.is_late) for one in duties] == [
            ("逐灯排查", "", "2026-03-15", True), ("换完十九盏灯", "2026-03-10", "2026-03-20", True),
        ]  # fmt: skip
    elsewhere = build_paper(place=get_gazetteer().place_by_code(OTHER_TOWN), month="2026-03", at=later)  # fmt: skip
    assert elsewhere.duties == ()
    one = minute.resolutions.get()
    move_resolution(actor=world.actor("centre"), resolution_id=one.id, move="go_offline", note="线下移交电力公司", at=NOW)  # fmt: skip
    duties = build_paper(place=get_gazetteer().place_by_code(TOWN), month="2026-03", at=later).duties  # fmt: skip
    assert [one.note for one in duties] == ["逐灯排查"]


def test_the_county_charges_a_towns_unit_whose_desk_sees_it(world: World) -> None:
    meet(world, task(world), place=COUNTY)
    one = Resolution.objects.get()
    assert one.place.code == TOWN
    for login, is_seen in (("desk", True), ("centre", True), ("other_desk", False), ("builder", False)):  # fmt: skip
        actor = world.actor(login)
        assert len(queries.list_resolutions(actor=actor, states=("ACCEPTED",))) == is_seen, login
        with scope.acting(scope.of(actor)):
            assert Resolution.objects.count() == is_seen, login
    with pytest.raises(ResolutionUnknown):
        move_resolution(actor=world.actor("other_desk"), resolution_id=one.id, move="finish", note="邻镇来办结", at=NOW)  # fmt: skip
    with pytest.raises(MoveNotYours):
        move_resolution(actor=world.actor("desk"), resolution_id=one.id, move="go_offline", note="自行线下处理", at=NOW)  # fmt: skip
    with pytest.raises(MoveIncomplete):
        move_resolution(
            actor=world.actor("desk"), resolution_id=one.id, move="finish", note=" ", at=NOW
        )


@pytest.mark.parametrize(
    ("given", "obstacle"),
    [({"text": " "}, ResolutionIncomplete), ({"unit_id": None}, ResolutionIncomplete), ({"due_date": None}, ResolutionIncomplete),
     ({"text": "短"}, NoteUnfit), ({"text": "长" * 501}, NoteUnfit), ({"unit_id": -1}, OwnerUnfit),
     ({"due_date": date(2026, 3, 10)}, DueUnfit), ({"due_date": date(2027, 3, 10)}, DueUnfit)],
)  # fmt: skip
def test_a_decision_without_owner_or_term_is_refused_and_no_minutes_are_kept(
    world: World, given: dict[str, Any], obstacle: type[Exception]
) -> None:
    with pytest.raises(obstacle):
        meet(world, task(world), task(world, **given))
    assert not Minute.objects.exists()
    assert not Resolution.objects.exists()


def test_a_unit_of_another_town_is_no_owner_and_there_is_a_most(world: World) -> None:
    elsewhere = next(u.id for u in get_gazetteer().units.values() if u.place_id == world.place_id(OTHER_TOWN))  # fmt: skip
    with pytest.raises(OwnerUnfit):
        meet(world, task(world, unit_id=elsewhere))
    with pytest.raises(ResolutionsTooMany):
        meet(world, *[task(world)] * (MOST + 1))


def test_the_units_people_are_told_once(world: World) -> None:
    minute = meet(world, task(world))
    one = minute.resolutions.get()
    assert tell_duty(about="RESOLUTION", about_id=one.id, at=NOW) == 1
    tell_duty(about="RESOLUTION", about_id=one.id, at=NOW)
    notice = Notice.objects.get(person_id=world.person_ids["builder"])
    assert "2026-03-20" in notice.subject
    assert notice.body == "换完十九盏灯"
    finding = make_finding(world)
    assert tell_duty(about="FINDING", about_id=finding.id, at=NOW) == 0
    move_resolution(actor=world.actor("desk"), resolution_id=one.id, move="finish", note="已换完十九盏", at=NOW)  # fmt: skip
    assert tell_duty(about="RESOLUTION", about_id=one.id, at=NOW) == 0
