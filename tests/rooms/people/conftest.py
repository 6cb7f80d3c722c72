"""The world these tests play in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.rooms.people.worlds import World


@pytest.fixture
def world(db: None) -> World:
    # Imported late: pytest loads this file before Django is set up.
    from tests.rooms.people.worlds import build_world

    return build_world()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash passwords fast: the strength of the real hasher is not what is tested here."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
    ]


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Commit for real."""
