"""A ledger of its own for tests that commit."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[None]:
    """Commit for real, with TRUNCATE refused as in use until the tables are cleared at the end."""
    # Rooms can be imported only when Django is set up, which is later than this file.
    from anlan.ledger import queries
    from tests.rooms.ledger.scene import switch_triggers

    queries.get_key_path().unlink(missing_ok=True)
    switch_triggers("ENABLE")
    yield
    switch_triggers("DISABLE")
    switch_triggers("ENABLE", "append_only")
