"""Reads of the room: reviews, findings, papers and minutes, as far as an actor sees them."""

from anlan.situation.queries.findings import (
    LIST_LIMIT,
    Overview,
    access_finding,
    count_states,
    find_overview,
    list_findings,
    list_moves,
    list_own_places,
    list_owners,
    roles_over,
)
from anlan.situation.queries.papers import build_paper, find_paper_place, list_minutes

__all__ = [
    "LIST_LIMIT",
    "Overview",
    "access_finding",
    "build_paper",
    "count_states",
    "find_overview",
    "find_paper_place",
    "list_findings",
    "list_minutes",
    "list_moves",
    "list_own_places",
    "list_owners",
    "roles_over",
]
