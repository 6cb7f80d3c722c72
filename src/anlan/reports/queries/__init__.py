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
from anlan.reports.queries.undone import Counted, Undone, count_undone, read_undone

__all__ = [
    "Behind",
    "Counted",
    "Standing",
    "Undone",
    "access_report",
    "build_contents",
    "count_undone",
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
    "read_undone",
    "roles_over",
]
