"""What all tests of notices share."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.rooms.people.worlds import World


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Reach receivers on this machine without a proxy that the machine may have set."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.PUBLIC_URL = "https://anlan.example"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(db: None) -> World:
    # Imported late: pytest loads this file before Django is set up.
    from tests.rooms.people.worlds import build_world

    return build_world()


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Commit for real."""
