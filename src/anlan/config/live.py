"""The application of the live boards' streams, as an ASGI server loads it. The first reader loads the places."""

import os

import django

from anlan.config.database import address
from anlan.config.operating import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
address.act_as_application()
django.setup()

from anlan.web.command.live import application, hub  # noqa: E402  tables are known only now

logs.guard_process()

__all__ = ["application", "hub"]
