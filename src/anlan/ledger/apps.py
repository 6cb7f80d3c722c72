"""Django's entry for the ledger room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the room under its own name."""

    name = "anlan.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
