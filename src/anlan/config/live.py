"""The application of the live boards' streams, as an ASGI server loads it."""

import contextlib
import os

import django
from django.db import Error as DatabaseError

from anlan.config.database import address
from anlan.config.operating import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
address.act_as_application()
django.setup()

from anlan.places.queries import get_gazetteer  # noqa: E402  tables are known only now
from anlan.web.command.live import application, hub  # noqa: E402

# Away or not set up yet: the first reader loads, or is told to come again.
with contextlib.suppress(DatabaseError):
    get_gazetteer()
logs.guard_process()

__all__ = ["application", "hub"]
