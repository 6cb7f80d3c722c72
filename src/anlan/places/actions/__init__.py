"""All writes of the room: load a jurisdiction, generate grids, set up units."""

from anlan.places.actions.grids import GridCounts, generate_grids
from anlan.places.actions.loading import LoadCounts, load_jurisdiction
from anlan.places.actions.units import set_up_units

__all__ = ["GridCounts", "LoadCounts", "generate_grids", "load_jurisdiction", "set_up_units"]
