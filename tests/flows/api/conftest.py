"""The world of the stories told through the API."""

from tests.worlds.fixtures import quick_passwords, still_clock, world

__all__ = ["quick_passwords", "still_clock", "world"]
