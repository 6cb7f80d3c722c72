"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.intake import actions
from anlan.kernel import clock


@app.periodic(cron="17 3 * * *")
@app.task(name="intake.erase_contacts", queueing_lock="intake.erase_contacts")
def erase_contacts(timestamp: int) -> None:
    """Erase every night what may no longer be kept."""
    while actions.erase_contacts(at=clock.now()):
        pass
