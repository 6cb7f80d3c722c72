"""`anlan situation`: what is unusual, on the command line."""

from anlan.cli.situation.bounds import bounds
from anlan.cli.situation.looking import changes, clusters, effect, group, nowcast

group.add_command(bounds)

__all__ = ["bounds", "changes", "clusters", "effect", "group", "nowcast"]
