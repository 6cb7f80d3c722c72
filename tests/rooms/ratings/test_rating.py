"""The reporter's word: once for each closing, only by the tracking code, and it reopens."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from anlan.cases.actions import move_case
from anlan.cases.models import Case
from anlan.cases.rules import Given
from anlan.intake.models import Signal
from anlan.kernel import codes
from anlan.ledger.models import LedgerEntry
from anlan.ratings import queries, rules
from anlan.ratings.actions import rate_case
from anlan.ratings.models import Rating
from anlan.triage.actions import Taken
from tests.make import NOW, VILLAGE, World

LATER = NOW + timedelta(hours=1)


def close(world: World, case_id: UUID, at: datetime) -> None:
    def move(login: str, name: str, **given: object) -> None:
        move_case(actor=world.actor(login), case_id=case_id, move=name, given=Given(**given), at=at)

    if Case.objects.get(pk=case_id).state == "RECEIVED":
        move("desk", "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
        move("grid", "sign_for")
    move("grid", "handle", note="换灯泡")
    move("desk", "verify")
    move("desk", "close", note="好了", outcome="SOLVED")


@pytest.fixture
def closed(world: World) -> Taken:
    taken = world.take()
    close(world, taken.case_id, NOW)
    return taken


def rate(code: str, is_satisfied: bool = True, comment: str = "") -> Rating:
    return rate_case(tracking_code=code, is_satisfied=is_satisfied, comment=comment, at=LATER)


def test_satisfied_stays_closed(closed: Taken) -> None:
    rating = rate(closed.tracking_code.lower().replace("-", " "), comment=" 谢谢 ")
    assert (rating.round, rating.comment, str(rating.rated_date)) == (0, "谢谢", "2026-03-10")
    assert Case.objects.get().state == "CLOSED"
    entry = LedgerEntry.objects.get(what="case.rated")
    assert "谢谢" not in entry.body


def test_not_satisfied_reopens_at_the_unit_with_its_clock_running(
    world: World, closed: Taken
) -> None:
    before = Case.objects.get()
    rate(closed.tracking_code, is_satisfied=False, comment="还是不亮")
    after = Case.objects.get()
    assert (after.state, after.unit_id, after.outcome) == ("HANDLING", before.unit_id, "")
    assert after.closed_at is None
    assert after.due_at == after.close_due_at
    assert after.close_due_at > LATER
    assert queries.list_ratings(case_id=after.pk)[0].comment == "还是不亮"
    close(world, after.pk, LATER)
    assert queries.may_rate(case=Case.objects.get(), signal=Signal.objects.get())


def test_each_closing_is_rated_once(world: World, closed: Taken) -> None:
    rate(closed.tracking_code)
    for is_satisfied in (True, False):
        with pytest.raises(rules.RatedAlready):
            rate(closed.tracking_code, is_satisfied=is_satisfied)
    move_case(
        actor=world.actor("desk"), case_id=closed.case_id, move="reopen",
        given=Given(note="又坏了"), at=NOW,
    )  # fmt: skip
    close(world, closed.case_id, NOW)
    rate(closed.tracking_code)
    assert [r.round for r in queries.list_ratings(case_id=closed.case_id)] == [0, 1]


def test_an_open_case_cannot_be_rated_yet(world: World) -> None:
    taken = world.take()
    with pytest.raises(rules.NotClosedYet):
        rate(taken.tracking_code)
    assert not Rating.objects.exists()


def test_a_comment_has_a_limit(closed: Taken) -> None:
    with pytest.raises(rules.CommentTooLong) as refused:
        rate(closed.tracking_code, comment="长" * 1_001)
    assert refused.value.data == {"length": 1_001, "limit": 1_000}
    assert rate(closed.tracking_code, comment="长" * 1_000 + "  ").comment == "长" * 1_000


def test_only_the_tracking_code_opens_the_door(world: World, closed: Taken) -> None:
    other = world.take()
    secret = other.tracking_code[-5:]
    with pytest.raises(codes.CodeMalformed):
        rate(codes.show(closed.code))
    with pytest.raises(rules.TrackingCodeWrong):
        rate(f"{codes.show(closed.code)}-{secret}")
    with pytest.raises(rules.TrackingCodeWrong):
        rate(codes.tracking_code("0000000000"))
    assert not Rating.objects.exists()
