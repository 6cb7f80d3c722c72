"""Django's entry for the cases room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
