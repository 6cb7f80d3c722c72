"""Background work of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.documents import actions
from anlan.kernel import scope
from anlan.kernel.clock import now


@app.periodic(cron="47 3 * * *")
@app.task(name="documents.sweep_files", queue="default")
@scope.under(scope.EVERYTHING)
def sweep_files(timestamp: int) -> None:
    """Delete files that no document names any more; once a night."""
    actions.sweep_files(at=now())
