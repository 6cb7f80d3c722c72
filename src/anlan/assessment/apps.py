"""Django's entry for the assessment room."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.assessment"
    label = "assessment"
    default_auto_field = "django.db.models.BigAutoField"
