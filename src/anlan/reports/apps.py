"""Django's entry for the reports room."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
