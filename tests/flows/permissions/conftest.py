"""One world a module for the matrix, in one transaction that is rolled back at the module's end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from anlan.kernel import clock
from tests.worlds.fixtures import quick_passwords, still_clock, world

if TYPE_CHECKING:
    from tests.flows.permissions.worlds import Scene

__all__ = ["quick_passwords", "scene", "still_clock", "visitor", "world"]


@pytest.fixture(autouse=True)
def _django_db_marker() -> None:
    """Take the place of pytest-django's transaction a test: the module has one, around its world."""


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """The matter and everybody who knocks; the clock stands still."""
    from django.conf import settings

    from tests.flows.permissions.worlds import build_scene
    from tests.make import NOW, forget_memory

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    block = transaction.atomic()
    block._from_testcase = True
    with (
        django_db_blocker.unblock(),
        override_settings(PASSWORD_HASHERS=hashers, CALL_RELAY_URL="https://relay.example/calls"),
        clock.frozen(NOW),
        block,
    ):
        # Thousands of refusals are what is wanted here.
        logging.disable(logging.WARNING)
        yield build_scene()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
    forget_memory()


@pytest.fixture(scope="module")
def visitor(scene: Scene) -> Client:
    """Whoever knocks: one browser, its cookie changed for each."""
    return Client()
