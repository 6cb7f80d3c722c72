"""What the wiring names exists: a misspelt task would only be noticed by its absence."""

import pytest
from procrastinate.contrib.django import app

from anlan.config.wiring import REACTIONS
from anlan.kernel.events import Event


@pytest.mark.parametrize("event", REACTIONS, ids=lambda event: event.__name__)
def test_every_reaction_is_a_task(event: type[Event]) -> None:
    assert issubclass(event, Event)
    assert [name for name in REACTIONS[event] if name not in app.tasks] == []


def test_tasks_are_named_after_their_room() -> None:
    for task in app.tasks.values():
        room = task.func.__module__.split(".")[1]
        if task.func.__module__.startswith("anlan."):
            assert task.name.startswith(f"{room}."), task.name
