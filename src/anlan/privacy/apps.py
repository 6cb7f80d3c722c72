"""Django's entry for the privacy room."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"
