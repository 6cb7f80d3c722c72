"""Who looked at a case, and what a reporter has asked for."""

from __future__ import annotations

from uuid import UUID

from anlan.privacy.models import Look, Request


def list_looks(*, case_id: UUID, limit: int = 200) -> list[Look]:
    """List the looks at a case, the newest first. The caller has proved the tracking code."""
    return list(Look.objects.filter(case_id=case_id).order_by("-last_at", "-id")[:limit])


def find_request(*, signal_id: UUID) -> Request | None:
    """Find what the sender of a signal has asked for, done or not."""
    return Request.objects.filter(signal_id=signal_id).first()
