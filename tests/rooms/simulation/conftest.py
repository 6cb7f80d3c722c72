from tests.worlds.fixtures import *  # noqa: F403
