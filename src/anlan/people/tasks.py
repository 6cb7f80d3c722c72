"""Background work of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.kernel import scope
from anlan.kernel.clock import now
from anlan.people import actions


@app.periodic(cron="17 3 * * *")
@app.task(name="people.forget_ended_sign_ins", queue="default", pass_context=False)
@scope.under(scope.NOTHING)
def forget_ended_sign_ins(timestamp: int) -> None:
    """Delete sign-ins that no longer hold; once a night."""
    actions.forget_ended_sign_ins(at=now())


@app.periodic(cron="27 3 * * *")
@app.task(name="people.forget_tries", queue="default", pass_context=False)
@scope.under(scope.NOTHING)
def forget_tries(timestamp: int) -> None:
    """Delete counts of tries that no longer matter; once a night."""
    actions.forget_tries(at=now())
