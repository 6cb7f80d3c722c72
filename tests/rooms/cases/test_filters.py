"""Filters kept under a name: whose they are, whom they are lent to, what they may hold."""

from __future__ import annotations

from uuid import uuid4

import pytest

from anlan.cases import actions, queries
from anlan.cases.models import SavedFilter
from anlan.cases.rules import filters as rules
from anlan.kernel import scope
from anlan.ledger.models import LedgerEntry
from tests.make import NOW, World


def keep(
    world: World, login: str, name: str, *, is_lent: bool = False, **fields: str
) -> SavedFilter:
    return actions.keep_filter(
        actor=world.actor(login),
        name=name,
        fields=fields or {"tab": "red"},
        is_lent=is_lent,
        at=NOW,
    )


def names(world: World, login: str) -> list[str]:
    return [one.name for one in queries.list_filters(actor=world.actor(login))]


def test_one_s_own_filters_and_those_lent_to_his_desk(world: World) -> None:
    keep(world, "desk", "超期", is_lent=True)
    keep(world, "desk", "只给自己")
    keep(world, "grid", "我的网格", q="路灯")
    assert names(world, "desk") == ["只给自己", "超期"]
    assert names(world, "builder") == ["超期"], "of the same town"
    assert names(world, "grid") == ["我的网格"]
    assert names(world, "centre") == names(world, "other_desk") == []


def test_the_same_name_holds_the_new_filter(world: World) -> None:
    first = keep(world, "desk", "  常用 ", tab="red", is_lent=True)
    again = keep(world, "desk", "常用", q="电梯", tab="")
    assert (again.id, again.fields, again.lent_to) == (first.id, {"q": "电梯"}, "")
    assert names(world, "builder") == []


def test_the_ledger_tells_that_but_not_the_words(world: World) -> None:
    kept = keep(world, "desk", "找王某", q="王某")
    actions.drop_filter(actor=world.actor("desk"), filter_id=kept.id, at=NOW)
    told = LedgerEntry.objects.filter(about_id=str(kept.id)).order_by("id")
    assert [one.what for one in told] == ["filter.kept", "filter.dropped"]
    assert not any("王某" in one.body for one in told)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "名" * 31, "\0"])
def test_a_name_is_wanted(world: World, name: str) -> None:
    with pytest.raises(rules.FilterNameMissing):
        keep(world, "desk", name)


@pytest.mark.parametrize("fields", [{}, {"tab": ""}, {"after": "x"}])
def test_the_whole_queue_is_no_filter(world: World, fields: dict[str, str]) -> None:
    with pytest.raises(rules.FilterEmpty):
        actions.keep_filter(
            actor=world.actor("desk"), name="全部", fields=fields, is_lent=False, at=NOW
        )


def test_twenty_are_enough(world: World) -> None:
    for number in range(rules.FILTERS_LIMIT):
        keep(world, "desk", f"第{number}个")
    with pytest.raises(rules.FiltersTooMany):
        keep(world, "desk", "再来一个")
    assert keep(world, "desk", "第0个", q="路灯").fields == {"q": "路灯"}


def test_only_a_desk_lends_and_only_the_owner_drops(world: World) -> None:
    with pytest.raises(rules.LendingNotYours):
        keep(world, "grid", "超期", is_lent=True)
    kept = keep(world, "desk", "超期", is_lent=True)
    for login, wanted in (("builder", kept.id), ("centre", kept.id), ("desk", uuid4())):
        with pytest.raises(rules.FilterUnknown):
            actions.drop_filter(actor=world.actor(login), filter_id=wanted, at=NOW)


def test_the_second_wall_hides_what_nobody_lent(world: World) -> None:
    keep(world, "desk", "只给自己")
    keep(world, "desk", "给大家", is_lent=True)
    with scope.acting(scope.of(world.actor("other_desk"))):
        assert list(SavedFilter.objects.values_list("name", flat=True)) == ["给大家"]
