"""Django's entry for the intake room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
