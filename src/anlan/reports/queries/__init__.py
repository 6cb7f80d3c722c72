"""Reads of the room: reports as they stand, their content, who has read them, what is behind a figure."""

from anlan.reports.queries.behind import Behind, read_behind
from anlan.reports.queries.building import (
    build_contents,
    last_due_day,
    list_counted_places,
    list_reported_places,
    read_open,
)
from anlan.reports.queries.one import (
    Standing,
    access_report,
    find_drift,
    list_moves,
    list_own_places,
    list_readers,
    list_versions,
    read_standing,
    roles_over,
)

__all__ = [
    "Behind",
    "Standing",
    "access_report",
    "build_contents",
    "find_drift",
    "last_due_day",
    "list_counted_places",
    "list_moves",
    "list_own_places",
    "list_readers",
    "list_reported_places",
    "list_versions",
    "read_behind",
    "read_open",
    "read_standing",
    "roles_over",
]
