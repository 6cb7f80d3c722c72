"""Upkeep of the job queue itself."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from anlan.config.jobs import STALLED_AFTER_SECONDS


@app.periodic(cron="* * * * * */5")
@app.task(name="config.resume_stalled_jobs", queueing_lock="config.resume_stalled_jobs")
async def resume_stalled_jobs(timestamp: int) -> None:
    """Give jobs back to the queue whose worker was killed while it ran them.

    One whose successor waits already (the clock's own jobs, one of which may wait) is let go.
    """
    found = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
    for job in found:
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            await app.job_manager.finish_job(job, status=Status.SUCCEEDED, delete_job=True)
