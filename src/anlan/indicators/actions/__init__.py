"""Writes of the room: the register, values counted from the daily figures, returns."""

from anlan.indicators.actions.register import load_register, record_succession
from anlan.indicators.actions.returns import give_return, move_return, notice_late
from anlan.indicators.actions.values import count_month, count_months

__all__ = [
    "count_month",
    "count_months",
    "give_return",
    "load_register",
    "move_return",
    "notice_late",
    "record_succession",
]
