"""Trying one door's row of the matrix: everybody knocks, and every answer is the one that is due."""

from __future__ import annotations

from django.test import Client

from tests.flows.permissions.matrix import Door, expect, list_everybody
from tests.flows.permissions.worlds import Scene, knock, read, undone


def try_door(scene: Scene, visitor: Client, door: Door) -> None:
    """Let everybody knock at a door and compare each answer with the one that is due."""
    wrong = []
    with undone():
        scene.begin(door)
        for who in list_everybody():
            with undone():
                found = read(door, knock(scene, visitor, door, who), scene)
            if found != (due := expect(door, who)):
                wrong.append(f"{who.key}: {found}, and {due} is due")
    assert not wrong, f"{door.id}\n  " + "\n  ".join(wrong)
