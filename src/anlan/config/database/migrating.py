"""Migrations that are there whole and noted down, or not at all, wherever they are broken off.

Django notes a migration as applied only after its transaction when it has put statements off to its
end (indexes, foreign keys). Killed in between, its tables are there and not noted: every further
start would try to make them again and fail. Here both are one transaction.
"""

from __future__ import annotations

import contextlib
from typing import Any

from django.db import transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState


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
