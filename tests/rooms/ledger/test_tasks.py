"""The clock brings entries into the tree and signs roots."""

import logging
from datetime import UTC, datetime

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from anlan.ledger import queries, rules
from tests.rooms.ledger.scene import switch_triggers, write_many


def test_rhythm() -> None:
    crons = {
        task.task.name: task.croniter
        for task in app.periodic_registry.periodic_tasks.values()
        if task.task.name.startswith("ledger.")
    }
    assert set(crons) == {"ledger.sequence", "ledger.make_checkpoint", "ledger.verify"}
    start = datetime(2026, 11, 24, 8, 0, tzinfo=UTC).timestamp()
    assert crons["ledger.sequence"].get_next(float, start_time=start) - start == 2
    assert crons["ledger.make_checkpoint"].get_next(float, start_time=start) - start == 600
    assert crons["ledger.verify"].get_next(float, start_time=start) - start == 11.7 * 3600 - 60


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


@pytest.mark.usefixtures("ledger")
def test_each_night_the_whole_log_is_checked_and_what_is_wrong_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert queries.find_verification() is None
    write_many(5)
    app.tasks["ledger.sequence"](timestamp=0)
    app.tasks["ledger.verify"](timestamp=0)
    found = queries.find_verification()
    assert found is not None
    assert (found.size, found.finding_count, found.kinds) == (5, 0, ())
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]
    switch_triggers("DISABLE", "append_only")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE id = (SELECT min(id) FROM ledger_entry)")
    switch_triggers("ENABLE", "append_only")
    app.tasks["ledger.verify"](timestamp=0)
    found = queries.find_verification()
    assert found is not None
    assert (found.finding_count, found.kinds) == (1, ("ENTRY_REMOVED",))
    assert "NOT INTACT" in caplog.text
