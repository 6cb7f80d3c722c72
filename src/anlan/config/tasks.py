"""Upkeep of the job queue itself."""

from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(name="config.resume_stalled_jobs", queueing_lock="config.resume_stalled_jobs")
async def resume_stalled_jobs(timestamp: int) -> None:
    """Give jobs back to the queue whose worker was killed while it ran them."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await app.job_manager.retry_job(job)
