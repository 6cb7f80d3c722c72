"""The weekly review of a world, and what leaders decide about what it found."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.kernel import scope
from anlan.kernel.procedure import MoveIncomplete, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.places.queries import get_gazetteer
from anlan.rollup.queries import count_weeks
from anlan.situation import queries
from anlan.situation.actions import move_finding, review_week
from anlan.situation.models import Finding, Review
from anlan.situation.rules.findings import (
    DueUnfit,
    FindingChanged,
    FindingUnknown,
    Given,
    NoteUnfit,
    OwnerUnfit,
)
from tests.make import COUNTY, NOW, OTHER_GRID, OTHER_TOWN, TOWN, World
from tests.worlds.findings import WEEK, fill_weeks, make_finding, matter_id

pytestmark = pytest.mark.django_db

QUIET = [3, 2, 4, 3, 3, 2, 4, 3, 2, 3, 4, 3]


def place_id(code: str) -> int:
    return get_gazetteer().place_by_code(code).id


def unit_of(world: World) -> int:
    return world.unit_id(TOWN, "CONSTRUCTION")


def test_weeks_are_counted_by_place_with_all_below_it(world: World) -> None:
    fill_weeks([2, 5])
    fill_weeks([1, 1], place=OTHER_GRID)
    fill_weeks([1, 0], matter="GARBAGE")
    before, matter = WEEK - timedelta(days=7), matter_id()

    def count(least: int) -> tuple[dict[int, dict[int, int]], int, date | None]:
        found = count_weeks(
            place_code=COUNTY, levels=("COUNTY", "TOWN"), matters=[matter], first_date=WEEK - timedelta(days=21),
            until_date=WEEK + timedelta(days=7), lately=1, least=least,
        )  # fmt: skip
        assert {one.matter_id for one in found.series} == {matter}
        counts = {
            one.place_id: dict(zip(one.weeks, one.opened, strict=True)) for one in found.series
        }
        return counts, found.quiet_count, found.begun

    county, town, other = (place_id(code) for code in (COUNTY, TOWN, OTHER_TOWN))
    every = {county: {2: 3, 3: 6}, town: {2: 2, 3: 5}, other: {2: 1, 3: 1}}
    assert count(0) == (every, 0, before)
    assert count(2) == ({county: every[county], town: every[town]}, 1, before)
    nothing = count_weeks(
        place_code=COUNTY, levels=("TOWN",), matters=[], first_date=before, until_date=WEEK
    )
    assert (nothing.series, nothing.quiet_count, nothing.begun) == ([], 0, None)


def test_a_week_far_above_the_weeks_before_is_found_where_it_lies_lowest(world: World) -> None:
    fill_weeks([*QUIET, 19])
    fill_weeks([*QUIET, 3], place=OTHER_GRID)
    assert review_week(at=NOW) == 1
    finding = Finding.objects.get()
    assert (finding.place_id, finding.week_date, finding.observed) == (place_id(TOWN), WEEK, 19)
    assert (finding.method, finding.state) == ("WEEKS", "PROPOSED")
    assert finding.expected == pytest.approx(3, abs=0.5)
    assert finding.history[-1][0] == 19
    assert len(finding.history) == 13
    assert finding.due_at == NOW + timedelta(days=7)
    review = Review.objects.get()
    assert (review.week_date, review.series_count, review.found_count) == (WEEK, 3, 1)
    assert (
        LedgerEntry.objects.filter(what="finding.proposed", about_id=str(finding.id)).count() == 1
    )


def test_with_years_behind_it_a_week_is_compared_with_its_season(world: World) -> None:
    """Every March many lamps fail: a March week as high as the ones before is nothing, an August one is."""
    weeks = 52 * 5 + 12
    season = [20 if (WEEK - timedelta(days=7 * back)).month == 3 else 4 for back in range(weeks)][
        ::-1
    ]
    jitter = [count + (index * 7) % 3 for index, count in enumerate(season)]
    fill_weeks([*jitter[:-1], 21])
    fill_weeks([4 + (index * 5) % 3 for index in range(weeks - 1)] + [17], matter="GARBAGE")
    assert review_week(at=NOW) == 1
    finding = Finding.objects.get()
    assert finding.matter_id == matter_id("GARBAGE")
    assert (finding.method, finding.observed) == ("YEARS", 17)
    assert len(finding.history) == 52
    assert finding.history[-1][1] == pytest.approx(finding.bound, abs=0.01)


def test_quiet_weeks_find_nothing_and_say_so(world: World) -> None:
    fill_weeks([*QUIET, 4])
    assert review_week(at=NOW) == 0
    assert not Finding.objects.exists()
    assert Review.objects.get().found_count == 0


def test_a_second_review_adds_nothing_and_changes_no_decision(world: World) -> None:
    fill_weeks([*QUIET, 19])
    review_week(at=NOW)
    finding = Finding.objects.get()
    move_finding(actor=world.actor("leader"), finding_id=finding.id, move="dismiss", given=Given("道路施工,已知"), at=NOW)  # fmt: skip
    assert review_week(at=NOW + timedelta(days=1)) == 0
    finding.refresh_from_db()
    assert (finding.state, finding.note) == ("DISMISSED", "道路施工,已知")


def test_an_empty_instance_is_reviewed(world: World) -> None:
    assert review_week(at=NOW) == 0
    assert Review.objects.get().series_count == 0


def test_a_duty_goes_its_way_and_every_step_is_in_the_ledger(world: World) -> None:
    finding = make_finding(world)
    leader, desk = world.actor("leader"), world.actor("desk")
    assert queries.list_moves(actor=desk, finding=finding) == []
    given = Given("逐灯排查,更换老化线路", unit_id=unit_of(world), due_date=date(2026, 3, 20))
    made = move_finding(actor=leader, finding_id=finding.id, move="accept", given=given, at=NOW)
    assert (made.state, made.unit_id, made.decided_at) == ("ACCEPTED", unit_of(world), NOW)
    assert made.due_at is not None
    assert made.due_at.isoformat() == "2026-03-21T00:00:00+08:00"
    assert queries.list_moves(actor=desk, finding=made) == ["finish"]
    done = move_finding(actor=desk, finding_id=finding.id, move="finish", given=Given("已更换十二盏"), at=NOW + timedelta(days=2))  # fmt: skip
    assert (done.state, done.due_at, done.closing_note) == ("DONE", None, "已更换十二盏")
    assert done.note == "逐灯排查,更换老化线路"
    told = list(LedgerEntry.objects.filter(about_id=str(finding.id)).order_by("id").values_list("what", flat=True))  # fmt: skip
    assert told == ["finding.accept", "finding.finish"]
    with pytest.raises(FindingChanged):
        move_finding(
            actor=leader, finding_id=finding.id, move="dismiss", given=Given("再看一看"), at=NOW
        )


@pytest.mark.parametrize(
    ("login", "move", "change", "obstacle"),
    [
        ("leader", "accept", {"note": " "}, MoveIncomplete), ("leader", "accept", {"note": "短"}, NoteUnfit),
        ("leader", "accept", {"note": "长" * 501}, NoteUnfit), ("leader", "accept", {"unit_id": None}, MoveIncomplete),
        ("leader", "accept", {"unit_id": -1}, OwnerUnfit), ("leader", "accept", {"due_date": None}, MoveIncomplete),
        ("leader", "accept", {"due_date": date(2026, 3, 10)}, DueUnfit),
        ("leader", "accept", {"due_date": date(2027, 3, 10)}, DueUnfit),
        ("leader", "finish", {}, FindingChanged), ("desk", "accept", {}, MoveNotYours),
        ("desk", "dismiss", {}, MoveNotYours), ("other_desk", "dismiss", {}, FindingUnknown),
        ("grid", "dismiss", {}, FindingUnknown), ("builder", "accept", {}, FindingUnknown),
        ("resident", "dismiss", {}, FindingUnknown),
    ],
)  # fmt: skip
def test_what_must_not_be_is_refused_and_changes_nothing(
    world: World, login: str, move: str, change: dict[str, Any], obstacle: type[Exception]
) -> None:
    finding = make_finding(world)
    values = {"note": "逐灯排查", "unit_id": unit_of(world), "due_date": date(2026, 3, 20)} | change
    with pytest.raises(obstacle):
        move_finding(actor=world.actor(login), finding_id=finding.id, move=move, given=Given(**values), at=NOW)  # fmt: skip
    finding.refresh_from_db()
    assert (finding.state, finding.note) == ("PROPOSED", "")
    assert not LedgerEntry.objects.filter(about_id=str(finding.id)).exists()


def test_a_unit_of_another_town_is_no_owner(world: World) -> None:
    finding = make_finding(world)
    elsewhere = {u.id for u in get_gazetteer().units.values() if u.place_id == place_id(OTHER_TOWN)}
    owners = queries.list_owners(finding=finding)
    assert elsewhere
    assert elsewhere.isdisjoint(unit.id for unit in owners)
    assert owners


def test_an_unknown_finding_looks_like_one_elsewhere(world: World) -> None:
    with pytest.raises(FindingUnknown):
        queries.access_finding(actor=world.actor("leader"), finding_id=uuid4())


@pytest.mark.parametrize(
    ("login", "is_seen"),
    [("leader", True), ("principal", True), ("centre", True), ("desk", True), ("other_desk", False), ("grid", False),
     ("builder", False), ("volunteer", False)],
)  # fmt: skip
def test_findings_are_for_desks_and_leaders_of_the_place(
    world: World, login: str, is_seen: bool
) -> None:
    make_finding(world)
    actor = world.actor(login)
    assert len(queries.list_findings(actor=actor, states=("PROPOSED",))) == is_seen
    with scope.acting(scope.of(actor)):
        # The second wall opens the places of a seat to whoever holds it, and never another's.
        assert Finding.objects.count() == is_seen


def test_the_list_takes_the_same_statements_however_long(world: World) -> None:
    actor = world.actor("leader")
    make_finding(world)
    for week in range(1, 40):
        make_finding(world, week_date=WEEK - timedelta(days=7 * week))
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert len(queries.list_findings(actor=actor, states=("PROPOSED",))) == 40
    assert len(caught) == 1
