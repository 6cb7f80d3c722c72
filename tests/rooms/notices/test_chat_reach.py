"""A chat address that names a host itself goes only where webhooks may go."""

from typing import Any

import pytest

from anlan.notices import adapters
from anlan.notices.rules import Channel, State
from tests.rooms.notices.receivers import http_receiver
from tests.rooms.notices.test_sending import loads_apprise, notify, send, the_notice
from tests.rooms.people.worlds import World


@loads_apprise
@pytest.mark.parametrize("kind", ["json", "xml", "ntfy", "gotify"])
def test_a_chat_service_in_a_private_network_is_not_asked(
    world: World, settings: Any, kind: str
) -> None:
    settings.WEBHOOK_NETWORKS = ()
    with http_receiver(200) as receiver:
        address = receiver.url.replace("http://", f"{kind}://") + "AbCdEfGhIjKlMnO"
        notify(Channel.CHAT, address=address)
        send()
        assert receiver.received == []
    assert the_notice().state == State.FAILED
    assert "ANLAN_WEBHOOK_NETWORKS" in the_notice().last_error
    assert "127.0.0.1" not in the_notice().last_error


@loads_apprise
def test_a_token_that_stands_where_a_host_would_is_not_looked_up() -> None:
    import apprise

    [service] = apprise.Apprise("dingtalk://aaaabbbbccccdddd")
    assert adapters._chosen_hosts(service) == []
    [service] = apprise.Apprise("json://chat.example/x")
    assert adapters._chosen_hosts(service) == ["chat.example"]
