"""Stories of this folder play in the small world."""

from tests.worlds.fixtures import *  # noqa: F403
