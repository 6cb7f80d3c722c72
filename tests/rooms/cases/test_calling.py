"""Reaching the reporter: by relay without a number, or the number with a reason; both leave a trace."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions, adapters, queries
from anlan.cases.actions import calling
from anlan.cases.rules import (
    CaseNotVisible,
    ContactClosed,
    ContactReason,
    NoNumber,
    NoRelay,
    NumberWrong,
    WhatForMissing,
    read_number,
    read_reason,
)
from anlan.dispatch import actions as dispatch
from anlan.intake.rules import ContactDetails
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from tests.make import NOW, World


def signal_of(world: World, **given: Any) -> tuple[UUID, UUID]:
    taken = world.take(**given)
    return taken.case_id, queries.list_signal_ids(case_id=taken.case_id)[0]


def call(
    world: World,
    case_id: UUID,
    signal_id: UUID,
    number: str = "13900000000",
    *,
    who: str = "builder",
    has_relay: bool = True,
) -> None:
    actions.call_reporter(
        actor=world.actor(who), case_id=case_id, signal_id=signal_id, own_number=number,
        reason=ContactReason.FIND, has_relay=has_relay, at=NOW,
    )  # fmt: skip


def test_a_call_is_asked_for_with_no_number_in_the_open(world: World) -> None:
    case_id, signal_id = signal_of(world)
    call(world, case_id, signal_id)
    entry = LedgerEntry.objects.get(what="contact.called")
    assert "FIND" in json.dumps(entry.body, default=str)
    job = ProcrastinateJob.objects.get(task_name="cases.connect_call")
    kept = json.dumps(job.args) + str(entry.body)
    assert "13900000000" not in kept
    assert "13800000000" not in kept
    found = actions.read_call(signal_id=signal_id, caller=job.args["caller"])
    assert found == ("13900000000", "13800000000")


def test_the_number_is_shown_with_a_reason_that_is_kept(world: World) -> None:
    case_id, signal_id = signal_of(world)
    contact = actions.open_contact(
        actor=world.actor("builder"), case_id=case_id, signal_id=signal_id, at=NOW,
        reason=ContactReason.LET_IN,
    )  # fmt: skip
    assert contact is not None
    assert contact.phone == "13800000000"
    assert "LET_IN" in str(LedgerEntry.objects.get(what="contact.opened").body)


@pytest.mark.parametrize("number", ["", "12", "no number", "1380000000000000", "+", "138;0000"])
def test_what_is_no_number_is_refused(world: World, number: str) -> None:
    with pytest.raises(NumberWrong):
        read_number(number)
    with pytest.raises(NumberWrong):
        call(world, *signal_of(world), number)


def test_without_a_reason_or_a_number_nothing_is_opened(world: World) -> None:
    for code in ("", "CURIOUS", "find"):
        with pytest.raises(WhatForMissing):
            read_reason(code)
    case_id, signal_id = signal_of(world, contact=ContactDetails(name="陈晓"))
    with pytest.raises(NoNumber):
        call(world, case_id, signal_id)
    with pytest.raises(CaseNotVisible):
        call(world, case_id, uuid4())
    assert not LedgerEntry.objects.filter(what="contact.called").exists()


def test_whoever_was_sent_may_call(world: World) -> None:
    case_id, signal_id = signal_of(world)
    with pytest.raises(ContactClosed):
        call(world, case_id, signal_id, who="grid")
    dispatch.dispatch_case(
        actor=world.actor("desk"), case_id=case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
    )
    call(world, case_id, signal_id, who="grid")
    assert ProcrastinateJob.objects.filter(task_name="cases.connect_call").count() == 1


def test_without_a_relay_nobody_is_called(world: World) -> None:
    with pytest.raises(NoRelay):
        call(world, *signal_of(world), has_relay=False)
    assert not LedgerEntry.objects.filter(what="contact.called").exists()


def test_whoever_asked_is_told_when_it_was_not_connected(world: World) -> None:
    case_id, _signal_id = signal_of(world)
    calling.tell_call_failed(case_id=case_id, person_id=world.person_ids["grid"], at=NOW)
    assert Notice.objects.filter(link=f"/field/cases/{case_id}").count() == 1


class Relay(BaseHTTPRequestHandler):
    got: list[tuple[str, dict[str, Any]]] = []
    status = 202

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Relay.got.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(Relay.status)
        self.end_headers()

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def relay(settings: Any) -> Iterator[type[Relay]]:
    Relay.got, Relay.status = [], 202
    server = HTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CALL_RELAY_URL = f"http://127.0.0.1:{server.server_port}/calls"
    settings.CALL_RELAY_TOKEN = "s3cret"
    yield Relay
    server.shutdown()
    server.server_close()


def test_the_relay_gets_both_numbers_and_its_key(relay: type[Relay]) -> None:
    numbers = {"caller": "139", "callee": "138", "reference": "r"}
    assert adapters.connect_call(**numbers)
    assert relay.got == [("Bearer s3cret", numbers)]
    relay.status = 500
    assert not adapters.connect_call(**numbers)


def test_a_relay_that_is_away_is_no_error(settings: Any) -> None:
    settings.CALL_RELAY_URL, settings.CALL_RELAY_TOKEN = "http://127.0.0.1:9/calls", ""
    assert not adapters.connect_call(caller="1", callee="2", reference="r")
    settings.CALL_RELAY_URL = "no address"
    assert not adapters.connect_call(caller="1", callee="2", reference="r")
