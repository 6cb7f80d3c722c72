"""Django's entry for the triage room."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.triage"
    label = "triage"
    default_auto_field = "django.db.models.BigAutoField"
