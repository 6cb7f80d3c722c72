"""The world of the stories told through the pages, and a browser for each person in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.worlds.fixtures import quick_passwords, still_clock, world

if TYPE_CHECKING:
    from tests.make import World

__all__ = ["browser", "folder_of_static_files", "quick_passwords", "still_clock", "world"]


@pytest.fixture(autouse=True)
def folder_of_static_files(settings: Any) -> None:
    """Make the folder that the server of static files looks into; the pages need none of them."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def browser(world: World) -> Callable[..., Client]:
    """Give a signed-in browser that reads English: browser("desk")."""

    def open_for(login: str, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.cookies["anlan_sign_in"] = world.token(login)
        return client

    return open_for
