"""The Django app of the room."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Pictures attached to what people report and do."""

    name = "anlan.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
