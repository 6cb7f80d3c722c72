"""The county that a day is played in: Zhejiang's real places, generated grids, the real catalogue."""

from __future__ import annotations

from anlan.cases import actions as cases
from anlan.demo import phrases, world
from anlan.dispatch import actions as dispatch
from anlan.places import actions as places
from anlan.simulation.script import Script


def set_up_county(script: Script) -> None:
    """Fill an empty instance with all that a day needs but people."""
    places.load_jurisdiction(folder=world.FOLDER)
    cases.load_catalogue(
        jurisdiction=world.JURISDICTION, folder=world.FOLDER, at_date=script.starts_at.date()
    )
    dispatch.load_run_cards(jurisdiction=world.JURISDICTION, folder=world.FOLDER)
    places.generate_grids(place_code=script.county)
    places.set_up_units(place_code=script.county)
    world.train(script.starts_at)


def read_county_wordings() -> list[phrases.Wording]:
    """Give the words in which reports are made up: those of the catalogue's matters."""
    return world.read_wordings()
