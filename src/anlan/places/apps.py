"""Django's entry for the places room."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
