"""Django's entry for the ratings room."""

from django.apps import AppConfig


class RatingsConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.ratings"
    label = "ratings"
    default_auto_field = "django.db.models.BigAutoField"
