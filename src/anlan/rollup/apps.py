"""Django's entry for the rollup room."""

from django.apps import AppConfig


class RollupConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.rollup"
    label = "rollup"
    default_auto_field = "django.db.models.BigAutoField"
