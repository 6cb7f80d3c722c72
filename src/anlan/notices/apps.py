"""The Django app of the room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Messages out: in the app, by e-mail, chat and webhook."""

    name = "anlan.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
