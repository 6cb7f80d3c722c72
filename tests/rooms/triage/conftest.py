"""Stories of this folder play in the small world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
