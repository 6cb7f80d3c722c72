"""Writes of the room: the weekly review, what leaders decide about its findings, minutes of meetings and what they decided."""

from anlan.situation.actions.findings import move_finding, review_week
from anlan.situation.actions.meetings import move_resolution, note_meeting

__all__ = ["move_finding", "move_resolution", "note_meeting", "review_week"]
