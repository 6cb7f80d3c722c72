"""Whatever happens to cases, and whenever it is folded: the figures equal a count from scratch."""

from __future__ import annotations

import contextlib
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from anlan.cases import actions as cases
from anlan.cases import queries
from anlan.cases.models import Case
from anlan.cases.rules import Given, Outcome
from anlan.intake.rules import Channel
from anlan.kernel import sql
from anlan.kernel.actor import Actor, ActorKind, Role, Seat
from anlan.kernel.errors import AnlanError
from anlan.places.models import Jurisdiction, Place
from anlan.places.queries import get_gazetteer
from anlan.ratings.actions import rate_case
from anlan.ratings.models import Rating
from anlan.rollup import queries as figures
from anlan.rollup.actions import fold_deltas
from anlan.rollup.models import Daily, Delta, Monthly, Sums, Weekly
from anlan.rollup.rules import LEVELS_BELOW, MonthMalformed, Row, read_month
from anlan.triage.actions import take_signal
from tests.make import (
    COUNTY,
    GRID,
    JURISDICTION,
    NOW,
    OTHER_GRID,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    World,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS = ("2026-02", "2026-03", "2026-04", "2026-05")
PLACES = (COUNTY, TOWN, OTHER_TOWN, VILLAGE, GRID, OTHER_GRID)
GRIDS = (GRID, "330999001201002", OTHER_GRID)
SMALL_FOLD = 3
SUMS = [field.name for field in Sums._meta.get_fields()]
COUNTED = [
    SUMS.index(each) for each in ("opened", "closed", "reopened", "satisfied", "unsatisfied")
]
FORWARD = ("close", "verify", "handle", "sign_for", "assign_down")


def everybody(world: World, login: str) -> Actor:
    """Give somebody every role at the county: the walk tries moves, not permissions."""
    path = get_gazetteer().place_by_code(COUNTY).path
    seats = tuple(Seat(role, path) for role in Role)
    return Actor(ActorKind.PERSON, world.person_ids[login], login, seats)


class Walk:
    """Does one random thing after another to a few cases, with time passing."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random, self.at = world, random.Random(seed), NOW
        self.actors = [everybody(world, "leader"), everybody(world, "desk")]
        self.tracking: dict[object, str] = {}
        self.matters = [m.code for m in queries.get_catalogue().matters.values()]
        self.done: set[str] = set()

    def step(self) -> None:
        self.at += timedelta(minutes=self.random.choice([0, 1, 7, 600, 3_000, 9_000]))
        deeds = [self.open, self.move, self.move, self.move, self.move, self.rate, self.fold]
        deeds += [self.fold_and_be_killed, self.relocate]
        if len(self.tracking) >= 6:
            deeds.remove(self.open)
        self.random.choice(deeds if self.tracking else [self.open])()

    def case(self) -> Case:
        return Case.objects.get(pk=self.random.choice(list(self.tracking)))

    def open(self) -> None:
        place = self.random.choice(GRIDS)
        report = self.world.report(channel=Channel.API, place_code=place, lon=None, lat=None)

        taken = take_signal(actor=self.actors[0], report=report, at=self.at)
        self.tracking[taken.case_id] = taken.tracking_code

    def move(self) -> None:
        case, actor = self.case(), self.random.choice(self.actors)
        moves = [m.code for m in queries.list_moves(actor=actor, case=case)]
        # Ways out for good are taken rarely, or the walk would stand still soon.
        moves = [
            m for m in moves if m not in ("go_offline", "decline") or self.random.random() < 0.1
        ]
        if not moves:
            return
        forward = [m for m in FORWARD if m in moves]
        move = forward[0] if forward and self.random.random() < 0.6 else self.random.choice(moves)
        other = case.merged_into or self.case()
        given = Given(
            note="办理", unit_id=case.desk_id, matter=self.random.choice(self.matters),
            outcome=self.random.choice(list(Outcome)).value, case_id=other.id, case_seq=other.seq,
        )  # fmt: skip
        try:
            cases.move_case(actor=actor, case_id=case.id, move=move, given=given, at=self.at)
        except AnlanError:
            return
        self.done.add(move)

    def rate(self) -> None:
        closed = Case.objects.filter(state="CLOSED").values_list("pk", flat=True)
        if not closed:
            return
        code = self.tracking[self.random.choice(list(closed))]
        is_satisfied = self.random.random() < 0.3
        try:
            rate_case(tracking_code=code, is_satisfied=is_satisfied, comment="", at=self.at)
        except AnlanError:
            return
        self.done.add("rate")

    def relocate(self) -> None:
        place = get_gazetteer().place_by_code(self.random.choice(GRIDS))
        Case.objects.filter(pk=self.case().pk).update(place_id=place.id, place_path=place.path)

    def fold(self) -> None:
        fold_deltas(limit=self.random.choice([SMALL_FOLD, 50_000]))

    def fold_and_be_killed(self) -> None:
        with contextlib.suppress(ConnectionError), transaction.atomic():
            fold_deltas(limit=SMALL_FOLD)
            raise ConnectionError


def count_afresh(place_code: str, month: str) -> list[Row]:
    """Count a month in Python from the cases and ratings alone."""
    path = get_gazetteer().place_by_code(place_code).path
    sums: dict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def is_in(at: datetime | None) -> bool:
        return at is not None and at.astimezone(SHANGHAI).strftime("%Y-%m") == month

    def add(case: Case, **more: int) -> None:
        row = sums[case.place.code, case.matter.code]
        for name, value in more.items():
            row[name] += value

    def minutes(case: Case, until_at: datetime) -> int:
        return int((until_at - case.opened_at).total_seconds() // 60)

    found = [
        case
        for case in Case.objects.select_related("place", "matter")
        if f"{case.place_path}.".startswith(f"{path}.")
    ]
    for case in found:
        merged = case.merged_into_id is not None  # counted with the one that goes on
        if is_in(case.opened_at) and not merged:
            add(case, opened=1, reopened=case.reopen_count)
            if case.accepted_at:
                add(case, accepted=1, accept_minutes=minutes(case, case.accepted_at))
        if case.closed_at and is_in(case.closed_at) and not merged:
            is_late = case.closed_at > case.close_due_at
            add(case, closed=1, closed_late=is_late, close_minutes=minutes(case, case.closed_at))
        for rating in Rating.objects.filter(case=case):
            if is_in(rating.rated_at):
                add(case, satisfied=rating.is_satisfied, unsatisfied=not rating.is_satisfied)
    names = Row.__slots__[2:]
    return [Row(*key, *(row[n] for n in names)) for key, row in sorted(sums.items())]


def check(place: str, month: str) -> None:
    told = figures.list_month(place_code=place, month=month)
    assert told == count_afresh(place, month)
    short = [
        (r.place_code, r.matter_code, r.opened, r.closed, r.reopened, r.satisfied, r.unsatisfied)
        for r in told
    ]
    assert short == figures.recount_month(place_code=place, month=month)
    check_parts(place, month, told)


def check_parts(place: str, month: str, told: list[Row]) -> None:
    """The places right below, and the weeks, add up to the same."""
    gazetteer = get_gazetteer()
    own = gazetteer.place_by_code(place)
    below = {child.id: child.code for child in gazetteer.children(own.id)}
    added: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(SUMS))
    for row in told:
        lineage = gazetteer.lineage(gazetteer.place_by_code(row.place_code).id)
        part = next((below[one.id] for one in lineage if one.id in below), place)
        for into in (added[part, ""], added["", row.matter_code]):
            into[:] = [so_far + getattr(row, name) for so_far, name in zip(into, SUMS, strict=True)]
    sums = figures.sum_months(place_code=place, months=[month, "2019-01"])
    assert (sums["2019-01"].places, sums["2019-01"].matters) == ([], [])
    parts = [*sums[month].places, *sums[month].matters]
    assert sorted(parts, key=lambda row: (row.place_code, row.matter_code)) == [
        Row(*key, **dict(zip(SUMS, each, strict=True)))
        for key, each in sorted(added.items())
        if any(each[name] for name in COUNTED)
    ]
    first, _ = read_month(month)
    begin = first - timedelta(days=first.weekday())
    weeks = figures.count_weeks_of(
        place_code=place, first_date=begin, until_date=begin + timedelta(days=35)
    )
    by_matter = figures.count_weeks(
        place_code=place, levels=(own.level,), matters=queries.get_catalogue().matters, first_date=begin,
        until_date=begin + timedelta(days=35),
    )  # fmt: skip
    opened: defaultdict[date, int] = defaultdict(int)
    for one in by_matter.series:
        for week, count in zip(one.weeks, one.opened, strict=True):
            opened[begin + timedelta(days=7 * week)] += count
    assert weeks == opened


def check_months() -> None:
    """The months and weeks kept equal the daily figures added up in Python, by the town over each place."""
    gazetteer = get_gazetteer()
    labels = len(gazetteer.jurisdictions[JURISDICTION].levels) - LEVELS_BELOW
    added: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0] * len(SUMS))
    weeks: defaultdict[tuple[date, int], int] = defaultdict(int)
    for place_id, matter_id, day, *sums in Daily.objects.values_list(
        "place_id", "matter_id", "date", *SUMS
    ):
        path = Place.objects.get(pk=place_id).path.split(".")[:labels]
        area = Place.objects.get(path=".".join(path))
        key = (day.replace(day=1), area.id, matter_id)
        added[key] = [a + b for a, b in zip(added[key], sums, strict=True)]
        weeks[day - timedelta(days=day.weekday()), area.id] += sums[SUMS.index("opened")]
    kept = {
        tuple(row[:3]): list(row[3:])
        for row in Monthly.objects.values_list("month_date", "area_id", "matter_id", *SUMS)
    }
    assert {key: sums for key, sums in kept.items() if any(sums)} == {
        key: sums for key, sums in added.items() if any(sums)
    }
    kept_weeks = {(w.week_date, w.area_id): w.opened for w in Weekly.objects.exclude(opened=0)}
    assert kept_weeks == {key: opened for key, opened in weeks.items() if opened}


@pytest.mark.parametrize("seed", range(4))
def test_figures_equal_a_recount_at_every_step_of_a_random_walk(world: World, seed: int) -> None:
    walk = Walk(world, seed)
    for _ in range(110):
        walk.step()
        check(walk.random.choice(PLACES), walk.random.choice(MONTHS))
    check_months()
    for place in PLACES:
        for month in MONTHS:
            check(place, month)
    while fold_deltas(limit=SMALL_FOLD):
        pass
    assert not Delta.objects.exists()
    check_months()
    assert Monthly.objects.exists()
    for place in PLACES:
        for month in MONTHS:
            check(place, month)
    assert {"assign_down", "sign_for", "handle", "close", "rate"} <= walk.done
    DONE.update(walk.done)


DONE: set[str] = set()


def test_the_walks_have_merged_and_separated(world: World) -> None:
    walk, number = Walk(world, 99), 0
    while not {"merge", "separate"} <= walk.done | DONE and number < 600:
        walk.step()
        number += 1
    assert {"merge", "separate"} <= walk.done | DONE
    for place in PLACES:
        for month in MONTHS:
            check(place, month)


def test_a_rated_case_that_gets_another_matter_takes_its_rating_along(world: World) -> None:
    taken = world.take()
    actor = everybody(world, "leader")

    def move(name: str, **given: object) -> None:
        cases.move_case(
            actor=actor, case_id=taken.case_id, move=name, given=Given(note="x", **given), at=NOW
        )

    move("assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    for name in ("sign_for", "handle", "verify"):
        move(name)
    move("close", outcome="SOLVED")
    rate_case(tracking_code=taken.tracking_code, is_satisfied=False, comment="", at=NOW)
    fold_deltas()
    move("escalate_up")
    move("reclassify", matter="GARBAGE")
    [row] = figures.list_month(place_code=GRID, month="2026-03")
    assert (row.matter_code, row.opened, row.reopened, row.unsatisfied) == ("GARBAGE", 1, 1, 1)
    check(COUNTY, "2026-03")


def test_months_are_local_and_closing_counts_when_it_was_closed(world: World) -> None:
    just_before = datetime(2026, 3, 31, 23, 59, tzinfo=SHANGHAI)

    taken = take_signal(actor=everybody(world, "desk"), report=world.report(), at=just_before)
    leader = everybody(world, "leader")
    cases.move_case(
        actor=leader, case_id=taken.case_id, move="decline", given=Given(note="请拨 12345"),
        at=just_before + timedelta(minutes=2),
    )  # fmt: skip
    [march] = figures.list_month(place_code=GRID, month="2026-03")
    [april] = figures.list_month(place_code=GRID, month="2026-04")
    assert (march.opened, march.closed) == (1, 0)
    assert (april.opened, april.closed, april.close_minutes, april.closed_late) == (0, 1, 2, 0)


def test_a_fold_takes_no_more_than_it_may_and_is_one_statement(
    world: World, django_assert_num_queries
) -> None:
    for _ in range(5):
        world.take()
    with django_assert_num_queries(3):  # savepoint, fold, release
        assert fold_deltas(limit=2) == 2
    assert Delta.objects.count() == 3
    assert [d.opened for d in Daily.objects.all()] == [2]
    assert fold_deltas() == 3
    assert fold_deltas() == 0
    assert [d.opened for d in Daily.objects.all()] == [5]


def test_months_follow_a_place_that_moves_in_the_tree_and_other_levels(world: World) -> None:
    for grid in (GRID, GRID, OTHER_GRID):
        world.take(channel=Channel.API, place_code=grid, lon=None, lat=None)
    fold_deltas()
    areas = {code: Place.objects.get(code=code) for code in (TOWN, OTHER_TOWN, VILLAGE)}
    assert opened_by_area() == {areas[TOWN].id: 2, areas[OTHER_TOWN].id: 1}
    with connection.cursor() as cursor:  # the village goes over to the other town
        cursor.execute(
            "UPDATE places_place SET path = %s::ltree || subpath(path, nlevel(%s::ltree) - 1) WHERE path <@ %s::ltree",
            [areas[OTHER_TOWN].path, areas[VILLAGE].path, areas[VILLAGE].path],
        )  # fmt: skip
    check_months()
    assert opened_by_area() == {areas[OTHER_TOWN].id: 3}
    jurisdiction = Jurisdiction.objects.get(code=JURISDICTION)
    jurisdiction.levels = [*jurisdiction.levels, {"code": "MICRO"}]
    jurisdiction.save()
    assert set(opened_by_area()) == {
        areas[VILLAGE].id,
        Place.objects.get(code=OTHER_GRID).parent_id,
    }


def opened_by_area() -> dict[int, int]:
    return {one.area_id: one.opened for one in Monthly.objects.filter(opened__gt=0)}


def test_months_follow_whatever_writes_or_takes_daily_figures(world: World) -> None:
    world.take()
    fold_deltas()
    one = Daily.objects.get()
    one.opened += 4
    one.date = date(2026, 1, 31)
    one.save()
    check_months()
    assert [m.month_date for m in Monthly.objects.filter(opened=5)] == [date(2026, 1, 1)]
    Daily.objects.all().delete()
    check_months()


def test_a_deleted_case_is_counted_no_more(world: World) -> None:
    case_id = world.take().case_id
    fold_deltas()
    with connection.cursor() as cursor:
        for table in ("triage_decision", "cases_step", "cases_casesignal"):
            cursor.execute(f"DELETE FROM {table} WHERE case_id = %s", [case_id])
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [case_id])
    assert figures.list_month(place_code=COUNTY, month="2026-03") == []


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "0000-01", "2026-1", "26-01", "", "x" * 99]
)
def test_what_is_no_month_is_refused(world: World, month: str) -> None:
    with pytest.raises(MonthMalformed) as refused:
        figures.list_month(place_code=COUNTY, month=month)
    assert len(refused.value.data["month"]) <= 20


def test_a_fold_finds_its_rows_by_place_whatever_the_planner_believes(world: World) -> None:
    """After a vacuum that found nothing left, joining by id tried each pair of 100,000 rows."""
    world.take()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows lie on one page
        cursor.execute("EXPLAIN " + sql.load("anlan.rollup", "fold"), {"row_limit": 100_000})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Tid Scan on rollup_delta" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan
