"""Reads of the room: who may be sent, who has been sent, which run card holds."""

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
    "access_dispatch",
    "forget_run_cards",
    "get_dispatch",
    "get_run_card",
    "list_dispatches",
    "list_moves",
    "list_responders",
    "list_run_cards",
    "list_running_for",
    "list_unsigned",
    "may_send",
]
