"""Notices in the app, and who may be notified how."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from anlan.kernel.actor import REPORTER, SYSTEM, Actor, ActorKind
from anlan.ledger.models import LedgerEntry
from anlan.notices import actions, queries, rules
from anlan.notices.models import Notice
from anlan.notices.rules import Channel, State
from anlan.people import actions as people
from tests.rooms.people.worlds import NOW, World


def notify(**more: Any) -> list[Notice]:
    right: dict[str, Any] = {
        "channel": Channel.IN_APP,
        "subject": "新件",
        "body": "请签收",
        "about_kind": "case",
        "about_id": "0190",
        "at": NOW,
    }
    return actions.notify(**{**right, **more})


def test_a_person_reads_his_own_notices_and_nobody_elses(
    world: World, django_assert_num_queries: Any
) -> None:
    other = people.create_person(
        actor=SYSTEM, login="other", name="他", password="枫桥经验 一九六三 2026", at=NOW
    )
    me = Actor(ActorKind.PERSON, world.person.id, "王芳")
    him = Actor(ActorKind.PERSON, other.id, "他")
    with django_assert_num_queries(4):  # savepoint, notices, ledger, release
        first, theirs = notify(person_ids=[world.person.id, other.id, world.person.id])
    [second] = notify(person_ids=[world.person.id], at=NOW + timedelta(minutes=1))
    assert first.state == State.SENT
    with django_assert_num_queries(2):
        assert queries.list_notices(me) == [second, first]
        assert queries.count_unread(me) == 2
    assert queries.list_notices(me, limit=1, offset=1) == [first]
    assert actions.mark_read(actor=me, notice_ids=[first.id, theirs.id], at=NOW) == 1
    assert actions.mark_read(actor=me, notice_ids=[first.id], at=NOW) == 0
    assert (queries.count_unread(me), queries.count_unread(him)) == (1, 1)
    assert actions.mark_read(actor=him, until_at=NOW, at=NOW) == 1, "all up to what he saw"
    assert actions.mark_read(actor=me, until_at=NOW, at=NOW) == 0, "what came in since stays new"
    assert (queries.count_unread(me), queries.count_unread(him)) == (1, 0)
    for nobody in (SYSTEM, REPORTER):
        assert queries.list_notices(nobody) == []
        assert queries.count_unread(nobody) == 0
        assert actions.mark_read(actor=nobody, notice_ids=[second.id], at=NOW) == 0
    assert queries.list_about(about_kind="case", about_id="0190") == [first, theirs, second]
    assert "请签收" not in "".join(LedgerEntry.objects.values_list("body", flat=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": Channel.IN_APP},
        {"channel": Channel.IN_APP, "address": "a@example.cn"},
        {"channel": Channel.EMAIL, "client_id": uuid4()},
        {"channel": Channel.EMAIL, "person_ids": [uuid4()], "address": "a@example.cn"},
        {"channel": Channel.CHAT, "person_ids": [uuid4()]},
        {"channel": Channel.WEBHOOK, "address": "https://x.example", "body": "{}"},
    ],
)
def test_each_channel_has_its_kind_of_recipient(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(rules.RecipientMissing):
        notify(**wrong)
    assert not Notice.objects.exists()


def test_a_webhook_carries_json(world: World) -> None:
    with pytest.raises(rules.PayloadBroken):
        notify(channel=Channel.WEBHOOK, client_id=uuid4(), body="not json")
