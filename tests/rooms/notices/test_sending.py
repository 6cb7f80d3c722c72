"""Delivery by every channel to real receivers on this machine: success, failure, retries, giving up."""

import hashlib
import hmac
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.kernel import clock, events, permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role
from anlan.ledger.models import LedgerEntry
from anlan.notices import actions, adapters, queries, rules, tasks
from anlan.notices.models import Notice
from anlan.notices.rules import Channel, State
from anlan.people import actions as people
from anlan.people.models import Person
from anlan.people.rules import NewClient
from tests.rooms.notices.receivers import http_receiver, mail_receiver
from tests.rooms.people.worlds import NOW, World, build_world

BODY = '{"code":"AL-2026-000001","state":"ACCEPTED","note":"已受理"}'


# The chat library reads a module that Python 3.13 dropped, on versions that still have it.
loads_apprise = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def make_client(world: World, url: str) -> NewClient:
    return people.create_api_client(
        actor=SYSTEM,
        name="110",
        channel="POLICE_110",
        role=Role.COUNTY_CENTRE,
        place_id=world.county.id,
        callback_url=url,
        at=NOW,
    )


def notify(channel: Channel, *, at: datetime = NOW, **more: Any) -> list[Notice]:
    right: dict[str, Any] = {
        "subject": "case.accepted",
        "body": BODY,
        "link": "/c/AL-2026-000001",
        "about_kind": "case",
        "about_id": "0190",
    }
    return actions.notify(channel=channel, at=at, **{**right, **more})


def send(*, seconds: float = 0) -> int:
    with clock.frozen(NOW + timedelta(seconds=seconds)):
        return tasks.send_due()


def the_notice() -> Notice:
    return Notice.objects.get()


def ledger() -> list[str]:
    return list(
        LedgerEntry.objects.filter(about_id="0190").order_by("id").values_list("what", flat=True)
    )


