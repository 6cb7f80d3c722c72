"""The background entry points: the minute's sweep, what a refusal starts, and one that fails alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django import app

from anlan.config.wiring import REACTIONS
from anlan.dispatch import actions, queries, rules, tasks
from anlan.dispatch.models import Handover, Position
from anlan.kernel import clock, scope
from anlan.kernel.errors import NotFound
from anlan.notices.models import Notice
from tests.make import NOW, World
from tests.rooms.dispatch.test_following import FIRE, answer, chain, send


def test_the_sweep_runs_every_minute_and_the_deletion_every_ten() -> None:
    crons = {
        task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()
    }  # fmt: skip
    assert crons["dispatch.follow_up_due"] == "* * * * *"
    assert crons["dispatch.forget_positions"] == "*/10 * * * *"


def test_every_event_of_the_room_reaches_a_task() -> None:
    for event in (rules.DispatchDeclined, rules.DispatchStoodDown, rules.NobodyLeft):
        for name in REACTIONS[event]:
            assert name in app.tasks


def test_the_sweep_follows_in_a_scope_of_its_own(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    with scope.acting(None), clock.frozen(NOW + timedelta(minutes=5)):
        tasks.follow_up_due(timestamp=0)
        tasks.follow_up_due(timestamp=60)
    assert chain(first.case_id) == [("grid", "LAPSED", "CHOSEN"), ("lead", "OFFERED", "LEAD")]
    lead = queries.list_dispatches(case_id=first.case_id)[1]
    answer(world, "lead", lead, "decline", NOW + timedelta(minutes=6), note="在外")
    with scope.acting(None), clock.frozen(NOW + timedelta(minutes=6)):
        tasks.follow_up(dispatch_id=str(lead.id))
        handover = Handover.objects.all
        with scope.acting(scope.EVERYTHING):
            (found,) = handover()
        tasks.tell_centre(handover_id=found.id)
        tasks.tell_desk_unsigned(dispatch_id=str(lead.id))
    assert world.person_ids["centre"] in set(Notice.objects.values_list("person_id", flat=True))


def test_one_follow_up_that_fails_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = send(world, FIRE, "grid")
    [two] = send(world, FIRE, "cadre")
    follow = actions.follow_up

    def fail_on_one(**given: Any) -> None:
        if given["dispatch_id"] == one.id:
            raise NotFound()
        follow(**given)

    monkeypatch.setattr(actions, "follow_up", fail_on_one)
    with clock.frozen(NOW + timedelta(minutes=15)):
        tasks.follow_up_due(timestamp=0)
    assert chain(one.case_id)[0][1] == "OFFERED"
    assert chain(two.case_id)[0][1] == "LAPSED"


def test_the_deletion_needs_no_scope_of_its_caller(world: World) -> None:
    actions.switch_on_position(actor=world.actor("grid"), at=NOW)
    with scope.acting(None), clock.frozen(NOW + timedelta(hours=12)):
        tasks.forget_positions(timestamp=0)
    assert not Position.objects.exists()
