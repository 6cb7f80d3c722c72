"""Migrations that are there whole and noted down, or not at all, wherever they are broken off.

Django notes a migration as applied only after its transaction when it has put statements off to its
end (indexes, foreign keys). Killed in between, its tables are there and not noted: every further
start would try to make them again and fail. Here both are one transaction.

While a version runs, tables may only be changed in ways that it can live with (`list_breaking`): it
goes on reading and writing for some seconds, and for good when the newer version does not start.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import transaction
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from anlan.kernel.errors import Conflict


class MigrationsBreak(Conflict):
    """The version that runs cannot live with the changes of {names}. Take a quiet moment: stop anlan, back up, and start it again (anlan run does the rest)."""


def list_breaking(plan: Sequence[tuple[Migration, bool]]) -> list[str]:
    """List the migrations of a plan that the version before cannot live with.

    It can with new tables, new indexes, and new columns that may be empty or have a default of the
    database's own. What is written in SQL or Python is not understood: such a migration says
    `expands = True` when its author has made sure.
    """
    return [
        f"{migration.app_label}.{migration.name}"
        for migration, is_backwards in plan
        if is_backwards
        or not (
            getattr(migration, "expands", False) or all(map(_is_expanding, migration.operations))
        )
    ]


def _is_expanding(operation: Operation) -> bool:
    if isinstance(operation, operations.AddField):
        field = operation.field
        # Django's own default is not the database's: the version before would leave the column out.
        return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many is True
    return isinstance(
        operation, operations.CreateModel | operations.AddIndex | AddIndexConcurrently
    )


class WholeExecutor(MigrationExecutor):
    """Applies and takes back each migration together with its note, in one transaction."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, *given: Any, **named: Any
    ) -> ProjectState:
        with self._whole(migration):
            return super().apply_migration(state, migration, *given, **named)

    def unapply_migration(
        self, state: ProjectState, migration: Migration, *given: Any, **named: Any
    ) -> ProjectState:
        with self._whole(migration):
            return super().unapply_migration(state, migration, *given, **named)

    def _whole(self, migration: Migration) -> contextlib.AbstractContextManager[Any]:
        # One that says it cannot be in a transaction has to be safe to repeat by itself.
        if migration.atomic:
            return transaction.atomic(using=self.connection.alias)
        return contextlib.nullcontext()
