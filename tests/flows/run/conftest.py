"""Instances in processes of their own, and the small world for what can be told without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.run.instance import Instance
from tests.worlds.fixtures import quick_passwords, still_clock, world

__all__ = ["folder_of_static_files", "make_instance", "quick_passwords", "still_clock", "world"]


@pytest.fixture(autouse=True)
def folder_of_static_files(settings: Any) -> None:
    """Make the folder that the server of static files looks into; the pages need none of them."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def make_instance() -> Iterator[Callable[..., Instance]]:
    """Make instances that are gone after the test: make_instance(ANLAN_WEB_THREADS="2")."""
    made: list[Instance] = []

    def make(**settings: str) -> Instance:
        made.append(Instance.make(**settings))
        return made[-1]

    yield make
    for instance in made:
        instance.remove()
