"""Writes of the room: drafting, signing, correcting, sending to readers."""

from anlan.reports.actions.assessed import tell_cards, tell_objection
from anlan.reports.actions.drafting import draft_all, draft_due, draft_report
from anlan.reports.actions.signing import move_report
from anlan.reports.actions.telling import (
    mark_read,
    remind_late,
    send_report,
    tell_drafted,
    tell_duty,
)

__all__ = [
    "draft_all",
    "draft_due",
    "draft_report",
    "mark_read",
    "move_report",
    "remind_late",
    "send_report",
    "tell_cards",
    "tell_drafted",
    "tell_duty",
    "tell_objection",
]
