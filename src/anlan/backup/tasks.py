"""What the clock starts: the nightly backup, and the log's way to the shelf.

The backup runs as a command of its own (`anlan backup`), so that a worker that ends or a disk that
is full cannot take anything else with it. It is asked for every hour: a night that was slept
through or failed is made up for.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime

from procrastinate.contrib.django import app

from anlan.backup import actions, rules, shelf
from anlan.config import env
from anlan.config.database import address
from anlan.kernel import clock, scope

_log = logging.getLogger("anlan.backup")


@app.periodic(cron="7 * * * *")
@app.task(name="backup.make_nightly", queueing_lock="backup.make_nightly")
@scope.under(scope.EVERYTHING)
def make_nightly(timestamp: int) -> str:
    """Make, prove and tidy up when it is due; tell those who run the instance when it fails."""
    if not env.is_set("ANLAN_BACKUP_FOLDER"):
        return "not asked for"
    at = datetime.fromtimestamp(timestamp, UTC).astimezone()
    proven = [one.made_at for one in shelf.list_backups(env.get_backup_folder()) if one.verified_at]
    hour = min(env.get_number("ANLAN_BACKUP_HOUR"), 23)
    if not rules.is_due(newest=max(proven, default=None), hour=hour, at=at):
        return "not due"
    done = subprocess.run(
        [sys.executable, "-m", "anlan", "backup"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.split())[-1000:]
        # Also where nobody's address is known, it stands in the log.
        _log.error("the nightly backup failed and is tried again in an hour: %s", said)
        actions.tell_failed(problem=said, day=at.date(), at=clock.now())
        return f"failed: {said}"
    return "made"


@app.periodic(cron="* * * * *")
@app.task(name="backup.ship_log", queueing_lock="backup.ship_log")
@scope.under(scope.NOTHING)
def ship_log(timestamp: int) -> int:
    """Take finished segments of the log to the shelf."""
    if not env.is_on("ANLAN_BACKUP_LOG") or address.is_outside():
        return 0
    return actions.ship_log(
        home=env.get_home(), folder=env.get_backup_folder(), key_file=env.get_backup_key_file()
    )
