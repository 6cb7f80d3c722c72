"""Whether this instance answers, and its database with it."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from anlan.api import wire
from anlan.api.door import PolicyRouter
from anlan.kernel.clock import now
from anlan.people import policies

router = PolicyRouter(tags=["health"])


class HealthOut(Schema):
    status: str
    at: str


@router.get("/health", response=HealthOut)
@policies.public
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, else 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return wire.reply({"status": "ok", "at": wire.instant(now())})
