"""Background work of the ledger, started by the clock.

All three may run late, twice or not at all without harm: entries wait, the advisory lock lets one
sequencer through, a checkpoint of an unchanged log is not made again. They take no job lock: a
worker that was killed would hold it for ever, whereas the advisory lock ends with its connection.
"""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.ledger import actions

_log = logging.getLogger("anlan.ledger")


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


@app.periodic(cron="41 19 * * *")
@app.task(name="ledger.verify", queueing_lock="ledger.verify")
@scope.under(scope.NOTHING)
def verify(timestamp: int) -> None:
    """Check the whole ledger once a night (03:41 in China); what is wrong goes to log, doctor and alert."""
    found = actions.verify(at=clock.now())
    if found.finding_count:
        told = ", ".join(found.kinds)
        _log.error("the ledger is NOT INTACT: %d findings (%s)", found.finding_count, told)
