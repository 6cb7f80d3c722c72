"""The Django app of the room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People, their duties and their sign-ins."""

    name = "anlan.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
