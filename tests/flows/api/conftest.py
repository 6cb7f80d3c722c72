"""The world of the stories told through the API."""

from tests.worlds.fixtures import lasting_world, quick_passwords, still_clock, world

__all__ = ["lasting_world", "quick_passwords", "still_clock", "world"]
