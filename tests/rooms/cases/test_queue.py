"""The queue: pages without gaps or repeats, filters, a count that stops counting."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.cases import actions, queries
from anlan.cases.models import Case
from anlan.cases.queries import Filter, lists
from anlan.cases.rules import Given
from tests.make import NOW, World


def walk(world: World, wanted: Filter, limit: int) -> list[Case]:
    """Read all pages one after another."""
    found: list[Case] = []
    after = ""
    while True:
        page = queries.list_cases(
            actor=world.actor("centre"), wanted=wanted, at=NOW, after=after, limit=limit
        )
        assert len(page.cases) == limit or not page.after
        found += page.cases
        after = page.after
        if not after:
            return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    # Many cases share a deadline: only the id then tells pages apart.
    dues=st.lists(st.integers(0, 3), max_size=14), limit=st.integers(1, 6), only_open=st.booleans()
)  # fmt: skip
def test_pages_follow_each_other_without_gap_or_repeat(
    world: World, dues: list[int], limit: int, only_open: bool
) -> None:
    Case.objects.all().update(due_at=None, opened_at=NOW - timedelta(days=9))
    missing = len(dues) - Case.objects.count()
    for _ in range(missing):
        world.take()
    chosen = list(Case.objects.order_by("pk")[: len(dues)])
    for case, due in zip(chosen, dues, strict=True):
        at = NOW + timedelta(hours=due)
        Case.objects.filter(pk=case.pk).update(due_at=at, opened_at=at)
    found = walk(world, Filter(only_open=only_open), limit)
    assert len({c.pk for c in found}) == len(found)
    if only_open:
        assert {c.pk for c in found} == {c.pk for c in chosen}
        keys = [(c.due_at, c.pk) for c in found]
        assert keys == sorted(keys)
    else:
        assert len(found) == Case.objects.count()
        keys = [(c.opened_at, c.pk) for c in found]
        assert keys == sorted(keys, reverse=True)


def test_a_case_that_comes_in_between_two_pages_moves_nothing(world: World) -> None:
    for _ in range(4):
        world.take()
    actor = world.actor("centre")
    first = queries.list_cases(actor=actor, wanted=Filter(), at=NOW, limit=2)
    early = world.take().case_id
    Case.objects.filter(pk=early).update(due_at=NOW)
    second = queries.list_cases(actor=actor, wanted=Filter(), at=NOW, after=first.after, limit=2)
    assert not {c.pk for c in first.cases} & {c.pk for c in second.cases}
    assert early not in {c.pk for c in second.cases}


def test_filters_say_what_they_say(world: World) -> None:
    actor = world.actor("centre")
    lamp = world.take().case_id
    fire = world.take("楼道堆物堵住消防通道").case_id
    noise = world.take("楼上半夜拖椅子,邻居吵得睡不着").case_id
    desk = world.actor("desk")
    actions.move_case(actor=desk, case_id=noise, move="accept", given=Given(), at=NOW)
    Case.objects.filter(pk=lamp).update(needs_person=True)
    Case.objects.exclude(pk=lamp).update(needs_person=False)

    def wanted(at=NOW, **fields) -> set:
        page = queries.list_cases(actor=actor, wanted=Filter(**fields), at=at)
        counted = queries.count_cases(actor=actor, wanted=[Filter(**fields)], at=at, limit=99)
        assert counted == [len(page.cases)]
        return {c.pk for c in page.cases}

    assert wanted() == {lamp, fire, noise}
    assert wanted(states=["ACCEPTED"]) == {noise}
    assert wanted(matter_classes=["SAFETY"]) == {fire}
    assert wanted(matter_classes=["SAFETY", "DISPUTE"]) == {fire, noise}
    assert wanted(needs_person=True) == {lamp}
    assert wanted(text="路灯") == {lamp}
    assert wanted(text=Case.objects.get(pk=fire).code.lower()) == {fire}
    assert wanted(text="100%_") == set()
    assert wanted(unit_id=Case.objects.get(pk=fire).unit_id) == {fire}
    later = NOW + timedelta(minutes=13)
    assert wanted(later, light="AMBER") == {fire}
    assert wanted(later, light="GREEN") == {lamp, noise}
    assert wanted(NOW + timedelta(minutes=15), light="RED") == {fire}
    actions.move_case(actor=desk, case_id=lamp, move="decline", given=Given(note="x"), at=NOW)
    assert wanted() == {fire, noise}
    assert wanted(only_open=False) == {lamp, fire, noise}
    for only_open in (True, False):  # a class that nothing has: fuzzing found a fault of ours here
        assert wanted(matter_classes=["NO_SUCH"], only_open=only_open) == set()
        village = queries.list_cases(
            actor=world.actor("grid"), at=NOW,
            wanted=Filter(matter_classes=["NO_SUCH"], only_open=only_open),
        )  # fmt: skip
        assert village.cases == []


def test_counting_stops_at_its_limit(world: World) -> None:
    for _ in range(5):
        world.take()
    actor = world.actor("centre")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert queries.count_cases(actor=actor, wanted=[Filter()], at=NOW, limit=3) == [3]
    assert len(asked) == 1
    assert "LIMIT 3" in asked[0]["sql"]
    both = [Filter(), Filter(states=("CLOSED",))]
    assert queries.count_cases(actor=actor, wanted=both, at=NOW, limit=9) == [5, 0]
    assert queries.count_cases(actor=actor, wanted=[], at=NOW, limit=9) == []


@pytest.mark.parametrize("login", ["grid", "lead", "desk", "centre", "builder"])
def test_place_by_place_or_all_at_once_the_pages_are_the_same(
    world: World, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        for text in ("村口路灯坏了三天", "楼道堆物堵住消防通道"):
            case_id = world.take(text).case_id
            # Every other two at the same instant: then the id decides.
            opened_at = NOW - timedelta(minutes=number // 2)
            Case.objects.filter(pk=case_id).update(opened_at=opened_at)
    actor, wanted, at = world.actor(login), Filter(only_open=False), NOW + timedelta(hours=1)

    def pages() -> list[list[UUID]]:
        found, after = [], ""
        while True:
            page = queries.list_cases(actor=actor, wanted=wanted, at=at, after=after, limit=3)
            found.append([case.pk for case in page.cases])
            if not (after := page.after):
                return found

    assert lists._few_places(actor)
    one_by_one = pages()
    monkeypatch.setattr(lists, "FEW_PLACES", 0)
    assert lists._few_places(actor) == []
    assert pages() == one_by_one
    assert len(one_by_one[0]) == 3
