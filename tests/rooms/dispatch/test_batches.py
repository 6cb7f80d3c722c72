"""A storm night in the small world: planned, confirmed by a person, sent case by case; nothing lost."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import cast
from uuid import UUID, uuid4

import pytest
from procrastinate import JobContext

from anlan.cases import actions as cases
from anlan.cases.rules import Given
from anlan.dispatch import actions, queries, rules, tasks
from anlan.dispatch.models import Batch, BatchItem, Dispatch
from anlan.dispatch.rules import storm
from anlan.kernel import scope
from anlan.ledger.queries import list_entries
from anlan.places.rules import PlaceUnknown
from tests.make import COUNTY, IN_OTHER_GRID, NOW, OTHER_TOWN, TOWN, World

LATER = NOW + timedelta(minutes=5)
TEXTS = ("村口路灯坏了三天", "路面有个大坑", "垃圾好几天没人清运", "门前的路灯一直闪")


@pytest.fixture
def stormy(world: World) -> list[UUID]:
    return [world.take(text).case_id for text in TEXTS]


def plan(world: World, login: str = "desk", **given: object) -> Batch:
    fields: dict[str, object] = {"batch_id": uuid4(), "place_code": TOWN, "at": NOW}
    batch = actions.plan_batch(actor=world.actor(login), **(fields | given))  # type: ignore[arg-type]
    actions.solve_batch(batch_id=batch.id, at=NOW)
    batch.refresh_from_db()
    return batch


def states(batch: Batch) -> dict[UUID, str]:
    return dict(batch.items.values_list("case_id", "state"))


def test_a_plan_holds_every_open_case_and_sends_nothing(world: World, stormy: list[UUID]) -> None:
    batch = plan(world)
    assert batch.state == "READY"
    assert set(states(batch)) == set(stormy)
    assert batch.progress == 100
    assert batch.figures["cases"] == len(TEXTS)
    assert batch.figures["plan"]["cost"] <= batch.figures["nearest"]["cost"]
    assert Dispatch.objects.count() == 0
    planned = batch.items.filter(state="PLANNED")
    assert planned.count() >= 2
    for item in planned:
        assert item.arrives_at is not None
        assert item.arrives_at >= NOW
        assert item.duty_id is not None
    told = [entry.what for entry in list_entries(about_kind="batch", about_id=batch.id)]
    assert told == ["batch.asked"]


def test_what_is_confirmed_is_sent_through_the_real_dispatch_and_only_once(
    world: World, stormy: list[UUID]
) -> None:
    batch = plan(world)
    for _click in range(2):
        actions.send_batch(actor=world.actor("desk"), batch_id=batch.id, at=LATER)
    for _worker in range(2):
        actions.send_items(batch_id=batch.id, at=LATER)
    batch.refresh_from_db()
    assert batch.state == "SENT"
    planned = batch.items.exclude(state="LEFT")
    assert {item.state for item in planned} == {"SENT"}
    sent = Dispatch.objects.values_list("case_id", "duty_id", "asked_by")
    assert sorted(sent) == sorted(
        (item.case_id, item.duty_id, world.person_ids["desk"]) for item in planned
    )
    for item in planned:
        what = {entry.what for entry in list_entries(about_kind="case", about_id=item.case_id)}
        assert "case.dispatched" in what
    told = [entry.what for entry in list_entries(about_kind="batch", about_id=batch.id)]
    assert told == ["batch.asked", "batch.confirmed"]


def test_a_case_that_moved_meanwhile_is_told_of_and_left_as_it_is(
    world: World, stormy: list[UUID]
) -> None:
    batch = plan(world)
    moved = batch.items.filter(state="PLANNED").order_by("id")[0].case_id
    cases.move_case(
        actor=world.actor("desk"), case_id=moved, move="decline", at=LATER,
        given=Given(note="属于商业合同纠纷"),
    )  # fmt: skip
    actions.send_batch(actor=world.actor("desk"), batch_id=batch.id, at=LATER)
    actions.send_items(batch_id=batch.id, at=LATER)
    assert states(batch)[moved] == "CHANGED"
    assert not Dispatch.objects.filter(case_id=moved).exists()
    assert "SENT" in states(batch).values()


def test_what_the_dispatch_refuses_is_told_with_its_reason_and_stops_no_other(
    world: World, stormy: list[UUID]
) -> None:
    batch = plan(world)
    first = batch.items.filter(state="PLANNED").order_by("id")[0]
    BatchItem.objects.filter(pk=first.pk).update(duty_id=world.duty_ids["other_grid"])
    actions.send_batch(actor=world.actor("desk"), batch_id=batch.id, at=LATER)
    actions.send_items(batch_id=batch.id, at=LATER)
    first.refresh_from_db()
    assert (first.state, first.reason) == ("REFUSED", rules.ResponderNotFitting.code)
    assert "SENT" in states(batch).values()


def test_a_case_that_nobody_can_take_has_its_reason(world: World) -> None:
    lon, lat = IN_OTHER_GRID
    here = world.take().case_id
    there = world.take("厂房电线老化有火花", lon=lon, lat=lat).case_id
    batch = plan(world, "centre", place_code=COUNTY)
    assert set(states(batch)) == {here, there}
    for item in batch.items.filter(state="LEFT"):
        assert item.reason in set(rules.storm.Reason)
        assert item.duty_id is None


def test_asking_twice_under_one_key_plans_once(world: World, stormy: list[UUID]) -> None:
    key = uuid4()
    first, second = plan(world, batch_id=key), plan(world, batch_id=key)
    assert first.id == second.id
    assert second.items.count() == len(TEXTS)


def test_only_what_is_asked_for_is_planned(world: World, stormy: list[UUID]) -> None:
    assert plan(world, levels=["URGENT"]).items.count() < len(TEXTS)
    assert plan(world, classes=["DISPUTE"]).items.count() == 0
    everything = plan(world, levels=["NOTHING"], classes=[])
    assert everything.items.count() == len(TEXTS)


@pytest.mark.parametrize(
    "login", ["grid", "cadre", "builder", "principal", "resident", "other_desk"]
)
def test_who_is_not_in_charge_of_the_place_plans_nothing(world: World, login: str) -> None:
    with pytest.raises(rules.BatchNotYours):
        plan(world, login)
    assert Batch.objects.count() == 0


def test_a_desk_plans_its_own_town_and_not_the_next(world: World) -> None:
    with pytest.raises(rules.BatchNotYours):
        plan(world, place_code=OTHER_TOWN)
    with pytest.raises(rules.BatchNotYours):
        plan(world, place_code=COUNTY)
    with pytest.raises(PlaceUnknown):
        plan(world, place_code="000000")


def test_nobody_else_sends_a_plan_or_takes_over_its_key(world: World, stormy: list[UUID]) -> None:
    batch = plan(world)
    with pytest.raises(rules.BatchNotVisible):
        actions.send_batch(actor=world.actor("centre"), batch_id=batch.id, at=LATER)
    with pytest.raises(rules.BatchNotVisible):
        plan(world, "centre", batch_id=batch.id)
    assert Batch.objects.get(pk=batch.id).state == "READY"


def test_a_plan_that_is_not_ready_or_too_old_is_not_sent(world: World, stormy: list[UUID]) -> None:
    desk = world.actor("desk")
    waiting = actions.plan_batch(actor=desk, batch_id=uuid4(), place_code=TOWN, at=NOW)
    with pytest.raises(rules.BatchNotReady):
        actions.send_batch(actor=desk, batch_id=waiting.id, at=LATER)
    batch = plan(world)
    with pytest.raises(rules.BatchTooOld):
        actions.send_batch(actor=desk, batch_id=batch.id, at=NOW + timedelta(minutes=61))
    assert Dispatch.objects.count() == 0


def test_the_database_shows_a_batch_to_whoever_asked_only(world: World, stormy: list[UUID]) -> None:
    batch = plan(world)
    with scope.acting(scope.of(world.actor("desk"))):
        assert [b.id for b in queries.list_batches(actor=world.actor("desk"))] == [batch.id]
        assert len(queries.list_items(batch_id=batch.id)) == len(TEXTS)
    with scope.acting(scope.of(world.actor("other_desk"))):
        assert Batch.objects.count() == 0
        assert BatchItem.objects.count() == 0


def test_a_plan_that_cannot_be_made_says_so_after_the_last_try(
    world: World, stormy: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the solver gave up")

    monkeypatch.setattr(storm, "solve", fail)
    batch = actions.plan_batch(actor=world.actor("desk"), batch_id=uuid4(), place_code=TOWN, at=NOW)
    for attempts, state in ((0, "PLANNING"), (1, "PLANNING"), (2, "FAILED")):
        context = cast(JobContext, SimpleNamespace(job=SimpleNamespace(attempts=attempts)))
        with pytest.raises(RuntimeError, match="gave up"):
            tasks.solve_batch(context, batch_id=str(batch.id))
        batch.refresh_from_db()
        assert batch.state == state
    told = [entry.what for entry in list_entries(about_kind="batch", about_id=batch.id)]
    assert told == ["batch.asked", "batch.failed"]
    assert Dispatch.objects.count() == 0


def test_a_plan_that_stands_is_not_given_up(world: World, stormy: list[UUID]) -> None:
    batch = plan(world)
    actions.fail_batch(batch_id=batch.id, at=LATER)
    batch.refresh_from_db()
    assert batch.state == "READY"
