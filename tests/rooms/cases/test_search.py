"""The search: two characters find, scope holds, erased words are gone, pages follow each other."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases import actions, queries
from anlan.cases.models import SearchRow
from anlan.cases.queries import Filter
from anlan.cases.rules import Given
from tests.make import IN_OTHER_GRID, NOW, World

EVERY = Filter(only_open=False)


def take(world: World, text: str, **given: object) -> UUID:
    """Take a report, and its words as the job does."""
    case_id = world.take(text, **given).case_id
    actions.take_words(case_ids=[case_id])
    return case_id


def search(world: World, text: str, login: str = "desk", wanted: Filter = EVERY) -> list[UUID]:
    page = queries.search_cases(actor=world.actor(login), text=text, wanted=wanted, at=NOW)
    assert page.after == ""
    return [case.id for case in page.cases]


def test_two_characters_find_what_stands_anywhere_in_a_report(world: World) -> None:
    lamp = take(world, "村口的路灯坏了三天，晚上看不清路，" + "请派人来看看。" * 10 + "谢谢支书")
    take(world, "河道里有垃圾，味道很大")
    assert search(world, "路灯") == [lamp]
    assert search(world, "支书 路灯") == [lamp], "all words, also beyond the title"
    assert search(world, "路坏") == [], "neighbours only"
    assert search(world, "路灯 垃圾") == []


def test_pairs_that_stand_apart_are_no_word(world: World) -> None:
    take(world, "路灯很暗，灯坏的样子，坏了很久")
    assert search(world, "路灯坏了") == []


@pytest.mark.parametrize("text", ["", "灯", "  ", "%%", "__", "\\\\", "';--"])
def test_nothing_to_look_for_finds_nothing(world: World, text: str) -> None:
    take(world, "村口路灯坏了")
    assert search(world, text) == []


def test_a_code_is_found_however_typed(world: World) -> None:
    taken = world.take()
    assert search(world, f"{taken.code[:5]}-{taken.code[5:]}".lower()) == [taken.case_id]


def test_only_what_the_actor_may_see_is_found(world: World) -> None:
    here = take(world, "村口路灯坏了")
    there = take(world, "河边路灯坏了", lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    assert search(world, "路灯") == [here]
    assert search(world, "路灯", "centre") == [there, here]
    assert search(world, "河边") == []


def test_pages_follow_without_gap_or_repeat(world: World) -> None:
    taken = [take(world, f"第{n}盏路灯不亮") for n in range(7)]
    found: list[UUID] = []
    after = ""
    while True:
        page = queries.search_cases(
            actor=world.actor("desk"), text="路灯", wanted=EVERY, at=NOW, after=after, limit=3
        )
        found += [case.id for case in page.cases]
        after = page.after
        if not after:
            break
    assert found == taken[::-1]


def test_filters_narrow_and_closed_cases_are_found(world: World) -> None:
    lamp = take(world, "村口路灯坏了")
    gone = take(world, "桥头路灯坏了")
    actions.move_case(
        actor=world.actor("desk"), case_id=gone, move="decline", given=Given(note="重复"), at=NOW
    )
    assert search(world, "路灯") == [gone, lamp]
    assert search(world, "路灯", wanted=Filter()) == [lamp]
    assert search(world, "路灯", wanted=Filter(states=("DECLINED",), only_open=False)) == [gone]


def test_a_page_whose_cases_lie_in_many_segments(world: World) -> None:
    first = take(world, "最早的路灯坏了")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT setval(pg_get_serial_sequence('cases_searchrow', 'number'), 400000)")
        cursor.execute("SET ROLE anlan_app")
    last = take(world, "最新的路灯坏了")
    assert search(world, "路灯") == [last, first]


def test_a_page_costs_six_statements_at_most(world: World) -> None:
    for n in range(12):
        take(world, f"第{n}盏路灯不亮")
    desk = world.actor("desk")
    with CaptureQueriesContext(connection) as captured:
        page = queries.search_cases(
            actor=desk, text="路灯", wanted=Filter(states=("CLOSED",), only_open=False), at=NOW,
            limit=1,
        )  # fmt: skip
    assert len(captured) <= 6
    assert page.cases == []


def test_erased_words_are_found_no_more(world: World) -> None:
    lamp = take(world, "村口路灯坏了")
    actions.erase_words(case_ids=[lamp])
    assert search(world, "路灯") == []
    assert not SearchRow.objects.exists()


def test_taking_words_again_changes_nothing(world: World) -> None:
    lamp = take(world, "村口路灯坏了")
    actions.take_words(case_ids=[lamp, lamp])
    assert search(world, "路灯") == [lamp]
    assert SearchRow.objects.count() == 1
