"""Django's entry for the situation room."""

from django.apps import AppConfig


class SituationConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.situation"
    label = "situation"
    default_auto_field = "django.db.models.BigAutoField"
