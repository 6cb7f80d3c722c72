"""The room as Django knows it."""

from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Backups, restores and their nightly task."""

    name = "anlan.backup"
    label = "backup"
