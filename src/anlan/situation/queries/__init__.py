"""Reads of the room: reviews, findings, papers and minutes, what meetings decided, as far as an actor sees them."""

from anlan.situation.queries.exposures import read_exposure
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
from anlan.situation.queries.resolutions import (
    access_resolution,
    count_open_resolutions,
    list_paper_owners,
    list_resolution_moves,
    list_resolutions,
)

__all__ = [
    "LIST_LIMIT",
    "Overview",
    "access_finding",
    "access_resolution",
    "build_paper",
    "count_open_resolutions",
    "count_states",
    "find_overview",
    "find_paper_place",
    "list_findings",
    "list_minutes",
    "list_moves",
    "list_own_places",
    "list_owners",
    "list_paper_owners",
    "list_resolution_moves",
    "list_resolutions",
    "read_exposure",
    "roles_over",
]
