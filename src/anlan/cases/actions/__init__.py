"""All writes of the room."""

from anlan.cases.actions.catalogue import load_catalogue
from anlan.cases.actions.clocks import tell_turned_clocks
from anlan.cases.actions.moves import move_case, reopen_for_reporter

__all__ = ["load_catalogue", "move_case", "reopen_for_reporter", "tell_turned_clocks"]
