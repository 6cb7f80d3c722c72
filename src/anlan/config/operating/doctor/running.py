"""What can be told of the work going on: workers, jobs, notices."""

from __future__ import annotations

from collections.abc import Iterator

from anlan.config import env
from anlan.config.operating import backups, queue
from anlan.config.operating.doctor import findings
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.ledger import queries as ledger
from anlan.notices import queries as notices

LATE_AFTER_S = 300
BACKUP_OLD_AFTER_HOURS = 30
"""A night, and some hours in which a failed one is tried again."""


def check_workers() -> Iterator[AnlanError]:
    """Find that nobody works, or too slowly."""
    stand = queue.look(at=now())
    if not stand.workers:
        yield findings.WorkerMissing()
    elif stand.oldest_s > LATE_AFTER_S:
        yield findings.JobsLate(waiting=stand.waiting, minutes=round(stand.oldest_s / 60))
    if stand.stalled:
        yield findings.JobsStalled(count=stand.stalled)
    if stand.failed:
        yield findings.JobsFailed(count=stand.failed, tasks=", ".join(queue.list_failed_tasks()))


def check_notices() -> Iterator[AnlanError]:
    """Find notices that were given up."""
    count, newest = notices.get_given_up()
    if newest is not None:
        yield findings.NoticesFailed(
            count=count, newest=f"{newest.created_at:%Y-%m-%d %H:%M} UTC", reason=newest.last_error
        )


def check_backups() -> Iterator[AnlanError]:
    """Find that no backup is made, or none of late."""
    if not env.is_set("ANLAN_BACKUP_FOLDER"):
        yield findings.BackupsOff()
        return
    folder = env.get_backup_folder()
    made_at = backups.find_last_proven(folder)
    if made_at is None:
        yield findings.BackupNeverProven(folder=folder)
        return
    hours = (now() - made_at).total_seconds() / 3600
    if hours > BACKUP_OLD_AFTER_HOURS:
        yield findings.BackupOld(made_at=f"{made_at:%Y-%m-%d %H:%M} UTC", hours=round(hours))


def check_ledger() -> Iterator[AnlanError]:
    """Find that the nightly check of the ledger found something."""
    verified = ledger.find_verification()
    if verified is not None and verified.finding_count:
        yield findings.LedgerNotIntact(
            at=f"{verified.at:%Y-%m-%d %H:%M} UTC", count=verified.finding_count,
            kinds=", ".join(verified.kinds),
        )  # fmt: skip
