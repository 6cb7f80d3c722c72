"""Django's entry for the dispatch room."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"
