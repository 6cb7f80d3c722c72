"""Background work of the ledger, started by the clock.

Both tasks may run late, twice or not at all without harm: entries wait, the advisory lock lets one
sequencer through, a checkpoint of an unchanged log is not made again. They take no job lock: a
worker that was killed would hold it for ever, whereas the advisory lock ends with its connection.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.ledger import actions


@app.periodic(cron="* * * * * */2")
@app.task(name="ledger.sequence", queueing_lock="ledger.sequence")
@scope.under(scope.NOTHING)
def sequence(timestamp: int) -> None:
    """Take new entries into the tree, batch by batch until none is left."""
    while actions.sequence(at=clock.now()) >= actions.BATCH_LIMIT:
        pass


@app.periodic(cron="*/10 * * * *")
@app.task(name="ledger.make_checkpoint", queueing_lock="ledger.make_checkpoint")
@scope.under(scope.NOTHING)
def make_checkpoint(timestamp: int) -> None:
    """Sign the root as it is now."""
    actions.make_checkpoint(at=clock.now())
