"""Reads of the room: who may be sent, who has been sent, which run card holds."""

from anlan.dispatch.queries.candidates import (
    Recommendation,
    find_switch,
    list_candidates,
    list_old_positions,
    list_running_duties,
    reach_of,
    recommend_for,
)
from anlan.dispatch.queries.run_cards import forget_run_cards, get_run_card, list_run_cards
from anlan.dispatch.queries.sent import (
    access_dispatch,
    get_dispatch,
    list_dispatches,
    list_moves,
    list_responders,
    list_running_for,
    list_unsigned,
    may_send,
)

__all__ = [
    "Recommendation",
    "access_dispatch",
    "find_switch",
    "forget_run_cards",
    "get_dispatch",
    "get_run_card",
    "list_candidates",
    "list_dispatches",
    "list_moves",
    "list_old_positions",
    "list_responders",
    "list_run_cards",
    "list_running_duties",
    "list_running_for",
    "list_unsigned",
    "may_send",
    "reach_of",
    "recommend_for",
]
