"""Reads of the room: schemes, scores as the figures are, published cards, objections."""

from anlan.assessment.queries.cards import (
    access_card,
    access_objection,
    list_cards,
    list_current,
    list_moves,
    list_objections,
    list_open,
    list_published,
    may_object,
    read_runs,
)
from anlan.assessment.queries.schemes import find_scheme, forget_schemes, list_schemes
from anlan.assessment.queries.scores import (
    Group,
    find_group,
    is_above,
    list_groups,
    list_readable,
    read_cards,
    read_table,
)

__all__ = [
    "Group",
    "access_card",
    "access_objection",
    "find_group",
    "find_scheme",
    "forget_schemes",
    "is_above",
    "list_cards",
    "list_current",
    "list_groups",
    "list_moves",
    "list_objections",
    "list_open",
    "list_published",
    "list_readable",
    "list_schemes",
    "may_object",
    "read_cards",
    "read_runs",
    "read_table",
]
