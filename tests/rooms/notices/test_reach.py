"""Webhooks go to public addresses only, and to the very address that was checked."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest

from anlan.kernel.reach import may_reach
from anlan.notices import adapters, rules
from tests.make import NOW
from tests.rooms.notices.receivers import HttpReceiver, http_receiver

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
]  # fmt: skip


def post(url: str) -> rules.Outcome:
    delivery = rules.Delivery(
        notice_id=uuid4(), channel=rules.Channel.WEBHOOK, target=url, subject="case.closed",
        body="{}", link="", secret=b"s", attempt=1,
    )  # fmt: skip
    return adapters.deliver(delivery, at=NOW)


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answer look-ups of partner.example from a list, one answer a look-up; real for the rest."""
    asked: list[str] = []
    left = list(answers)
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host not in ("partner.example", b"partner.example"):
            return real(host, port, *more, **options)
        asked.append("partner.example")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def port_of(receiver: HttpReceiver) -> str:
    return receiver.url.rsplit(":", 1)[1].rstrip("/")


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not may_reach(address)


def test_public_addresses_are_reached() -> None:
    assert may_reach("114.114.114.114")
    assert may_reach("2400:3200::1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_nothing_is_sent_to_this_machine_unless_allowed(settings: Any, host: str) -> None:
    settings.WEBHOOK_NETWORKS = ()
    with http_receiver() as receiver:
        outcome = post(f"http://{host}:{port_of(receiver)}/")
    assert "not public" in outcome.error
    assert not outcome.is_final
    assert receiver.received == []


def test_a_name_with_one_forbidden_address_is_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.1/32"),)
    resolver(monkeypatch, ["127.0.0.1", "169.254.169.254"])
    with http_receiver() as receiver:
        outcome = post(f"http://partner.example:{port_of(receiver)}/")
    assert "not public" in outcome.error
    assert receiver.received == []


def test_the_name_is_looked_up_once_and_the_checked_address_is_used(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up would find a forbidden address, as DNS rebinding has it."""
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.1/32"),)
    asked = resolver(monkeypatch, ["127.0.0.1"], ["10.9.9.9"])
    with http_receiver() as receiver:
        assert post(f"http://partner.example:{port_of(receiver)}/a?b=c") == rules.DELIVERED
    assert asked == ["partner.example"]
    [request] = receiver.received
    assert request.headers["host"] == f"partner.example:{port_of(receiver)}"
    assert request.path == "/a?b=c"


def test_a_redirect_is_not_followed(settings: Any) -> None:
    with http_receiver(307) as receiver:
        assert post(receiver.url).error == "the callback answered 307"
    assert len(receiver.received) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as receiver, http_receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert post(receiver.url) == rules.DELIVERED
    assert proxy.received == []
