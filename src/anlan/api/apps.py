"""Django's entry for the API: it has no tables, only the template of its page."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the API under its own name."""

    name = "anlan.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
