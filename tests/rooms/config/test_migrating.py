"""A migration that is killed at any moment is there whole and noted down, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import (
    AddField,
    AddIndex,
    CreateModel,
    Migration,
    RemoveField,
    RunPython,
    RunSQL,
)
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from anlan.config.database.migrating import WholeExecutor, list_breaking


class Killed(Exception):
    pass


def put_off(apps: Any, editor: Any) -> None:
    """Put a statement off to the end of the migration, as every foreign key does."""
    editor.deferred_sql.append("SELECT 1")


def make_migration() -> Migration:
    migration = Migration("9999_probe", "config")
    migration.operations = [RunSQL("CREATE TABLE config_probe (id int)"), RunPython(put_off)]
    return migration


def is_there() -> tuple[bool, bool]:
    """Tell whether its table is there, and whether it is noted down."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('config_probe') IS NOT NULL")
        (has_table,) = cursor.fetchone()
    applied = MigrationRecorder(connection).applied_migrations()
    return has_table, ("config", "9999_probe") in applied


@pytest.mark.django_db(transaction=True)
def test_killed_before_it_is_noted_down_it_is_not_there_and_can_be_done_again(
    as_owner: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(MigrationRecorder, "record_applied", be_killed)
        with pytest.raises(Killed):
            WholeExecutor(connection).apply_migration(ProjectState(), make_migration())
    assert is_there() == (False, False)
    try:
        WholeExecutor(connection).apply_migration(ProjectState(), make_migration())
        assert is_there() == (True, True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS config_probe")
        MigrationRecorder(connection).record_unapplied("config", "9999_probe")


ID = ("id", models.BigAutoField(primary_key=True))


@pytest.mark.parametrize(
    ("operation", "can_be_lived_with"),
    [
        (CreateModel("probe", [ID]), True),
        (AddIndex("probe", models.Index(fields=["id"], name="probe_id")), True),
        (AddField("probe", "note", models.TextField(null=True)), True),
        (AddField("probe", "note", models.TextField(db_default="")), True),
        (AddField("probe", "note", models.TextField(default="")), False),
        (RemoveField("probe", "note"), False),
        (RunSQL("SELECT 1"), False),
    ],
)
def test_what_the_running_version_cannot_live_with_is_named(
    operation: Any, can_be_lived_with: bool
) -> None:
    migration = Migration("9999_probe", "config")
    migration.operations = [operation]
    assert list_breaking([(migration, False)]) == (
        [] if can_be_lived_with else ["config.9999_probe"]
    )
    assert list_breaking([(migration, True)]) == ["config.9999_probe"], "taken back"
    migration.expands = True  # type: ignore[attr-defined]
    assert list_breaking([(migration, False)]) == []
