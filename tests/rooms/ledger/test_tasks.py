"""The clock brings entries into the tree and signs roots."""

from datetime import UTC, datetime

import pytest
from procrastinate.contrib.django import app

from anlan.ledger import queries, rules
from tests.rooms.ledger.scene import write_many


def test_rhythm() -> None:
    crons = {
        task.task.name: task.croniter
        for task in app.periodic_registry.periodic_tasks.values()
        if task.task.name.startswith("ledger.")
    }
    assert set(crons) == {"ledger.sequence", "ledger.make_checkpoint"}
    start = datetime(2026, 11, 24, 8, 0, tzinfo=UTC).timestamp()
    assert crons["ledger.sequence"].get_next(float, start_time=start) - start == 2
    assert crons["ledger.make_checkpoint"].get_next(float, start_time=start) - start == 600


@pytest.mark.usefixtures("ledger")
def test_sequence_and_checkpoint() -> None:
    write_many(3)
    app.tasks["ledger.sequence"](timestamp=0)
    app.tasks["ledger.make_checkpoint"](timestamp=0)
    app.tasks["ledger.make_checkpoint"](timestamp=600)
    status = queries.get_status()
    assert (status.size, status.pending, status.checkpoint_size) == (3, 0, 3)
    checkpoint = queries.find_checkpoint()
    assert checkpoint is not None
    assert rules.read_checkpoint(checkpoint.note).root == queries.get_root()
