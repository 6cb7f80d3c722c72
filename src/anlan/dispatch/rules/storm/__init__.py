"""A storm night: hundreds of open cases dealt out to dozens of teams at once.

`solve` proposes, a person confirms. Page: docs/algorithms/storm-dispatch.md.
"""

from anlan.dispatch.rules.storm.choosing import choose_teams
from anlan.dispatch.rules.storm.model import (
    STORM_DEFAULTS,
    Call,
    Figures,
    Left,
    Policy,
    Reason,
    Routes,
    Team,
    Visit,
    measure,
    schedule,
    travel_minutes,
)
from anlan.dispatch.rules.storm.nearest import send_nearest
from anlan.dispatch.rules.storm.plan import Plan, check_plan, solve
from anlan.dispatch.rules.storm.search import EFFORT, Effort

__all__ = [
    "EFFORT",
    "STORM_DEFAULTS",
    "Call",
    "Effort",
    "Figures",
    "Left",
    "Plan",
    "Policy",
    "Reason",
    "Routes",
    "Team",
    "Visit",
    "check_plan",
    "choose_teams",
    "measure",
    "schedule",
    "send_nearest",
    "solve",
    "travel_minutes",
]
