"""Reads of the room: the register, values, returns."""

from anlan.indicators.queries.heirs import Ending, list_endings, list_inherited
from anlan.indicators.queries.register import forget_register, get_register, list_heirs
from anlan.indicators.queries.returns import (
    access_return,
    list_late,
    list_moves,
    list_returns,
    roles_over,
)
from anlan.indicators.queries.values import (
    Cube,
    list_reported_levels,
    list_values,
    read_cube,
)

__all__ = [
    "Cube",
    "Ending",
    "access_return",
    "forget_register",
    "get_register",
    "list_endings",
    "list_heirs",
    "list_inherited",
    "list_late",
    "list_moves",
    "list_reported_levels",
    "list_returns",
    "list_values",
    "read_cube",
    "roles_over",
]
