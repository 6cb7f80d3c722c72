"""The fixtures of the small world. A folder of tests takes them over in its conftest:

from tests.worlds.fixtures import *
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from anlan.kernel import clock

if TYPE_CHECKING:
    from tests.make import World

__all__ = ["lasting_world", "quick_passwords", "still_clock", "world"]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash passwords fast: the strength of the real hasher is not what stories test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def still_clock() -> Iterator[None]:
    """Hold the clock at NOW."""
    from tests.make import NOW

    with clock.frozen(NOW):
        yield


@pytest.fixture
def world(
    small_world: World, db: None, quick_passwords: None, still_clock: None
) -> Iterator[World]:
    """The small world, as it was built; what the test does to it is rolled back."""
    # Imported late: pytest loads this file before Django is set up.
    from tests.make import forget_memory

    forget_memory()  # of a test in the empty database
    yield small_world
    forget_memory()


@pytest.fixture
def lasting_world(
    transactional_db: None, quick_passwords: None, still_clock: None
) -> Iterator[World]:
    """The small world committed for real, for stories with several connections at once."""
    from tests.make import build_world, forget_memory

    yield build_world()
    forget_memory()
