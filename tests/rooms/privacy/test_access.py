"""Emergency access: two persons, a few hours, everything written down, nothing moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases.actions import move_case
from anlan.cases.models import Case
from anlan.cases.queries import Filter, access_case, count_cases, list_cases, may_open_contact
from anlan.cases.rules import CaseNotVisible, Given
from anlan.dispatch.actions import dispatch_case
from anlan.kernel.actor import SYSTEM, Actor, Role
from anlan.kernel.errors import AnlanError
from anlan.kernel.procedure import MoveIncomplete, MoveNotAllowed, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.people.actions import grant_duty
from anlan.people.queries import find_actor_by_sign_in
from anlan.people.rules import RoleLentOnly
from anlan.places.rules import PlaceUnknown
from anlan.privacy import actions, queries, rules
from anlan.privacy.models import Access, Look
from tests.make import COUNTY, GRID, NOW, TOWN, World

HOUR = timedelta(hours=1)
REASON = "燃气泄漏正向邻镇扩散，须立即查看"


def later(world: World, login: str, at: Any) -> Actor:
    """Give a person as he is at another instant."""
    found = find_actor_by_sign_in(token=world.token(login), at=at)
    assert found is not None
    return found


def ask(world: World, login: str = "other_desk", **given: Any) -> Access:
    target = given.pop("target", None) or rules.Target(
        case_code=Case.objects.order_by("id")[0].code
    )
    fields: dict[str, Any] = {"reason": REASON, "hours": 2, "at": NOW} | given
    return actions.ask_access(actor=world.actor(login), target=target, **fields)


def move(
    world: World, login: str, access: Access, name: str, at: Any = NOW, **given: Any
) -> Access:
    return actions.move_access(
        actor=world.actor(login), access_id=access.id, move=name, at=at, **given
    )


def sees(actor: Actor) -> int:
    return len(list_cases(actor=actor, wanted=Filter(), at=NOW).cases)


def test_one_case_opens_after_a_second_person_and_closes_by_itself(world: World) -> None:
    taken = world.take()
    world.take("另一处路灯坏了")
    access = ask(world)
    assert access.state == "ASKED"
    assert sees(world.actor("other_desk")) == 0
    move(world, "leader", access, "confirm")
    holder = world.actor("other_desk")
    assert holder.opened_cases == (taken.case_id,)
    assert sees(holder) == 1
    assert count_cases(actor=holder, wanted=[Filter()], at=NOW, limit=9) == [1]
    case = access_case(actor=holder, case_id=taken.case_id)
    assert may_open_contact(actor=holder, case=case)
    # The other case of the same grid stays closed.
    other = Case.objects.exclude(pk=taken.case_id).get()
    with pytest.raises(CaseNotVisible):
        access_case(actor=holder, case_id=other.id)
    assert sees(later(world, "other_desk", NOW + 2 * HOUR - timedelta(seconds=1))) == 1
    # No job has run; the seat is over all the same.
    assert sees(later(world, "other_desk", NOW + 2 * HOUR)) == 0


def test_a_place_opens_with_all_below_it(world: World) -> None:
    world.take()
    world.take("垃圾没人收")
    access = ask(world, target=rules.Target(place_code=TOWN))
    move(world, "centre", access, "confirm")
    holder = world.actor("other_desk")
    assert sees(holder) == 2
    assert Role.EMERGENCY in {seat.role for seat in holder.watching_seats}


def test_it_shows_and_moves_nothing(world: World) -> None:
    taken = world.take()
    access = ask(world, target=rules.Target(place_code=TOWN))
    move(world, "leader", access, "confirm")
    holder = world.actor("other_desk")
    for name in ("accept", "escalate_up", "go_offline"):
        with pytest.raises(MoveNotYours):
            move_case(actor=holder, case_id=taken.case_id, move=name, given=Given(note="x"), at=NOW)
    with pytest.raises(AnlanError):
        dispatch_case(
            actor=holder, case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
        )
    assert Case.objects.get().seq == 1


@pytest.mark.parametrize("login", ["other_desk", "desk", "grid", "builder", "other_grid"])
def test_only_somebody_in_charge_of_the_place_confirms_and_never_the_one_who_asks(
    world: World, login: str
) -> None:
    world.take()
    access = ask(world)
    with pytest.raises((rules.SecondPersonNeeded, rules.AccessUnknown, MoveNotYours)):
        move(world, login, access, "confirm")
    access.refresh_from_db()
    assert access.state == "ASKED"
    assert not world.actor("other_desk").opened_cases


def test_whoever_asks_does_not_confirm_although_he_is_in_charge_there(world: World) -> None:
    """An emergency seat over the place must not confirm a further one either."""
    world.take()
    first = ask(world, target=rules.Target(place_code=TOWN))
    move(world, "leader", first, "confirm")
    second = ask(world, "other_grid", target=rules.Target(place_code=TOWN))
    with pytest.raises(rules.AccessUnknown):
        move(world, "other_desk", second, "confirm")


def test_what_was_asked_and_not_confirmed_in_an_hour_lapses(world: World) -> None:
    world.take()
    access = ask(world)
    assert actions.end_due_access(at=NOW + HOUR - timedelta(seconds=1)) == 0
    assert actions.end_due_access(at=NOW + HOUR) == 1
    access.refresh_from_db()
    assert access.state == "LAPSED"
    with pytest.raises(MoveNotAllowed):
        move(world, "leader", access, "confirm", at=NOW + HOUR)
    assert ask(world, at=NOW + HOUR).state == "ASKED"


def test_a_refusal_needs_a_word(world: World) -> None:
    world.take()
    access = ask(world)
    with pytest.raises(MoveIncomplete):
        move(world, "leader", access, "refuse")
    assert move(world, "leader", access, "refuse", note="并非紧急").state == "REFUSED"
    assert not world.actor("other_desk").opened_cases


@pytest.mark.parametrize("login", ["other_desk", "desk", "leader"])
def test_the_desk_concerned_and_whoever_asked_may_end_it_early(world: World, login: str) -> None:
    world.take()
    access = ask(world)
    move(world, "leader", access, "confirm")
    move(world, login, access, "end_early", at=NOW + HOUR / 2)
    assert not later(world, "other_desk", NOW + HOUR / 2).opened_cases
    access.refresh_from_db()
    assert (access.state, access.ended_at) == ("ENDED", NOW + HOUR / 2)


def test_the_review_sees_what_was_looked_at_and_closes_it(world: World) -> None:
    taken = world.take()
    access = ask(world)
    move(world, "leader", access, "confirm")
    holder = world.actor("other_desk")
    case = access_case(actor=holder, case_id=taken.case_id)
    actions.record_look(actor=holder, case=case, what=rules.Looked.CASE, at=NOW + HOUR)
    assert Look.objects.get().why == "EMERGENCY"
    assert actions.end_due_access(at=NOW + 3 * HOUR) == 1
    access.refresh_from_db()
    assert access.ended_at == NOW + 2 * HOUR  # however late the job came
    assert [look.what for look in queries.list_looks_under(access=access, until_at=NOW)] == ["CASE"]
    assert access in queries.list_access_over(actor=world.actor("desk"))
    with pytest.raises(MoveIncomplete):
        move(world, "desk", access, "review", verdict="JUSTIFIED")
    with pytest.raises(rules.VerdictUnknown):
        move(world, "desk", access, "review", verdict="FINE", note="x")
    with pytest.raises(rules.SecondPersonNeeded):
        move(world, "other_desk", access, "review", verdict="JUSTIFIED", note="x")
    reviewed = move(world, "desk", access, "review", verdict="NOT_JUSTIFIED", note="已有本镇处置")
    assert (reviewed.state, reviewed.verdict) == ("REVIEWED", "NOT_JUSTIFIED")


def test_everything_stands_in_the_ledger_about_the_case_too(world: World) -> None:
    taken = world.take()
    access = ask(world)
    move(world, "leader", access, "confirm")
    actions.end_due_access(at=NOW + 2 * HOUR)
    move(world, "desk", access, "review", verdict="JUSTIFIED", note="确有险情")
    about = LedgerEntry.objects.filter(what__startswith="access.").order_by("id")
    wanted = ["access.asked", "access.confirm", "access.end", "access.review"]
    for about_id in (access.id, taken.case_id):
        assert list(about.filter(about_id=str(about_id)).values_list("what", flat=True)) == wanted
    assert not any(REASON in entry.body for entry in about)


def test_those_concerned_are_told(world: World) -> None:
    world.take()

    def told(login: str) -> list[str]:
        found = Notice.objects.filter(person_id=world.person_ids[login], about_kind="access")
        return [notice.subject for notice in found.order_by("created_at", "id")]

    access = ask(world)
    assert len(told("leader")) == len(told("centre")) == 1
    assert told("desk") == []
    move(world, "leader", access, "confirm")
    assert len(told("desk")) == 1
    assert told("other_desk") == ["您的紧急查看申请已获批准"]
    actions.end_due_access(at=NOW + 2 * HOUR)
    assert len(told("desk")) == 2


def test_what_cannot_be_asked_for(world: World) -> None:
    world.take()
    code = Case.objects.get().code
    for fields, wrong in (
        ({"reason": "急"}, rules.ReasonTooShort),
        ({"reason": "  " * 40}, rules.ReasonTooShort),
        ({"reason": "很" * 501}, rules.ReasonTooShort),
        ({"hours": 0}, rules.HoursOutOfRange),
        ({"hours": 9}, rules.HoursOutOfRange),
        ({"target": rules.Target("x", "y")}, rules.TargetMissing),
        ({"target": rules.Target(case_code="0000000000")}, CaseNotVisible),
        ({"target": rules.Target(place_code="999")}, PlaceUnknown),
        ({"target": rules.Target(place_code="330999002")}, rules.AccessNotNeeded),
    ):
        with pytest.raises(wrong):
            ask(world, **({"target": rules.Target(case_code=code)} | fields))  # type: ignore[operator]
    with pytest.raises(rules.AccessNotNeeded):
        ask(world, "desk")
    for login in ("volunteer", "resident"):
        with pytest.raises(rules.SecondPersonNeeded):
            ask(world, login)
    with pytest.raises(rules.SecondPersonNeeded):
        actions.ask_access(
            actor=SYSTEM, target=rules.Target(case_code=code), reason=REASON, hours=1, at=NOW
        )
    ask(world)
    with pytest.raises(rules.AccessAskedAlready):
        ask(world)


def test_the_role_is_lent_and_never_granted(world: World) -> None:
    with pytest.raises(RoleLentOnly):
        grant_duty(
            actor=SYSTEM, person_id=world.person_ids["grid"], role=Role.EMERGENCY,
            place_id=world.place_id(COUNTY), at=NOW,
        )  # fmt: skip


def test_who_acts_and_what_he_sees_cost_one_statement_each_as_before(world: World) -> None:
    world.take()
    access = ask(world)
    move(world, "leader", access, "confirm")
    token = world.token("other_desk")
    with CaptureQueriesContext(connection) as statements:
        holder = find_actor_by_sign_in(token=token, at=NOW)
        assert holder is not None
        list_cases(actor=holder, wanted=Filter(), at=NOW)
    assert len(statements) == 2


def test_others_see_no_more_than_before(world: World) -> None:
    world.take()
    access = ask(world, target=rules.Target(place_code=GRID))
    move(world, "leader", access, "confirm")
    assert sees(world.actor("other_grid")) == 0
    assert queries.list_access_over(actor=world.actor("grid")) == []
    assert [a.id for a in queries.list_own_access(actor=world.actor("other_desk"))] == [access.id]
    assert queries.list_own_access(actor=world.actor("desk")) == []


def test_what_was_written_about_it_goes_after_its_term(world: World) -> None:
    world.take()
    access = ask(world)
    move(world, "leader", access, "refuse", note="并非紧急")
    days = rules.read_fields().terms["ACCESS"].days
    actions.keep_terms(at=NOW + timedelta(days=days))
    access.refresh_from_db()
    assert access.reason == REASON
    actions.keep_terms(at=NOW + timedelta(days=days + 1))
    access.refresh_from_db()
    assert (access.reason, access.note, access.state) == ("", "", "REFUSED")
