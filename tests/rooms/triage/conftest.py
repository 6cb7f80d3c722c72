"""Stories of this folder play in the small world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.worlds.fixtures import *  # noqa: F403

if TYPE_CHECKING:
    from tests.make import World


@pytest.fixture
def answered(world: World) -> World:
    """A world whose desk has answered sixty reports."""
    # Imported late: pytest loads this file before Django is set up.
    from tests.rooms.triage.answering import answer_sixty

    answer_sixty(world)
    return world


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `anlan triage` with arguments on the test's database."""
    from anlan import cli
    from anlan.cli import triage as command

    @contextmanager
    def as_it_runs() -> Iterator[None]:
        yield

    monkeypatch.setattr(cli, "database_running", as_it_runs)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    return lambda *arguments: CliRunner().invoke(command.group, [str(a) for a in arguments])
