"""All writes of the room."""

from anlan.cases.actions.catalogue import load_catalogue
from anlan.cases.actions.clocks import tell_turned_clocks
from anlan.cases.actions.moves import move_automatically, move_case

__all__ = ["load_catalogue", "move_automatically", "move_case", "tell_turned_clocks"]
