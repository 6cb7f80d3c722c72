"""Django's entry for the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
