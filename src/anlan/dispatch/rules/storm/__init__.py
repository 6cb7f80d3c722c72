"""A storm night: hundreds of open cases dealt out to dozens of teams at once.

`solve` proposes, a person confirms. Page: docs/algorithms/storm-dispatch.md.
"""

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
from anlan.dispatch.rules.storm.search import Effort

__all__ = [
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
    "measure",
    "schedule",
    "send_nearest",
    "solve",
    "travel_minutes",
]
