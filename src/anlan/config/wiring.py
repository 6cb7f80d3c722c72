"""Who reacts to what: the only place where an event meets the tasks that follow from it.

A room tells what happened (`kernel.events.emit`) and knows nobody above it; here the names of
the background tasks are listed that react, one job each, stored in the teller's transaction.
"""

from anlan.kernel.events import Event

REACTIONS: dict[type[Event], tuple[str, ...]] = {}
