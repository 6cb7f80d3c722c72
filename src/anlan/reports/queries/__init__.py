"""Reads of the room: reports as they stand, their content, who has read them, what is behind a figure."""

from anlan.reports.queries.behind import Behind, read_behind
from anlan.reports.queries.building import (
    build_contents,
    last_due_day,
    list_counted_places,
    list_reported_places,
    read_open,
)
from anlan.reports.queries.kinds import (
    AnyContent,
    build_all,
    find_place,
    list_changes,
    list_known_places,
    read_kept,
)
from anlan.reports.queries.one import (
    Standing,
    StandingPaper,
    access_report,
    find_drift,
    list_moves,
    list_own_places,
    list_readers,
    list_standing,
    list_versions,
    read_standing,
    read_standing_paper,
    roles_over,
)
from anlan.reports.queries.undone import Counted, Undone, count_undone, read_duty, read_undone

__all__ = [
    "AnyContent",
    "Behind",
    "Counted",
    "Standing",
    "StandingPaper",
    "Undone",
    "access_report",
    "build_all",
    "build_contents",
    "count_undone",
    "find_drift",
    "find_place",
    "last_due_day",
    "list_changes",
    "list_counted_places",
    "list_known_places",
    "list_moves",
    "list_own_places",
    "list_readers",
    "list_reported_places",
    "list_standing",
    "list_versions",
    "read_behind",
    "read_duty",
    "read_kept",
    "read_open",
    "read_standing",
    "read_standing_paper",
    "read_undone",
    "roles_over",
]
