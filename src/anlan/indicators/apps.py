"""Django's entry for the indicators room."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.indicators"
    label = "indicators"
    default_auto_field = "django.db.models.BigAutoField"
