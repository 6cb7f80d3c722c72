"""A ledger of its own for tests that commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture
def ledger(
    transactional_db: None, as_owner: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """Commit for real, with TRUNCATE refused as in use until the tables are cleared at the end."""
    # Rooms can be imported only when Django is set up, which is later than this file.
    from tests.rooms.ledger.scene import switch_triggers

    # The signing key of one test is not that of another, also when tests run side by side.
    monkeypatch.setattr(settings, "ANLAN_HOME", tmp_path / "home")
    switch_triggers("ENABLE")
    yield
    switch_triggers("DISABLE")
    switch_triggers("ENABLE", "append_only")
