"""Writes of the room: the weekly review, what leaders decide about its findings, minutes of meetings."""

from anlan.situation.actions.findings import move_finding, review_week
from anlan.situation.actions.meetings import note_meeting

__all__ = ["move_finding", "note_meeting", "review_week"]
