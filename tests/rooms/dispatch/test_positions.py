"""The promises about positions, each tried: off by default, only on duty, only the last, gone after a day."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from anlan.dispatch import actions, queries
from anlan.dispatch.models import Position
from anlan.dispatch.rules import NotOnDuty, PositionNotAllowed
from anlan.kernel import scope
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.people.actions import plan_shift
from anlan.people.models import Shift
from anlan.places.rules import PointImpossible
from anlan.privacy import actions as privacy
from anlan.privacy.models import Proof
from anlan.privacy.queries import describe_person
from tests.make import NOW, World

HERE, THERE = (120.01, 29.705), (120.0134567, 29.7098765)


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def on_shift(world: World, minutes: int) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=NOW, ends_at=later(minutes), at=NOW
    )


def send(world: World, at: datetime = NOW, point: tuple[float, float] = HERE) -> None:
    actions.send_position(actor=world.actor("grid"), lon=point[0], lat=point[1], at=at)


def switch_on(world: World, at: datetime = NOW) -> None:
    actions.switch_on_position(actor=world.actor("grid"), at=at)


def test_it_is_off_by_default_and_nothing_is_taken(world: World) -> None:
    grid = world.actor("grid")
    assert queries.find_switch(actor=grid, at=NOW) is None
    with pytest.raises(PositionNotAllowed):
        send(world)
    assert not Position.objects.exists()


def test_it_is_switched_on_only_during_duty(world: World) -> None:
    on_shift(world, 60)
    with pytest.raises(NotOnDuty):
        switch_on(world, later(60))
    for login in ("desk", "principal", "volunteer"):
        with pytest.raises(NotOnDuty):
            actions.switch_on_position(actor=world.actor(login), at=NOW)
    with pytest.raises(NotOnDuty):
        actions.switch_on_position(actor=REPORTER, at=NOW)


def test_it_ends_by_itself_with_the_shift(world: World) -> None:
    on_shift(world, 60)
    switch_on(world)
    send(world, later(59))
    with pytest.raises(PositionNotAllowed):
        send(world, later(60))
    assert queries.find_switch(actor=world.actor("grid"), at=later(60)) is None


def test_a_standing_duty_is_asked_again_after_twelve_hours(world: World) -> None:
    switch_on(world)
    assert Position.objects.get().ends_at == later(12 * 60)


def test_a_shift_that_was_cut_short_takes_no_position(world: World) -> None:
    on_shift(world, 60)
    switch_on(world)
    Shift.objects.update(ends_at=later(20))
    send(world, later(19))
    with pytest.raises(NotOnDuty):
        send(world, later(20))


def test_only_the_last_one_is_kept(world: World) -> None:
    switch_on(world)
    send(world)
    send(world, later(5), THERE)
    row = Position.objects.get()
    assert (row.lon, row.lat, row.seen_at) == (*THERE, later(5))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'lon' ORDER BY 1"
        )
        holders = {name for (name,) in cursor.fetchall()}
    assert {name for name in holders if name.startswith(("dispatch", "people"))} == {
        "dispatch_position"
    }, "a second table with points of persons would be a history"


def test_switching_off_deletes_at_once(world: World) -> None:
    switch_on(world)
    send(world)
    actions.switch_off_position(actor=world.actor("grid"), at=later(1))
    assert not Position.objects.exists()
    actions.switch_off_position(actor=world.actor("grid"), at=later(2))
    with pytest.raises(PositionNotAllowed):
        send(world, later(3))


def test_nobody_switches_or_sends_for_somebody_else(world: World) -> None:
    switch_on(world)
    send(world)
    cadre = world.actor("cadre")
    with scope.acting(scope.of(cadre)):
        actions.switch_off_position(actor=cadre, at=later(1))
        with pytest.raises(PositionNotAllowed):
            actions.send_position(actor=cadre, lon=1.0, lat=1.0, at=later(1))
    row = Position.objects.get()
    assert (row.person_id, row.lon) == (world.person_ids["grid"], HERE[0])


@pytest.mark.parametrize(
    ("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0), (0, float("inf")), (-181, -91)]
)
def test_what_is_no_point_is_refused(world: World, lon: float, lat: float) -> None:
    switch_on(world)
    with pytest.raises(PointImpossible):
        send(world, NOW, (lon, lat))


def test_the_ledger_tells_of_the_switch_and_never_of_a_place(world: World) -> None:
    switch_on(world)
    switch_on(world, later(1))
    send(world, later(2), THERE)
    actions.switch_off_position(actor=world.actor("grid"), at=later(3))
    entries = LedgerEntry.objects.filter(what__startswith="position")
    assert [e.what for e in entries.order_by("id")] == [
        "position.switched_on", "position.switched_off",
    ]  # fmt: skip
    for entry in LedgerEntry.objects.all():
        assert "120.01345" not in str(entry.body)
        assert "29.70987" not in str(entry.body)


def keep(world: World, minutes: int) -> int:
    actions.forget_positions(at=later(minutes))
    return Position.objects.count()


def test_it_is_gone_before_a_day_is_over_and_the_job_proves_it(world: World) -> None:
    switch_on(world)
    send(world, later(1))
    # A permission that runs on, so that only the term can end it.
    Position.objects.update(ends_at=later(9000))
    assert keep(world, 24 * 60 - 10) == 1
    # The job runs every ten minutes: the run at 23:52 after the position takes it before 24:00.
    assert keep(world, 24 * 60 - 8) == 0
    proof = LedgerEntry.objects.get(what="positions.forgotten")
    assert json.loads(proof.body)["data"] == {"erased": 1, "left": 0}


def test_it_is_gone_with_the_end_of_the_duty(world: World) -> None:
    on_shift(world, 60)
    switch_on(world)
    send(world, later(59))
    assert keep(world, 59) == 1
    assert keep(world, 60) == 0


def test_a_switch_without_a_position_is_forgotten_too(world: World) -> None:
    switch_on(world)
    assert keep(world, 12 * 60) == 0


def test_the_nightly_proof_names_positions_and_counts_what_is_left(world: World) -> None:
    switch_on(world)
    send(world)
    Position.objects.update(ends_at=later(9000))
    privacy.keep_terms(at=later(25 * 60))
    proof = Proof.objects.get(term="POSITION")
    assert (proof.erased, proof.left) == (2, 0)  # two columns of one row
    assert not Position.objects.exists()


def test_ones_own_copy_holds_ones_own_position(world: World) -> None:
    switch_on(world)
    send(world)
    told = describe_person(person_id=world.person_ids["grid"], at=later(1))["position"]
    assert (told["lon"], told["lat"]) == HERE
    assert describe_person(person_id=world.person_ids["cadre"], at=NOW)["position"] is None


def test_only_the_own_switch_and_the_recommendation_know_of_positions() -> None:
    """Look for other readers of the table: a map, an export, a figure."""
    source = Path(actions.__file__).parents[2]
    allowed = {
        "dispatch/models.py", "dispatch/actions/positions.py", "dispatch/queries/candidates.py",
        "dispatch/migrations/0004_positions.py", "dispatch/migrations/0005_offers.py",
        "privacy/queries/held.py", "privacy/queries/exports.py",
    }  # fmt: skip
    readers = {
        str(path.relative_to(source))
        for path in [*source.rglob("*.py"), *source.rglob("*.sql")]
        if "dispatch_position" in (text := path.read_text("utf-8")) or "Position.objects" in text
    }
    assert readers == allowed - {"dispatch/models.py"}