def test_a_webhook_that_fails_twice_arrives_at_the_third_try(world: World) -> None:
    with http_receiver(503, 500, 204) as receiver:
        client = make_client(world, receiver.url + "progress")
        [queued] = notify(Channel.WEBHOOK, client_id=client.client_id)
        assert (send(), send(seconds=29), send(seconds=30)) == (1, 0, 1)
        waiting = the_notice()
        assert waiting.state == State.FAILED
        assert waiting.last_error == "the callback answered 500"
        assert waiting.next_try_at == NOW + timedelta(seconds=150)
        assert queries.list_undelivered() == [waiting]
        assert (send(seconds=149), send(seconds=150), send(seconds=9999)) == (0, 1, 0)
    assert the_notice().state == State.SENT
    assert the_notice().sent_at == NOW + timedelta(seconds=150)
    assert queries.list_undelivered() == []
    assert [request.headers["x-anlan-attempt"] for request in receiver.received] == ["1", "2", "3"]
    assert {request.headers["x-anlan-delivery"] for request in receiver.received} == {
        str(queued.id)
    }
    last = receiver.received[-1]
    assert last.path == "/progress"
    assert last.body.decode() == BODY, "sent as it stands"
    assert last.headers["x-anlan-event"] == "case.accepted"
    timestamp, signature = (
        part.split("=")[1] for part in last.headers["x-anlan-signature"].split(",")
    )
    assert int(timestamp) == int((NOW + timedelta(seconds=150)).timestamp())
    expected = hmac.new(
        client.callback_secret.encode(), f"{timestamp}.".encode() + last.body, hashlib.sha256
    )
    assert signature == expected.hexdigest()
    assert ledger() == ["notice.queued", "notice.sent"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_that_time_cannot_mend_is_given_up_at_once(world: World, status: int) -> None:
    with http_receiver(status) as receiver:
        notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        assert send() == 1
        assert send(seconds=86_400) == 0
    assert the_notice().state == State.GIVEN_UP
    assert str(status) in the_notice().last_error
    assert queries.list_undelivered() == [the_notice()]
    assert ledger() == ["notice.queued", "notice.given_up"]


@pytest.mark.parametrize("status", [408, 409, 429, 302])
def test_busy_and_redirecting_receivers_are_tried_again(world: World, status: int) -> None:
    with http_receiver(status, 200) as receiver:
        notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        send()
        assert the_notice().state == State.FAILED
        assert len(receiver.received) == 1, "a redirect is not followed"
        send(seconds=30)
    assert the_notice().state == State.SENT


@pytest.mark.parametrize("slow", ["hang", "drip"])
def test_a_receiver_that_hangs_or_drips_is_cut_off(
    world: World, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TIMEOUT_SECONDS", 0.3)
    with http_receiver(slow, slow, 200) as receiver:
        notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        assert send() == 1, "it came back, which the receiver never does"
        assert the_notice().state == State.FAILED
        assert "no answer within" in the_notice().last_error


def test_nobody_listening_is_tried_seven_times_then_given_up_and_can_be_sent_again(
    world: World,
) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    client = make_client(world, f"http://127.0.0.1:{port}/")
    notify(Channel.WEBHOOK, client_id=client.client_id)
    at = 0.0
    for attempt in range(1, 8):
        assert send(seconds=at) == 1
        assert the_notice().attempts == attempt
        at += rules.pause_after(attempt).total_seconds()
    assert the_notice().state == State.GIVEN_UP
    assert the_notice().last_error == "the callback cannot be reached: ConnectError"
    assert str(port) not in the_notice().last_error
    later = NOW + timedelta(days=2)
    with pytest.raises(permits.InstallationOnly):
        actions.retry_notice(
            actor=Actor(ActorKind.PERSON, world.person.id, "x"), notice_id=the_notice().id, at=later
        )
    actions.retry_notice(actor=SYSTEM, notice_id=the_notice().id, at=later)
    assert (the_notice().state, the_notice().attempts) == (State.PENDING, 0)
    with pytest.raises(rules.NoticeUnknown):
        actions.retry_notice(actor=SYSTEM, notice_id=the_notice().id, at=later)


def test_a_revoked_client_is_told_nothing_more(world: World) -> None:
    with http_receiver() as receiver:
        client = make_client(world, receiver.url)
        notify(Channel.WEBHOOK, client_id=client.client_id)
        people.revoke_api_client(actor=SYSTEM, client_id=client.client_id, at=NOW)
        send()
        assert receiver.received == []
    assert the_notice().state == State.GIVEN_UP


def test_one_slow_receiver_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TIMEOUT_SECONDS", 60)
    # None answers before all seven have been asked: one after the other, the first would hang for good.
    meeting = threading.Barrier(7)
    with http_receiver(*["meet"] * 7, meeting=meeting) as receiver:
        for _ in range(7):
            notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        assert send() == 7
        assert not meeting.broken
    assert Notice.objects.filter(state=State.SENT).count() == 7


def test_an_e_mail_reaches_the_address_a_person_has_when_it_is_sent(
    world: World, settings: Any
) -> None:
    with mail_receiver(451) as receiver:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        settings.EMAIL_USE_TLS = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        [queued] = notify(
            Channel.EMAIL,
            person_ids=[world.person.id],
            subject="路灯已受理\r\nBcc: eve@example.cn",
            body="您反映的路灯已受理。",
        )
        send()
        assert the_notice().state == State.FAILED, "451: the mail server was busy"
        assert "zhang" not in the_notice().last_error
        send(seconds=30)
        assert the_notice().state == State.SENT
    [sent] = receiver.messages
    mail = message_from_bytes(sent)
    assert str(make_header(decode_header(mail["Subject"]))) == "路灯已受理 Bcc: eve@example.cn"
    assert mail["To"] == "wang.fang@example.cn"
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == f"<{queued.id}@anlan>"
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().split() == [
        "您反映的路灯已受理。",
        "https://anlan.example/c/AL-2026-000001",
    ]


def test_mail_that_cannot_go_out_says_why(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST = ""
    [first] = notify(Channel.EMAIL, address="zhang@example.cn")
    send()
    first.refresh_from_db()
    assert (first.state, "ANLAN_EMAIL_HOST" in first.last_error) == (State.FAILED, True)
    with mail_receiver(550) as receiver:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        [second] = notify(Channel.EMAIL, address="zhang@example.cn")
        send()
    second.refresh_from_db()
    assert second.state == State.GIVEN_UP
    assert second.last_error == "the mail server refused the recipient (550)"
    nobody = people.create_person(
        actor=SYSTEM, login="no.mail", name="无", password="枫桥经验 一九六三 2026", at=NOW
    )
    [third] = notify(Channel.EMAIL, person_ids=[nobody.id])
    send()
    third.refresh_from_db()
    assert third.state == State.GIVEN_UP
    assert "no address" in third.last_error


@loads_apprise
def test_a_chat_message_goes_through_and_a_dead_service_is_tried_again(world: World) -> None:
    with http_receiver(500, 200) as receiver:
        address = receiver.url.replace("http://", "json://")
        notify(Channel.CHAT, address=address, subject="督办", body="请于今日办结")
        assert address.encode() not in bytes(the_notice().address_sealed)
        send()
        assert the_notice().state == State.FAILED
        assert "127.0.0.1" not in the_notice().last_error
        send(seconds=30)
    assert the_notice().state == State.SENT
    sent = json.loads(receiver.received[-1].body)
    assert sent["title"] == "督办"
    assert "https://anlan.example/c/AL-2026-000001" in sent["message"]


@loads_apprise
def test_an_unknown_chat_address_is_given_up(world: World) -> None:
    notify(Channel.CHAT, address="nonsense://x")
    send()
    assert the_notice().state == State.GIVEN_UP


def test_a_fault_of_our_own_is_stored_and_does_not_stop_the_rest(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(delivery: rules.Delivery, at: datetime) -> rules.Outcome:
        raise ZeroDivisionError

    with http_receiver() as receiver:
        [bad] = notify(Channel.CHAT, address="json://127.0.0.1/")
        [good] = notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        with patch.dict(adapters.WAYS, {Channel.CHAT: broken}):
            assert send() == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.last_error) == (State.FAILED, "unforeseen: ZeroDivisionError")
    assert good.state == State.SENT
    assert "ZeroDivisionError" in caplog.text


def test_an_address_that_does_not_open_holds_up_no_other_notice(world: World) -> None:
    with http_receiver() as receiver:
        [bad] = notify(Channel.EMAIL, person_ids=[world.person.id])
        [good] = notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        Person.objects.update(email_sealed=b"sealed with a key that is lost")
        assert send() == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (State.FAILED, State.SENT)
    assert "SEAL_BROKEN" in bad.last_error


def test_a_worker_that_dies_after_claiming_leaves_a_notice_that_is_sent_again(
    world: World,
) -> None:
    with http_receiver() as receiver:
        notify(Channel.WEBHOOK, client_id=make_client(world, receiver.url).client_id)
        [first] = actions.claim_due(at=NOW, limit=10)
        assert send(seconds=119) == 0, "the claim still holds"
        assert send(seconds=120) == 1
    assert the_notice().state == State.SENT
    assert receiver.received[0].headers["x-anlan-delivery"] == str(first.notice_id)
    late = actions.record_outcome(
        notice_id=first.notice_id, attempt=first.attempt, outcome=rules.Outcome(error="x"), at=NOW
    )
    assert late is None, "a worker that comes back late changes nothing"
    assert the_notice().state == State.SENT


def test_a_notice_that_kills_every_worker_is_given_up(world: World) -> None:
    notify(Channel.WEBHOOK, client_id=make_client(world, "http://127.0.0.1:9/").client_id)
    at = NOW
    for _ in range(rules.ATTEMPTS_ALLOWED):
        assert len(actions.claim_due(at=at, limit=10)) == 1
        at += rules.CLAIM_LASTS
    assert actions.claim_due(at=at, limit=10) == []
    assert the_notice().state == State.GIVEN_UP


def test_two_workers_never_claim_the_same_notice(committed: None) -> None:
    client = make_client(build_world(), "http://127.0.0.1:9/")
    for _ in range(12):
        notify(Channel.WEBHOOK, client_id=client.client_id)
    together = threading.Barrier(4)

    def claim() -> list[Any]:
        try:
            with transaction.atomic():
                together.wait()
                claimed = [each.notice_id for each in actions.claim_due(at=NOW, limit=3)]
                together.wait()  # all hold their rows locked at the same time
                return claimed
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        claims = [future.result() for future in [pool.submit(claim) for _ in range(4)]]
    everything = [notice_id for claimed in claims for notice_id in claimed]
    assert len(everything) == len(set(everything)) == 12


def test_sending_is_deferred_in_the_callers_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_reactions", {rules.NoticeQueued: ("notices.send_due",)})
    client = make_client(world, "http://127.0.0.1:9/")
    jobs = ProcrastinateJob.objects.filter(task_name="notices.send_due")

    def roll_back() -> None:
        with transaction.atomic():
            notify(Channel.WEBHOOK, client_id=client.client_id)
            assert jobs.count() == 1
            raise KeyError

    with pytest.raises(KeyError):
        roll_back()
    assert (jobs.count(), Notice.objects.count()) == (0, 0)
    notify(Channel.WEBHOOK, client_id=client.client_id)
    assert (jobs.count(), Notice.objects.count()) == (1, 1)
    notify(Channel.IN_APP, person_ids=[world.person.id])
    assert jobs.count() == 1, "a notice in the app needs no sending"
