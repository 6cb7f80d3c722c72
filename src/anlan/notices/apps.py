"""Django's entry for the notices room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
