"""The two databases of a test process: an empty one, and one that holds the small world.

Building the world takes longer than most stories in it. So it is built and committed once, in a copy
of the empty database; a test that asks for `world` gets a transaction there, which is rolled back.
Every other test, and above all one that commits and empties all tables, gets the empty one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connection
from django.test import override_settings

from anlan.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from tests.make import World

FIXTURE = "small_world"


class Databases:
    """Points Django's connection at the database that the next test wants."""

    def __init__(self) -> None:
        self._empty = ""
        self._built: World | None = None
        self._wants_world = False

    def choose(self, item: pytest.Item) -> None:
        """Take a test's wish from its fixtures, before any of them is set up."""
        names = getattr(item, "fixturenames", ())
        self._wants_world = FIXTURE in names
        assert not (self._wants_world and "transactional_db" in names), (
            f"{item.nodeid} commits: it takes lasting_world, or the world would be emptied for all"
        )
        if self._built:
            self._point()

    def copy(self, items: Iterable[pytest.Item]) -> None:
        """Copy the empty database, as the owner of its tables, if any of these tests wants a world."""
        if any(FIXTURE in getattr(item, "fixturenames", ()) for item in items):
            self._empty = connection.settings_dict["NAME"]
            self._disconnect()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._empty}"')

    def build(self) -> None:
        """Build the world in the copy, as the application."""
        from tests.make import NOW, build_world, forget_memory

        if not self._empty:
            return
        self._point(self._name)
        hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        with override_settings(PASSWORD_HASHERS=hashers), clock.frozen(NOW):
            self._built = build_world()
        forget_memory()
        self._point()

    def give_world(self) -> World:
        """Give the world that stands in the database, with nobody signed in yet."""
        assert self._built, "no test of this run had asked for it"
        return replace(self._built, _tokens={})

    def drop(self) -> None:
        """Drop the copy, as the owner, and point at the empty one again, which Django drops."""
        if self._empty:
            self._point(self._empty)
            connection.creation._destroy_test_db(self._name, verbosity=0)

    @property
    def _name(self) -> str:
        return f"{self._empty}_world"

    def _point(self, name: str = "") -> None:
        name = name or (self._name if self._wants_world else self._empty)
        if connection.settings_dict["NAME"] != name:
            self._disconnect()
            connection.settings_dict["NAME"] = name

    def _disconnect(self) -> None:
        connection.close()
        connection.close_pool()


databases = Databases()
